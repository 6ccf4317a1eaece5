"""An operator that has many requests open at once, on slixmpp, in the event loop of its
caller, and knows when each was submitted and answered."""
import asyncio
import dataclasses
import itertools
import time

import slixmpp

OPERATION = "{urn:platen:operation:1}"


@dataclasses.dataclass
class Answer:
    device: str
    status: str
    condition: str      # of the error, "" if there is none
    response_ms: float  # the component's: from the transmission to the outcome
    took_ms: float      # here: from the submit to the headline


class Asker(slixmpp.ClientXMPP):
    @classmethod
    async def start(cls, lab):
        env = lab.env
        self = cls(f"{lab.jid('operator')}/bench", lab.password("operator"))
        self.component, self.ca_certs = env["COMPONENT"], env["CA_FILE"]
        self._numbers, self._submits, self._open, self._early = itertools.count(1), {}, {}, {}
        self._rest, online = b"", asyncio.Event()
        self.add_event_handler("session_start", lambda _: online.set())
        self.connect(address=("127.0.0.1", int(env["XMPP_PORT"])), force_starttls=True)
        await asyncio.wait_for(online.wait(), 20)
        self.add_filter("in", self._incoming)
        return self

    def data_received(self, data):
        """Whole tags only: expat would put off a tag that was cut (HACKING.md)."""
        data = self._rest + data
        cut = data.rfind(b">") + 1
        self._rest = data[cut:]
        if cut:
            super().data_received(data[:cut])

    def submit(self, device, command):
        """A future of its Answer."""
        number = f"b{next(self._numbers)}"
        answer = asyncio.get_running_loop().create_future()
        self._submits[number] = (answer, device, time.perf_counter())
        self.send_raw(f"<iq type='set' to='{self.component}' id='{number}'>"
                      f"<request xmlns='urn:platen:operation:1' device='{device}'"
                      f" command='{command}'/></iq>")
        return answer

    def _incoming(self, stanza):
        now, element = time.perf_counter(), stanza.xml
        request = element.find(f"{OPERATION}request")
        number = element.get("id")
        if number in self._submits:
            submit = self._submits.pop(number)
            if element.get("type") != "result":
                submit[0].set_exception(RuntimeError(str(stanza)))
            elif request.get("id") in self._early:
                self._answer(submit, *self._early.pop(request.get("id")))
            else:
                self._open[request.get("id")] = submit
            return None
        if element.get("type") != "headline" or request is None:
            return stanza
        if request.get("id") in self._open:
            self._answer(self._open.pop(request.get("id")), request, now)
        else:
            self._early[request.get("id")] = (request, now)
        return None

    @staticmethod
    def _answer(submit, request, now):
        answer, device, begun = submit
        error = request.find(f"{OPERATION}error")
        answer.set_result(Answer(
            device, request.get("status"), "" if error is None else error.get("condition"),
            float(request.get("response_ms") or 0), 1000 * (now - begun)))
