"""A client or component of a few lines on slixmpp: it logs in, sends stanzas as text
and keeps what comes. Everything that passes is held against the schemas.

The stream lives in a thread of its own, so that tests read from top to bottom."""
import asyncio
import itertools
import re
import threading
import time

import slixmpp
from lxml import etree

from schemas import problems

PREFIX = re.compile(r"\{.*\}")
_numbers = itertools.count(1)


def local(element):
    return PREFIX.sub("", element.tag)


class Client:
    def __init__(self, lab, name, resource="test", password=None, plain_at=None):
        """plain_at: (host, port) of who takes it without TLS."""
        env = lab.env
        self._plain = plain_at is not None
        password = password or lab.password(name)
        self._start(lambda: self._client(f"{lab.jid(name)}/{resource}", password, env),
                    plain_at or ("127.0.0.1", int(env["XMPP_PORT"])))

    @classmethod
    def component(cls, lab):
        """In platend's place, which has to be away."""
        self = cls.__new__(cls)
        env = lab.env
        with open(env["COMPONENT_SECRET_FILE"], encoding="utf-8") as secret:
            word = secret.read().strip()
        port = int(env["COMPONENT_PORT"])
        self._start(lambda: slixmpp.ComponentXMPP(env["COMPONENT"], word, "127.0.0.1", port), None)
        return self

    @staticmethod
    def _client(jid, password, env):
        xmpp = slixmpp.ClientXMPP(jid, password)
        xmpp.ca_certs = env["CA_FILE"]
        return xmpp

    def _start(self, make, address):
        self._stanzas, self._bad = [], []
        self._news = threading.Condition()
        self._online, self.failure = threading.Event(), None
        self._thread = threading.Thread(target=self._run, args=(make, address), daemon=True)
        self._thread.start()
        assert self._online.wait(20), "no stream within 20 s"
        assert self.failure is None, self.failure

    def _run(self, make, address):
        self._loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self._loop)
        self._xmpp = make()
        self.jid = self._xmpp.boundjid.full
        self._xmpp.add_filter("in", self._incoming)
        self._xmpp.add_event_handler("session_start", lambda _: self._online.set())
        self._xmpp.add_event_handler("failed_all_auth", self._failed)
        self._xmpp.add_event_handler("disconnected", lambda _: self._loop.stop())
        if address:
            self._xmpp.connect(address=address, force_starttls=not self._plain,
                               disable_starttls=self._plain)
        else:
            self._xmpp.connect()
        self._loop.run_forever()
        tasks = asyncio.all_tasks(self._loop)
        for task in tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self._loop.close()

    def _failed(self, _):
        self.failure = "the server refuses the account"
        self._online.set()

    def _incoming(self, stanza):
        if not self._online.is_set():
            return stanza
        element = etree.fromstring(str(stanza))
        with self._news:
            self._stanzas.append(element)
            self._bad += [f"received: {text}" for text in problems(element)]
            self._news.notify_all()
        return None     # slixmpp would answer what it does not know

    def send(self, xml, valid=True):
        """Sends a stanza; valid=False for what is wrong on purpose."""
        if valid:
            bad = problems(xml)
            assert not bad, bad
        self._loop.call_soon_threadsafe(self._xmpp.send_raw, xml)

    def take(self, matches, seconds=20):
        """The first stanza kept that matches, waiting for it; it is kept no longer."""
        deadline = time.monotonic() + seconds
        with self._news:
            while True:
                for n, stanza in enumerate(self._stanzas):
                    if matches(stanza):
                        return self._stanzas.pop(n)
                left = deadline - time.monotonic()
                assert left > 0, f"not within {seconds} s; kept: {self.kept()}"
                self._news.wait(left)

    def kept(self):
        return [etree.tostring(stanza, encoding="unicode") for stanza in self._stanzas]

    def iq(self, kind, to, payload, valid=True, seconds=20):
        """Sends an IQ get or set; its answer from there."""
        number = self.ask(kind, to, payload, valid)
        return self.answer(number, to, seconds)

    def ask(self, kind, to, payload, valid=True):
        """Sends an IQ get or set; its stanza id."""
        number = f"t{next(_numbers)}"
        sender = f" from='{self.jid}'" if "@" not in self.jid else ""
        self.send(f"<iq type='{kind}' to='{to}' id='{number}'{sender}>{payload}</iq>", valid)
        return number

    def answer(self, number, sender, seconds=20):
        return self.take(lambda stanza: local(stanza) == "iq" and stanza.get("id") == number
                         and stanza.get("type") in ("result", "error")
                         and stanza.get("from") == sender, seconds)

    def reply(self, iq, payload="", valid=True):
        """The result for a received IQ."""
        sender = f" from='{iq.get('to')}'" if "@" not in self.jid else ""
        self.send(f"<iq type='result' to='{iq.get('from')}' id='{iq.get('id')}'{sender}>{payload}"
                  "</iq>", valid)

    def alive(self):
        """Whether it still has its stream."""
        return self._thread.is_alive()

    def close(self):
        """Ends the stream; fails if anything received was against the schemas."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._xmpp.disconnect)
            self._thread.join(10)
        assert not self._bad, self._bad

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()


def condition(answer):
    """Of an IQ error: (type, defined condition, condition of our own namespace or None)."""
    error = next(child for child in answer if local(child) == "error")
    names = [child for child in error if local(child) != "text"]
    defined = [local(c) for c in names if c.tag.startswith("{urn:ietf:params:xml:ns:xmpp-stanzas}")]
    own = [local(c) for c in names if c.tag.startswith("{urn:platen:")]
    return error.get("type"), defined[0], own[0] if own else None
