#!/usr/bin/python3
"""A printer that answers SNMP v1 and v2c in ways that snmpd cannot: which one, the
community says ("good" for none; behind a dot may stand whose it is).

    odd_agent.py RECORDING [SETS]

prints its address and serves until SIGTERM. What is set is a line in SETS (pass_persist.py)
with the community, however it is answered."""

import collections
import signal
import socket
import struct
import sys
import threading
import time

from pass_persist import find, load, record

GET, GETNEXT, RESPONSE, SET, GETBULK = 0xA0, 0xA1, 0xA2, 0xA3, 0xA5
NO_SUCH_OBJECT, END_OF_MIB = b"\x80\x00", b"\x82\x00"
TOO_BIG, NO_SUCH_NAME, GEN_ERR, NO_ACCESS, NOT_WRITABLE = 1, 2, 5, 6, 17
TAGS = {"integer": 2, "string": 4, "octet": 4, "objectid": 6, "counter": 0x41, "gauge": 0x42,
        "timeticks": 0x43, "counter64": 0x46}


def ber(tag, content):
    n = len(content)
    length = bytes([n]) if n < 128 else b"\x82" + struct.pack(">H", n)
    return bytes([tag]) + length + content


def number(value, tag=2):
    return ber(tag, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


def oid(parts):
    out = [parts[0] * 40 + parts[1]]
    for part in parts[2:]:
        septets = [part & 127]
        while part := part >> 7:
            septets.insert(0, part & 127 | 128)
        out += septets
    return ber(6, bytes(out))


def value(kind, text):
    if kind in ("string", "octet"):
        raw = bytes.fromhex(text) if kind == "octet" else text.encode("utf-8", "surrogateescape")
        return ber(4, raw)
    if kind == "objectid":
        return oid([int(part) for part in text.split(".")])
    return number(int(text), TAGS[kind])


def parse(data, at=0):
    """(tag, content, behind it) of one BER value."""
    tag, n, at = data[at], data[at + 1], at + 2
    if n & 128:
        n, at = int.from_bytes(data[at:at + (n & 127)], "big"), at + (n & 127)
    return tag, data[at:at + n], at + n


def parts(data):
    at = 0
    while at < len(data):
        tag, content, at = parse(data, at)
        yield tag, content


def numbers(content):
    first, out, part = content[0], [], 0
    for byte in content[1:]:
        part = part << 7 | byte & 127
        if not byte & 128:
            out.append(part)
            part = 0
    return (first // 40, first % 40, *out)


class Question:
    def __init__(self, packet):
        version, community, (self.kind, pdu) = parts(parse(packet)[1])
        self.version = version[1][0]
        self.community = community[1]
        identity, first, second, bindings = parts(pdu)
        self.id, self.repetitions = identity[1], int.from_bytes(second[1], "big")
        self.bindings = [list(parts(binding)) for _, binding in parts(bindings[1])]
        self.names = [numbers(name[1]) for name, _ in self.bindings]

    def answer(self, bindings, status=0, index=0):
        """bindings: (name, BER value) each; status and index of an error."""
        listed = ber(0x30, b"".join(ber(0x30, oid(name) + value) for name, value in bindings))
        pdu = ber(2, self.id) + number(status) + number(index) + listed
        return ber(0x30, number(self.version) + ber(4, self.community) + ber(RESPONSE, pdu))

    def error(self, status, index):
        return self.answer([(name, b"\5\0") for name in self.names], status, index)


def is_odd(oddity, q):
    mine = {SET: "set_", GETBULK: "bulk_"}.get(q.kind, "any_")
    return oddity.startswith(("any_", mine))


class Agent:
    def __init__(self, recording, sets=None):
        self.oids, self.rows = load(recording)
        self.sets, self.orders = sets, collections.Counter()
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))

    def next(self, name):
        """(name, value) of what is behind a name."""
        found = find("getnext", name, self.oids, self.rows)
        return (found[0], value(*found[1:])) if found else (name, END_OF_MIB)

    def good(self, q):
        if q.kind == GETBULK:
            return q.answer(self.repeat(q))
        if q.kind == SET:
            return q.answer([(name, ber(*value)) for name, (_, value) in zip(q.names, q.bindings)])
        found = [find("get", name, self.oids, self.rows) for name in q.names]
        bindings = ([self.next(name) for name in q.names] if q.kind == GETNEXT else
                    [(name, value(*one[1:]) if one else NO_SUCH_OBJECT)
                     for name, one in zip(q.names, found)])
        missing = [i for i, (_, one) in enumerate(bindings, 1)
                   if one in (NO_SUCH_OBJECT, END_OF_MIB)]
        if q.version == 0 and missing:
            return q.error(NO_SUCH_NAME, missing[0])
        return q.answer(bindings)

    def repeat(self, q, times=None):
        names, out = q.names, []
        for _ in range(times or q.repetitions):
            row = [self.next(name) for name in names]
            names = [name for name, _ in row]
            out += row
        return out

    def answer_later(self, q, seconds):
        """Others are served meanwhile."""
        threading.Timer(seconds, self.socket.sendto, (self.good(q), self.peer)).start()

    # Oddities in GETBULK only: the same question by GETNEXT is answered well.

    def bulk_error(self, q):
        return q.error(GEN_ERR, 1)

    def bulk_silent(self, q):
        return None

    def bulk_backwards(self, q):
        return q.answer(self.repeat(q, 1) + self.repeat(q, 1))

    def bulk_more(self, q):
        return q.answer(self.repeat(q, q.repetitions + 1))

    def bulk_fewer(self, q):
        """Is allowed (RFC 3416 4.2.3): one variable and no more."""
        return q.answer(self.repeat(q)[:1])

    def bulk_nothing(self, q):
        return q.answer([])

    def bulk_end(self, q):
        """Says that the MIB ends behind the first rows."""
        return q.answer(self.repeat(q, 1) + [(name, END_OF_MIB) for name in q.names])

    def bulk_middle(self, q):
        ended = [(name, END_OF_MIB) for name in q.names]
        return q.answer(self.repeat(q, 1) + ended + self.repeat(q, 2)[len(q.names):])

    def bulk_missing(self, q):
        return q.answer([(name, NO_SUCH_OBJECT) for name in q.names])

    def bulk_truncated(self, q):
        return q.answer(self.repeat(q))[:-20]

    # Oddities in SET only.

    def set_silent(self, q):
        return None

    def set_no_access(self, q):
        return q.error(NO_ACCESS, 1)

    def set_not_writable(self, q):
        return q.error(NOT_WRITABLE, 1)

    def set_broken(self, q):
        return q.error(GEN_ERR, 1)

    def set_late(self, q):
        time.sleep(1.5)
        return self.good(q)

    def set_lazy(self, q):
        self.answer_later(q, 0.6)

    def set_slow(self, q):
        self.answer_later(q, 4)

    # Oddities in everything.

    def any_half(self, q):
        packet = self.good(q)
        return packet[:len(packet) // 2]

    def any_garbage(self, q):
        return b"HTTP/1.1 400 Bad Request\r\n\r\n"

    def any_nothing(self, q):
        return q.answer([])

    def any_pointless(self, q):
        """A v1 error that does not say which variable it is about."""
        packet = self.good(q)
        error = [*parts(list(parts(parse(packet)[1]))[2][1])][1][1] != b"\0"
        return q.error(NO_SUCH_NAME, 0) if error else packet

    def any_small(self, q):
        """Has room for two variables in an answer."""
        return q.error(TOO_BIG, 0) if len(q.names) > 2 else self.good(q)

    def any_broken(self, q):
        return q.error(GEN_ERR, 1)

    def any_backwards(self, q):
        return q.answer([((1, 3, 6, 1, 2, 1, 1, 1, 0), number(7)) for _ in q.names])

    def any_endless(self, q):
        """A row for every index there could be."""
        return q.answer([((*name[:-1], name[-1] + 1), number(1)) if len(name) > 12 else
                         ((*name, 1, 1), number(1)) for name in q.names])

    def any_late(self, q):
        time.sleep(0.6)
        return self.good(q)

    def any_slow(self, q):
        time.sleep(2.5 if q.kind == SET else 0.4)
        return self.good(q)

    def any_sometimes(self, q):
        """Every fifth order takes its time, and of some also the look before it, and longer."""
        order = self.orders[q.community] % 15
        self.orders[q.community] += q.kind == SET
        seconds = {3: (0, 0.4), 7: (0.15, 1.3), 13: (0, 0.4)}.get(order, (0, 0))[q.kind == SET]
        if not seconds:
            return self.good(q)
        self.answer_later(q, seconds)

    def any_port(self, q):
        """Comes from another port."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.sendto(self.good(q), self.peer)

    def serve(self):
        print("127.0.0.1:%d" % self.socket.getsockname()[1], flush=True)
        while True:
            packet, self.peer = self.socket.recvfrom(65536)
            if not packet:
                continue
            q = Question(packet)
            oddity = q.community.decode()
            if q.kind == SET and self.sets:
                for name, (_, set_to) in zip(q.names, q.bindings):
                    record(self.sets, name, int.from_bytes(set_to[1], "big"), oddity)
            answer = getattr(self, oddity.partition(".")[0])(q) if is_odd(oddity, q) else self.good(q)
            if answer:
                self.socket.sendto(answer, self.peer)


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    Agent(*sys.argv[1:]).serve()


if __name__ == "__main__":
    main()
