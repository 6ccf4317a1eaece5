"""A component that is not ours, for our device."""
import contextlib
import datetime
import os
import signal

from client import Client, local
from lab import wait_for
from schemas import KEEPALIVE, OPERATION

ID = "01890a5d-ac96-774b-bcce-b302099a80{:02x}"


def later(seconds):
    time = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
    return time.strftime("%Y-%m-%dT%H:%M:%S.") + f"{time.microsecond // 1000:03d}Z"


class Double(Client):
    """A component in platend's place, and what a device expects of it."""

    def presence(self, device):
        return self.take(lambda stanza: local(stanza) == "presence" and not stanza.get("type")
                         and stanza.get("from").startswith(f"{device}/"), 30)

    def hint(self, interval=300, seconds=0, instance="one"):
        """Answers the next keep-alive; the component's clock is ours + seconds."""
        question = self.take(lambda stanza: local(stanza) == "iq" and len(stanza)
                             and stanza[0].tag == f"{{{KEEPALIVE}}}keepalive", 30)
        self.reply(question, f"<keepalive xmlns='{KEEPALIVE}' interval='{interval}'"
                   f" now='{later(seconds)}' instance='{instance}'/>")
        return question[0]

    def execute(self, device, number, command="get-status", seconds=30, transmission=1, valid=True,
                arguments=""):
        """The outcome of an operation that is valid for seconds."""
        stanza = f"{number}-{transmission}"
        self.send(f"<iq type='set' from='{self.jid}' to='{device}' id='{stanza}'><operation"
                  f" xmlns='{OPERATION}' id='{number}' command='{command}'"
                  f" not-after='{later(seconds)}'>{arguments}</operation></iq>", valid)
        answer = self.answer(stanza, device)
        assert answer.get("type") == "result"
        assert answer[0].get("id") == number
        return answer[0]

    def kill(self, lab):
        """kill -9 of the device, which starts again and announces itself."""
        self.device.kill()
        self.device.wait(10)
        self.device = lab.start_device("mfp-0001")
        self.presence(lab.jid("mfp-0001"))


@contextlib.contextmanager
def double_of(lab):
    """(lab, double, full JID of its one device, which has announced itself)"""
    os.kill(int(lab.env["PLATEND_PID"]), signal.SIGTERM)
    lab.kill("mfp-0001")
    with open(lab.dir / "devices/mfp-0001/platen-device.conf", "a", encoding="utf-8") as conf:
        conf.write("\n[keepalive]\nmin-interval = 2s\n")
    wait_for(lambda: not os.path.exists(f"/proc/{lab.env['PLATEND_PID']}"), 10, "platend ended")
    with Double.component(lab) as component:
        component.device = lab.start_device("mfp-0001")
        try:
            presence = component.presence(lab.jid("mfp-0001"))
            yield lab, component, presence.get("from")
        finally:
            component.device.terminate()
            component.device.wait(10)
