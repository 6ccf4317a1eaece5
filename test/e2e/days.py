"""Day files of requests, written by the book (platen-tables.5, platen-data.5): what a
platend of some days ago has left."""
import pathlib
import re
import time

DAY_MS = 86400000
COLUMNS = ("id time status cause command device via operator asked_by unit created transmitted "
           "responded ended response_ms transmission attempts max_attempts timeout expires "
           "priority late token campaign schedule told error arguments outcome").split()
OUTCOME = ("<outcome xmlns='urn:platen:operation:1' status='done'><counters xmlns='urn:platen:mfp:1'"
           " source='snmp' taken='2026-01-02T03:04:05.678Z'/></outcome>")


def _table():
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
        table.append(value)
    return table


CRC = _table()


def crc32c(text):
    value = 0xFFFFFFFF
    for byte in text.encode():
        value = value >> 8 ^ CRC[(value ^ byte) & 0xFF]
    return value ^ 0xFFFFFFFF


def midnight(days_ago):
    now = int(time.time() * 1000)
    return now - now % DAY_MS - days_ago * DAY_MS


def stamp(ms):
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(ms // 1000)) + f".{ms % 1000:03}Z"


def request_id(ms, number=0):
    return f"{ms >> 16:08x}-{ms & 0xffff:04x}-7000-8000-{number:012x}"


def row(**values):
    """A line; what is not named is as before."""
    text = "\t".join(values.get(name, "") for name in COLUMNS)
    return f"{text}\t{crc32c(text):08x}\n"


class Day:
    """Rows of one day, as they come; write() puts them where platend reads them."""

    def __init__(self, lab, days_ago):
        self.lab, self.begin = lab, midnight(days_ago)
        self.name = stamp(self.begin)[:10]
        self.base = pathlib.Path(lab.env["PLATEN_DATA"]) / "requests" / self.name
        self.ids, self._lines = [], []

    def accept(self, device="mfp-0001", hour=None, **values):
        """A request that waits; its id."""
        number = len(self.ids)
        ms = self.begin + int(3600000 * (number if hour is None else hour))
        self.ids.append(request_id(ms, number))
        operator = f"operator@{self.lab.env['DOMAIN']}"
        self.add(self.ids[-1], status="queued", cause="submitted", command="get-counters",
                 device=self.lab.jid(device), operator=operator, asked_by=f"{operator}/cli",
                 unit="lab", created=stamp(ms), expires=stamp(ms + 300000), timeout="30",
                 max_attempts="3", attempts="0", transmission="0", **values)
        return self.ids[-1]

    def add(self, request, **values):
        self._lines.append(row(id=request, time=stamp(self.begin), **values))

    def end(self, request, status="responded", ended=None, **values):
        ended = stamp(ended or self.begin + DAY_MS - 1)
        self.add(request, status=status, cause="outcome", ended=ended, **values)

    def write(self, segment=0):
        self.base.parent.mkdir(exist_ok=True)
        header = "\t".join(COLUMNS) + "\tcrc32c/1\n"
        self.path(segment).write_text(header + "".join(self._lines))
        self._lines = []

    def path(self, segment=0):
        return pathlib.Path(f"{self.base}.{segment}.tsv" if segment else f"{self.base}.tsv")

    def is_sealed(self):
        """Whether the day is one sorted file, and its segments that count."""
        if not self.path().exists():
            return False
        with self.path().open() as lines:
            merged = re.search(r"\tcrc32c/1 merged/(\d+)/[0-9a-f]{8}\n", lines.readline())
            keys = [line.split("\t", 1)[0] for line in lines]
        numbers = [int(path.name.split(".")[1]) for path in
                   self.base.parent.glob(f"{self.name}.[0-9]*.tsv")]
        return bool(merged) and keys == sorted(set(keys)) and \
            all(number <= int(merged[1]) for number in numbers)
