#!/usr/bin/python3
"""What platen-device over BOSH is compared with: a device in Python that is nothing but its
stream. Debian has no BOSH client for Python, so this is one (XEP-0124, XEP-0206), tuned as far as
Python lets one.

The loop is libuv's. HTTP is read and written here, over two connections that are kept; a body
becomes a tree in one call of expat's; all that came in one answer is answered in one request, at
once. A request that is lost with its connection is sent again as it was. Where one is under way
the next leaves 5 ms later, as ejabberd hangs over two that overtake each other.

It answers get-supplies with the supplies of a state file, which is read again when it has
changed, and pings. It keeps no journal, reads nothing in a thread, knows no time and no other
command, and never logs in again: all that costs platen-device something is given to it for
nothing.

    bosh_device.py URL JID PASSWORD-FILE STATE-FILE COMPONENT CA-FILE"""
import asyncio
import base64
import collections
import datetime
import gc
import os
import pathlib
import random
import ssl
import sys
import urllib.parse
from xml.etree import ElementTree
from xml.sax.saxutils import quoteattr

import uvloop

HOLD, WAIT_S, PACE_S = 1, 45, 0.005
REQUESTS = HOLD + 1          # at a time
BODY = "http://jabber.org/protocol/httpbind"
OPERATION, MFP = "urn:platen:operation:1", "urn:platen:mfp:1"
SASL, BIND = "urn:ietf:params:xml:ns:xmpp-sasl", "urn:ietf:params:xml:ns:xmpp-bind"
FEATURES, SUCCESS = "{http://etherx.jabber.org/streams}features", f"{{{SASL}}}success"
IQ, ASKED, PING = "{jabber:client}iq", f"{{{OPERATION}}}operation", "{urn:xmpp:ping}ping"


def stop(why):
    print(why, file=sys.stderr, flush=True)
    os._exit(1)


def stamp():
    return datetime.datetime.utcnow().isoformat(timespec="milliseconds") + "Z"


def quoted(value):
    """An attribute's value; hardly any needs escaping."""
    if "&" in value or "<" in value or '"' in value or "'" in value:
        return quoteattr(value)
    return f"'{value}'"


class Supplies:
    """Of a state file, as text of an outcome."""

    def __init__(self, path):
        self._path, self._version, self._text = path, None, ""

    def text(self):
        now = os.stat(self._path)
        version = now.st_mtime_ns, now.st_size, now.st_ino
        if version != self._version:
            self._version, self._text = version, "".join(map(self._supply, self._read()))
        return f"<supplies xmlns='{MFP}' source='file' taken='{stamp()}'>{self._text}</supplies>"

    def _read(self):
        return ElementTree.parse(self._path).getroot().iterfind(f"{{{MFP}}}supplies/*")

    @staticmethod
    def _supply(supply):
        """Levels below zero are words (RFC 3805)."""
        own = dict(supply.attrib)
        level, capacity = int(own["level"]), int(own["capacity"])
        if capacity < 0:
            del own["capacity"]
        if level < 0:
            del own["level"]
            own["state"] = {-1: "other", -2: "unknown", -3: "some-remaining"}[level]
        elif capacity > 0:
            own["percent"] = str((200 * level + capacity) // (2 * capacity))
        attributes = "".join(f" {name}={quoted(value)}" for name, value in own.items())
        return f"<supply{attributes}/>"


class Connection(asyncio.Protocol):
    """HTTP/1.1, one request at a time."""

    def __init__(self, session):
        self._session, self._data, self.transport = session, b"", None
        self.request = None          # the body that is not answered yet

    def connection_made(self, transport):
        self.transport = transport
        if self.request is not None:
            self._write()

    def connection_lost(self, _):
        self.transport, self._data = None, b""
        if self.request is not None:
            self._session.connect(self)

    def send(self, body):
        self.request = body
        if self.transport is None:
            self._session.connect(self)
        else:
            self._write()

    def _write(self):
        self.transport.write(self._session.head % len(self.request) + self.request)

    def data_received(self, data):
        self._data = data = self._data + data
        head, found, body = data.partition(b"\r\n\r\n")
        if not found:
            return
        if not head.startswith(b"HTTP/1.1 200"):
            stop(f"an answer of HTTP: {head!r}")
        lines = head.lower().split(b"\r\n")
        length = next((int(line[15:]) for line in lines if line.startswith(b"content-length:")),
                      None)
        if length is None:
            stop(f"an answer without a length: {head!r}")
        if len(body) < length:
            return
        self._data, self.request = body[length:], None
        self._session.answered(self, body[:length])


class Session:
    def __init__(self, url, jid, password, on_stanza, on_bound, ca_file):
        self._url = urllib.parse.urlsplit(url)
        self._user, _, self._domain = jid.partition("@")
        self._password, self._on_stanza, self._on_bound = password, on_stanza, on_bound
        self._tls = None
        if self._url.scheme == "https":
            self._tls = ssl.create_default_context(cafile=ca_file)
        self.head = (f"POST {self._url.path} HTTP/1.1\r\nHost: {self._url.netloc}\r\n"
                     "Content-Type: text/xml; charset=utf-8\r\nContent-Length: ").encode()
        self.head += b"%d\r\n\r\n"
        self._rid, self._sid, self._restarts = random.getrandbits(32) + 1, None, False
        self._authenticated, self._waiting = False, []
        self._idle = [Connection(self) for _ in range(REQUESTS)]
        self._under_way = collections.deque()          # connections; and answers that came early
        self._early, self._sent_at, self._timer = {}, 0.0, None
        self._loop = asyncio.get_running_loop()

    def connect(self, connection):
        self._loop.create_task(self._connect(connection))

    async def _connect(self, connection):
        try:
            await self._loop.create_connection(lambda: connection, self._url.hostname,
                                               self._url.port, ssl=self._tls)
        except OSError as error:
            stop(error)

    def start(self):
        self._post(f" to='{self._domain}' hold='{HOLD}' wait='{WAIT_S}' ver='1.6' xml:lang='en'"
                   " xmpp:version='1.0' xmlns:xmpp='urn:xmpp:xbosh'", "")

    def put(self, stanza):
        """It leaves with all others when what came has been looked at, or from a timer."""
        self._waiting.append(stanza)

    def _post(self, more, stanzas):
        session = "" if self._sid is None else f" sid='{self._sid}'"
        connection = self._idle.pop()
        self._under_way.append(connection)
        self._sent_at = self._loop.time()
        connection.send(f"<body xmlns='{BODY}' rid='{self._rid}'{session}{more}>{stanzas}"
                        "</body>".encode())
        self._rid += 1

    def _pump(self):
        """What waits, or where nothing is under way what the server can hold."""
        if self._restarts and not self._under_way:
            self._restarts = False
            self._post(f" to='{self._domain}' xml:lang='en' xmpp:restart='true'"
                       " xmlns:xmpp='urn:xmpp:xbosh'", "")
        elif not self._under_way:
            self._post("", self._take())
        elif self._waiting and len(self._under_way) < REQUESTS and self._timer is None:
            self._timer = self._loop.call_at(self._sent_at + PACE_S, self._on_time)

    def _take(self):
        stanzas, self._waiting = "".join(self._waiting), []
        return stanzas

    def _on_time(self):
        self._timer = None
        if self._waiting and len(self._under_way) < REQUESTS:
            self._post("", self._take())

    def answered(self, connection, body):
        """Answers count in the order of their requests."""
        self._early[connection] = body
        while self._under_way and self._under_way[0] in self._early:
            connection = self._under_way.popleft()
            self._idle.append(connection)
            self._take_body(self._early.pop(connection))
        self._pump()

    def _take_body(self, text):
        body = ElementTree.fromstring(text)
        if body.get("type") == "terminate":
            stop(f"the server has ended the session: {text!r}")
        if self._sid is None:
            self._sid = body.get("sid")
        for child in body:
            if child.tag == IQ:
                self._on_iq(child)
            elif child.tag == FEATURES:
                self._on_features()
            elif child.tag == SUCCESS:
                self._authenticated = self._restarts = True
            elif child.tag == f"{{{SASL}}}failure":
                stop(f"no login: {text!r}")

    def _on_features(self):
        if self._authenticated:
            self.put(f"<iq xmlns='jabber:client' type='set' id='bind'><bind xmlns='{BIND}'>"
                     "<resource>platen-a</resource></bind></iq>")
            return
        plain = base64.b64encode(f"\0{self._user}\0{self._password}".encode()).decode()
        self.put(f"<auth xmlns='{SASL}' mechanism='PLAIN'>{plain}</auth>")

    def _on_iq(self, iq):
        if iq.get("id") == "bind":
            self._on_bound()
        else:
            self._on_stanza(iq)


class Device:
    def __init__(self, url, jid, password, state, component, ca_file):
        self._supplies, self._component = Supplies(state), component
        self._session = Session(url, jid, password, self._answer, self._arrive, ca_file)
        self._session.start()

    def _arrive(self):
        self._session.put(f"<presence xmlns='jabber:client' to='{self._component}'>"
                          "<device xmlns='urn:platen:device:1' transport='bosh'/></presence>")

    def _answer(self, iq):
        kind = iq.get("type")
        if kind not in ("get", "set"):
            return
        payload = iq[0] if len(iq) else None
        tag = None if payload is None else payload.tag
        to = f"to={quoted(iq.get('from'))} id={quoted(iq.get('id'))}"
        if iq.get("from") == self._component and tag == ASKED and \
                payload.get("command") == "get-supplies":
            self._session.put(f"<iq xmlns='jabber:client' type='result' {to}>"
                              f"<outcome xmlns='{OPERATION}' id={quoted(payload.get('id'))}"
                              f" status='done'>{self._supplies.text()}</outcome></iq>")
        elif tag == PING:
            self._session.put(f"<iq xmlns='jabber:client' type='result' {to}/>")
        else:
            self._session.put(f"<iq xmlns='jabber:client' type='error' {to}><error type='cancel'>"
                              "<service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
                              "</error></iq>")


async def run():
    url, jid, password_file, state, component, ca_file = sys.argv[1:]
    Device(url, jid, pathlib.Path(password_file).read_text().strip(), state, component, ca_file)
    gc.freeze()
    gc.set_threshold(100000, 50, 50)
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.install()
    asyncio.run(run())
