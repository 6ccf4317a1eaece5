#!/usr/bin/python3
"""What platend is compared with: a component on slixmpp and SQLite that keeps the same promise,
tuned as far as these two let one. A request is in the database before it is acknowledged
and goes to its device, its outcome before the operator is told.

Rows gather while a thread commits those before them, as one transaction (WAL,
synchronous=FULL). Stanzas come from slixmpp's parser and are looked at as they are, before it
makes objects of them; they leave as text, in one write for all that came together. The loop
is libuv's. It knows no rights, no limits, no timeouts and no second attempt, and does not
ask who is online: all that costs platend something is given to it for nothing.

    slixmpp_component.py PORT DOMAIN SECRET-FILE DATABASE"""
import concurrent.futures
import datetime
import gc
import logging
import os
import pathlib
import sqlite3
import sys
import time
from xml.sax.saxutils import quoteattr

import uvloop
from slixmpp import ComponentXMPP

NS = "urn:platen:operation:1"
REQUEST, OUTCOME, PING = f"{{{NS}}}request", f"{{{NS}}}outcome", "{urn:xmpp:ping}ping"
TIMEOUT_S, ATTEMPTS, EXPIRES_S = 30, 3, 300
TABLE = """create table if not exists request (
    number integer primary key, id text unique, status text, device text, operator text,
    asked_by text, command text, created text, transmitted text, responded text,
    response_ms integer, timeout integer, max_attempts integer, expires text, outcome text)"""
ACCEPT = """insert into request (number, id, status, device, operator, asked_by, command, created,
    timeout, max_attempts, expires) values (?, ?, 'queued', ?, ?, ?, ?, ?, ?, ?, ?)"""
END = """update request set status = ?, transmitted = ?, responded = ?, response_ms = ?, outcome = ?
    where number = ?"""


class Database:
    """Group commit. What on_disk() gets is called with what belongs to a group when that is
    there."""

    def __init__(self, path, loop, on_disk):
        self._thread = concurrent.futures.ThreadPoolExecutor(1)
        self._loop, self._on_disk, self._busy = loop, on_disk, False
        self._accepted, self._ended, self._stanzas = [], [], []
        self._db = self._thread.submit(self._open, path).result()

    @staticmethod
    def _open(path):
        db = sqlite3.connect(path, isolation_level=None)
        db.execute("pragma journal_mode = wal")
        db.execute("pragma synchronous = full")
        db.execute("pragma wal_autocheckpoint = 10000")
        db.execute(TABLE)
        return db

    def accept(self, row, stanzas):
        self._accepted.append(row)
        self._add(stanzas)

    def end(self, row, stanzas):
        self._ended.append(row)
        self._add(stanzas)

    def _add(self, stanzas):
        self._stanzas.append(stanzas)
        if not self._busy:
            self._busy = True
            self._loop.call_soon(self._start)

    def _start(self):
        group = self._accepted, self._ended, self._stanzas
        self._accepted, self._ended, self._stanzas = [], [], []
        done = self._thread.submit(self._commit, *group[:2])
        done.add_done_callback(lambda done: self._loop.call_soon_threadsafe(
            self._committed, done, group[2]))

    def _commit(self, accepted, ended):
        self._db.execute("begin")
        self._db.executemany(ACCEPT, accepted)
        self._db.executemany(END, ended)
        self._db.execute("commit")

    def _committed(self, done, stanzas):
        if done.exception():
            print(done.exception(), file=sys.stderr, flush=True)
            os._exit(1)
        self._on_disk(stanzas)
        if self._stanzas:
            self._start()
        else:
            self._busy = False


def stamp(seconds):
    text = datetime.datetime.utcfromtimestamp(seconds).isoformat(timespec="milliseconds")
    return text + "Z"


def bare(jid):
    return jid.partition("/")[0]


def quoted(value):
    """An attribute's value; hardly any needs escaping."""
    if "&" in value or "<" in value or '"' in value or "'" in value:
        return quoteattr(value)
    return f"'{value}'"


def written(element, namespace=""):
    """An element of the stream as text; ElementTree's own way takes four times as long."""
    own, _, name = element.tag[1:].partition("}")
    head = f"<{name}" if own == namespace else f"<{name} xmlns='{own}'"
    attributes = "".join([f" {key}={quoted(value)}" for key, value in element.attrib.items()])
    inner = (element.text or "") and (element.text.replace("&", "&amp;").replace("<", "&lt;"))
    inner += "".join([written(child, own) for child in element])
    return f"{head}{attributes}>{inner}</{name}>" if inner else f"{head}{attributes}/>"


class Component(ComponentXMPP):
    def __init__(self, port, domain, secret, database):
        super().__init__(domain, secret, "127.0.0.1", port)
        self.domain, self.number, self.open = domain, 0, {}
        self.database = Database(database, self.loop, self.leave)

    def _spawn_event(self, xml):
        """Each stanza, before a stanza object is made of it."""
        kind = xml.get("type")
        payload = xml[0] if len(xml) else None
        tag = payload.tag if payload is not None else None
        if kind == "set" and tag == REQUEST:
            self.submit(xml, payload)
        elif kind == "result" and tag == OUTCOME:
            self.outcome(xml, payload)
        elif kind == "get" and tag == PING:
            self.leave([f"<iq type='result' from='{self.domain}' to={quoted(xml.get('from'))}"
                        f" id={quoted(xml.get('id'))}/>"])
        elif not xml.tag.endswith("}presence"):
            super()._spawn_event(xml)

    def leave(self, stanzas):
        self.transport.write("".join(stanzas).encode())

    def submit(self, xml, request):
        self.number += 1
        number, now, asked_by = self.number, time.time(), xml.get("from")
        milliseconds = int(now * 1000)
        identity = (f"{milliseconds >> 16:08x}-{milliseconds & 65535:04x}-7000-8000-"
                    f"{number & 0xffffffffffff:012x}")
        device, command = request.get("device"), request.get("command")
        created, expires = stamp(now), stamp(now + EXPIRES_S)
        until = stamp(now + min(EXPIRES_S, TIMEOUT_S * ATTEMPTS))
        self.open[identity] = (number, device, command, asked_by, created, expires, now)
        self.database.accept(
            (number, identity, device, bare(asked_by), asked_by, command, created, TIMEOUT_S,
             ATTEMPTS, expires),
            f"<iq type='result' from='{self.domain}' to={quoted(asked_by)}"
            f" id={quoted(xml.get('id'))}>"
            f"<request xmlns='{NS}' id='{identity}' status='queued'/></iq>"
            f"<iq type='set' from='{self.domain}' to={quoted(device + '/platen-a')}"
            f" id='{identity}-1'><operation xmlns='{NS}' id='{identity}'"
            f" command={quoted(command)} not-after='{until}'/></iq>")

    def outcome(self, xml, outcome):
        identity = outcome.get("id")
        request = self.open.get(identity)
        if request is None or bare(xml.get("from")) != request[1]:
            return
        del self.open[identity]
        number, device, command, asked_by, created, expires, begun = request
        now, text = time.time(), written(outcome)
        took, responded = int((now - begun) * 1000), stamp(now)
        status = {"done": "responded"}.get(outcome.get("status"), outcome.get("status"))
        self.database.end(
            (status, created, responded, took, text, number),
            f"<message type='headline' from='{self.domain}' to={quoted(asked_by)}"
            f" id='{identity}'><body>{device} {command}: {status} in {took} ms</body>"
            f"<request xmlns='{NS}' id='{identity}' device={quoted(device)}"
            f" command={quoted(command)} operator={quoted(bare(asked_by))}"
            f" asked_by={quoted(asked_by)} unit='bench' status='{status}' cause='outcome'"
            f" created='{created}' transmitted='{created}' responded='{responded}'"
            f" ended='{responded}' response_ms='{took}' transmission='1' attempts='1'"
            f" max_attempts='{ATTEMPTS}' timeout='{TIMEOUT_S}' expires='{expires}'>{text}"
            "</request></message>")


def main():
    port, domain, secret_file, database = sys.argv[1:]
    logging.disable(logging.INFO)
    uvloop.install()
    component = Component(int(port), domain, pathlib.Path(secret_file).read_text().strip(),
                          database)
    gc.freeze()
    gc.set_threshold(100000, 50, 50)
    component.connect()
    component.process(forever=True)


if __name__ == "__main__":
    main()
