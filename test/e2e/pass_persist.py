#!/usr/bin/python3
"""Serves a recording to snmpd, by its pass_persist protocol: snmpd asks
`get OID` or `getnext OID` on three lines of stdin, and reads OID, type and
value, or NONE; `set`, OID and value, and reads DONE or why not.

    pass_persist.py RECORDING [SETS]

What is set is a line in SETS, time, OID and value; only prtGeneralReset can be. A recording has a line for each value: OID|TAG|VALUE. The tag is the BER type
as a decimal number; an x behind it says that VALUE is in hex."""

import bisect
import sys
import time

TYPES = {
    2: "integer",
    4: "string",
    6: "objectid",
    64: "ipaddress",
    65: "counter",
    66: "gauge",
    67: "timeticks",
    70: "counter64",
}


def numbers(oid):
    return tuple(int(part) for part in oid.strip(".").split("."))


def typed(tag, value):
    """snmpd's name of the type and its spelling of the value."""
    kind = int(tag.rstrip("x"))
    if kind == 4 and tag.endswith("x"):
        return "octet", " ".join(value[i : i + 2] for i in range(0, len(value), 2))
    return TYPES[kind], value


def load(path):
    rows = {}
    with open(path, encoding="utf-8", errors="surrogateescape") as lines:
        for line in lines:
            line = line.rstrip("\r\n")
            if not line or line.startswith("#"):
                continue
            oid, tag, value = line.split("|", 2)
            if int(tag.rstrip("x")) in TYPES:
                rows[numbers(oid)] = typed(tag, value)
    return sorted(rows), rows


def find(command, oid, oids, rows):
    at = bisect.bisect_right(oids, oid) if command == "getnext" else bisect.bisect_left(oids, oid)
    if at == len(oids) or (command == "get" and oids[at] != oid):
        return None
    return oids[at], *rows[oids[at]]


RESET = (1, 3, 6, 1, 2, 1, 43, 5, 1, 1, 3)


def record(path, oid, value, who=""):
    """A line of what was set, in one write."""
    with open(path, "ab", buffering=0) as out:
        out.write(f"{time.time():.6f} .{'.'.join(map(str, oid))} {value} {who}\n".encode())


def set_value(oid, value, oids):
    """snmpd's word for what came of it; value as it says it: "integer 4"."""
    if oid[:-1] != RESET or oid not in oids:
        return "not-writable"
    if len(sys.argv) > 2:
        record(sys.argv[2], oid, value.split()[-1])
    return "DONE"


def main():
    oids, rows = load(sys.argv[1])
    sys.stdin.reconfigure(errors="surrogateescape")
    sys.stdout.reconfigure(errors="surrogateescape")
    for line in sys.stdin:
        command = line.strip().lower()
        answer = "NONE"
        if command == "ping":
            answer = "PONG"
        elif command in ("get", "getnext"):
            found = find(command, numbers(sys.stdin.readline().strip()), oids, rows)
            if found:
                answer = ".%s\n%s\n%s" % (".".join(map(str, found[0])), found[1], found[2])
        elif command == "set":
            oid = numbers(sys.stdin.readline().strip())
            answer = set_value(oid, sys.stdin.readline().strip(), oids)
        print(answer, flush=True)


if __name__ == "__main__":
    main()
