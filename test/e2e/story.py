"""For tests that read as who sends and who receives: a device and an operator that share no
code with ours, written from the schemas and docs/protocol.md alone."""
import contextlib
import datetime

from client import Client, local
from lab import wait_for
from schemas import DEVICE, KEEPALIVE, OPERATION

NAME = "mfp-0003"


def outcome(number, status, inner=""):
    return f"<outcome xmlns='{OPERATION}' id='{number}' status='{status}'>{inner}</outcome>"


def progress(percent, text):
    return f"<progress percent='{percent}'>{text}</progress>"


def is_iq(stanza, name):
    return local(stanza) == "iq" and len(stanza) > 0 and local(stanza[0]) == name and \
        stanza.get("type") in ("get", "set")


class Device:
    """In the place of a lab's device, whose own program makes room."""

    def __init__(self, lab):
        self._lab, self._client = lab, None
        self.jid = lab.jid(NAME)

    def comes(self, **facts):
        """It logs in, and presents itself."""
        self._client = self._client or Client(self._lab, NAME, "platen-a")
        said = "".join(f" {name}='{value}'" for name, value in facts.items())
        self._client.send(f"<presence to='{self._lab.component}'><device xmlns='{DEVICE}'"
                          f" client='strange/1'{said}/></presence>")
        wait_for(lambda: self._lab.online(NAME), 10, "seen as online")

    def goes(self):
        """It logs off, or its server sees that its stream is dead."""
        if self._client:
            self._client.close()
            self._client = None
            wait_for(lambda: not self._lab.online(NAME), 20, "seen as offline")

    def receives(self, name, number=None, seconds=30):
        """An IQ get or set with this element, about this request."""
        return self._client.take(
            lambda stanza: is_iq(stanza, name) and number in (None, stanza[0].get("id")), seconds)

    def receives_nothing(self, name, number=None, seconds=2):
        with contextlib.suppress(AssertionError):
            stanza = self.receives(name, number, seconds)
            raise RuntimeError(f"received {name} {stanza[0].attrib}")

    def answers(self, iq, status, inner=""):
        self._client.reply(iq, outcome(iq[0].get("id"), status, inner))

    def tells(self, number, status, inner=""):
        """By itself; what comes back."""
        return self._client.iq("set", self._lab.component, outcome(number, status, inner))

    def asks_the_time(self):
        """By a keep-alive."""
        answer = self._client.iq("get", self._lab.component,
                                 f"<keepalive xmlns='{KEEPALIVE}' stream='a'/>")
        return datetime.datetime.fromisoformat(answer[0].get("now"))


class Operator:
    def __init__(self, lab):
        self._lab = lab
        self._client = Client(lab, "operator", "story")

    def submits(self, command, **more):
        said = "".join(f" {name}='{value}'" for name, value in more.items())
        answer = self._client.iq("set", self._lab.component,
                                 f"<request xmlns='{OPERATION}' device='{self._lab.jid(NAME)}'"
                                 f" command='{command}'{said}/>")
        assert answer.get("type") == "result"
        return answer[0].get("id")

    def cancels(self, number):
        """The status that he is told, or the stanza error."""
        answer = self._client.iq("set", self._lab.component,
                                 f"<cancel xmlns='{OPERATION}' id='{number}'/>")
        return answer[0].get("status") if answer.get("type") == "result" else answer

    def is_told(self, number, seconds=30):
        """How it has ended: the headline's <request/>."""
        message = self._client.take(lambda stanza: local(stanza) == "message" and
                                    stanza.get("id") == number, seconds)
        return message.find(f"{{{OPERATION}}}request")

    def sees(self, number, *statuses):
        """In the table, once it is there."""
        return self._lab.until(number, *statuses)

    def close(self):
        self._client.close()


@contextlib.contextmanager
def story(lab):
    """(operator, device), which has not come yet."""
    lab.kill(NAME)
    wait_for(lambda: not lab.online(NAME), 20, "seen as offline")
    device = Device(lab)
    with contextlib.closing(Operator(lab)) as operator:
        yield operator, device
    device.goes()
    lab.restart(NAME)
