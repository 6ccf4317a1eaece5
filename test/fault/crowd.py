"""A crowd of devices before platend: an XMPP server of a few lines that has one component, many
devices and one operator. It remembers who was asked what, over all lives of the component."""
import collections
import queue
import socket
import subprocess
import threading
import time
import xml.etree.ElementTree as etree

import fault
from lab import wait_for

OPERATION = "urn:platen:operation:1"
DOMAIN = "devices.example.com"
OPERATOR = "operator@example.com/crowd"
CONFIG = """[component]
domain = devices.example.com
secret-file = {folder}/secret
port = {port}
[data]
directory = {folder}/data
units = {folder}/units.conf
"""
UNITS = """[unit crowd]
devices = mfp-*@example.com
operator operator@example.com = view, request, configure
"""


def jid(number):
    return f"mfp-{number:04d}@example.com"


class Crowd:
    """With platend below a folder; how(number): what a device answers, None for never;
    became(number): what it says when it is asked what became of a request."""

    def __init__(self, folder, devices, how, became=None):
        self.folder, self.devices, self._how, self._became = folder, devices, how, became
        self.questions = collections.Counter()         # by request
        self.acknowledged = []                         # stanza ids of what devices have told
        self.asked = collections.defaultdict(list)     # of each device: requests, each once
        self.times = []                                # when each was asked for the first time
        self.answers, self.told = queue.Queue(), []
        self._door = socket.create_server(("127.0.0.1", 0))
        self._link, self._online, self._n = None, threading.Event(), 0
        self._ended = False
        self._lock = threading.Lock()
        (folder / "secret").write_text("secret\n")
        (folder / "secret").chmod(0o600)
        (folder / "units.conf").write_text(UNITS)
        (folder / "platend.conf").write_text(
            CONFIG.format(folder=folder, port=self._door.getsockname()[1]))
        self.control = fault.Control(folder, folder / "data")
        self._process = None
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()
        self.start()

    # The component's process.

    def start(self):
        self._online.clear()
        with open(self.folder / "log", "a", encoding="utf-8") as log:
            self._process = subprocess.Popen(
                [fault.BIN / "platend", "-c", self.folder / "platend.conf"], stdout=log, stderr=log,
                env=self.control.env())
        assert self._online.wait(60), (self.folder / "log").read_text()

    def kill(self):
        """kill -9, and again from the start; it may have died by itself."""
        self._process.kill()
        self._process.wait(30)
        self.control.die_after(0)
        self.start()

    def has_died(self):
        return self._process.poll() is not None

    def close(self):
        self._ended = True
        self._process.terminate()
        code = self._process.wait(60)
        self._door.close()
        return code

    # The server.

    def _accept(self):
        while not self._ended:
            try:
                self._link = self._door.accept()[0]
            except OSError:
                return
            try:
                self._serve(self._link)
            except OSError:
                pass                    # it was killed

    def _serve(self, link):
        parser = etree.XMLPullParser(events=("start", "end"))
        depth, root = 0, None
        while data := link.recv(1 << 18):
            parser.feed(data)
            for event, element in parser.read_events():
                depth += 1 if event == "start" else -1
                if event == "start" and depth == 1:
                    root = element
                    self._send("<stream:stream xmlns='jabber:component:accept' id='1' "
                               "xmlns:stream='http://etherx.jabber.org/streams'>")
                elif event == "end" and depth == 1:
                    self._stanza(element)
                    root.clear()
        link.close()

    def _send(self, text):
        with self._lock:
            self._link.sendall(text.encode())

    def _stanza(self, stanza):
        if stanza.tag.endswith("}handshake"):
            self._send("<handshake/>" + "".join(self._presence(n) for n in range(self.devices)))
            self._online.set()
        elif stanza.get("to") == OPERATOR:
            (self.told.append if stanza.tag.endswith("}message") else self.answers.put)(
                etree.fromstring(etree.tostring(stanza)))
        elif stanza.tag.endswith("}iq") and stanza.get("type") in ("get", "set"):
            self._device(stanza)
        elif stanza.tag.endswith("}iq") and stanza.get("type") == "result":
            self.acknowledged.append(stanza.get("id"))

    def tell(self, number, stanza, payload):
        """A device by itself."""
        self._send(f"<iq type='set' from='{jid(number)}/platen-a' to='{DOMAIN}' id='{stanza}'>"
                   f"{payload}</iq>")

    @staticmethod
    def _presence(number):
        return (f"<presence from='{jid(number)}/platen-a' to='{DOMAIN}'>"
                f"<device xmlns='urn:platen:device:1' serial='S{number}' model='M1'/></presence>")

    def _device(self, iq):
        """Once for each id; asked again it says the same."""
        if iq.get("to") == DOMAIN:      # its ping to itself
            self._send(f"<iq type='result' from='{DOMAIN}' to='{DOMAIN}' id='{iq.get('id')}'/>")
            return
        operation = iq.find(f"{{{OPERATION}}}operation")
        number = int(iq.get("to")[4:8])
        inside = "<device xmlns='urn:platen:device:1'/>"
        if operation is not None:
            if operation.get("id") not in self.asked[number]:
                self.asked[number].append(operation.get("id"))
                self.times.append(time.monotonic())
            inside = self._how(number)
            if inside is None:
                return
        question = iq.find(f"{{{OPERATION}}}outcome")
        if question is not None:
            self.questions[question.get("id")] += 1
            inside = self._became(number)
        self._send(f"<iq type='result' from='{iq.get('to')}' to='{DOMAIN}' id='{iq.get('id')}'>"
                   f"{inside}</iq>")

    # The operator.

    def ask(self, kind, payload):
        """The answer's payload; asked again when the component dies meanwhile."""
        while True:
            self._n += 1
            self._send(f"<iq type='{kind}' id='q{self._n}' from='{OPERATOR}' to='{DOMAIN}'>{payload}"
                       "</iq>")
            try:
                while (answer := self.answers.get(timeout=10)).get("id") != f"q{self._n}":
                    pass
            except queue.Empty:
                assert not self.has_died(), "it has died"
                continue
            assert answer.get("type") == "result", etree.tostring(answer)
            return answer[0]

    def campaign(self, campaign):
        """(status, counts)"""
        el = self.ask("get", f"<campaign xmlns='{OPERATION}' id='{campaign}'>"
                      "<set xmlns='http://jabber.org/protocol/rsm'><max>0</max></set></campaign>")
        counts = el.find(f"{{{OPERATION}}}counts")
        return el.get("status"), {key: int(value) for key, value in counts.items() if value != "0"}

    def members(self, campaign):
        """device number -> (status, request, attempts)"""
        found, after = {}, ""
        while True:
            el = self.ask("get", f"<campaign xmlns='{OPERATION}' id='{campaign}'><set xmlns="
                          f"'http://jabber.org/protocol/rsm'>{after}</set></campaign>")
            for m in el.findall(f"{{{OPERATION}}}member"):
                found[int(m.get("device")[4:8])] = (m.get("status"), m.get("request"),
                                                    int(m.get("attempts")))
            if el.get("more") != "true":
                return found
            last = el.find(".//{http://jabber.org/protocol/rsm}last").text
            after = f"<after>{last}</after>"

    def count(self, campaign):
        """How many requests there are of it in the day files."""
        el = self.ask("get", f"<requests xmlns='{OPERATION}' campaign='{campaign}'><set "
                      "xmlns='http://jabber.org/protocol/rsm'><max>0</max></set></requests>")
        return int(el.find(".//{http://jabber.org/protocol/rsm}count").text)

    def until_ended(self, campaign, seconds):
        state = {}

        def ended():
            state["now"] = self.campaign(campaign)
            return state["now"][0] in ("finished", "cancelled", "aborted")

        wait_for(ended, seconds, f"its end: {state}", pause=0.5)
        return state["now"]
