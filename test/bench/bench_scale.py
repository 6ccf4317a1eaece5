#!/usr/bin/python3
"""Days of a million rows: how long platend takes to start, to find a request of an old
day, and to seal one.

One lab (Prosody, platend, one device), one operator. test/bench/write_day.c writes the
days as platend does: three rows a request, each request with a token. Started is platend
alone, from exec to READY, which it says when its stream is up:

  - today, 1,000,000 rows (333,334 requests), all ended;
  - yesterday, sealed, of as many requests: those of the last 24 h are read for their tokens.

An old day, sealed, of 1,000,000 requests (3,000,000 rows before): asked for requests at
random by id, from the stanza to the answer at the operator; XEP-0199 pings of the component
say what of that is the way. First the page cache is warm, as the file was written a moment ago;
then the kernel is told before each question that nothing of the file is needed any more.

While that day is sealed the operator submits a request every 50 ms; an accepted one has
waited for a sync of the disk. The same before, in quiet. The memory is the largest that
platend had while it sealed (VmHWM), beside what it had before."""
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

import bench
from client import Client
from lab import Lab, wait_for

DAY_MS = 86400000
STARTS, ASKS = 5, 200
ROWS = 1_000_000
WRITER = bench.ROOT / "build/bench/write_day"


def midnight(days_ago):
    now = int(time.time() * 1000)
    return now - now % DAY_MS - days_ago * DAY_MS


def day_name(ms):
    return time.strftime("%Y-%m-%d", time.gmtime(ms // 1000))


class Platend:
    """The lab's, started alone and timed."""

    def __init__(self, lab):
        self._lab = lab
        self.data = pathlib.Path(lab.env["PLATEN_DATA"])
        self._process = None

    def start(self):
        """Seconds until it is ready; and of CPU, which a busy machine does not make more."""
        path = str(self._lab.dir / "notify")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as news:
            news.bind(path)
            news.settimeout(300)
            begun = time.perf_counter()
            with open(self._lab.dir / "platend/log", "ab") as log:
                self._process = subprocess.Popen(
                    [pathlib.Path(os.environ["PLATEN_BIN"]) / "platend",
                     "-c", self._lab.dir / "platend/platend.conf"],
                    env={**os.environ, "NOTIFY_SOCKET": path}, stdout=log, stderr=log)
            while not news.recv(4096).startswith(b"READY=1"):
                pass
            took = time.perf_counter() - begun
        os.unlink(path)
        stat = pathlib.Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2]
        return took, sum(map(int, stat.split()[11:13])) / os.sysconf("SC_CLK_TCK")

    def end(self):
        self._process.terminate()
        assert self._process.wait(60) == 0

    def kilobytes(self, field):
        status = pathlib.Path(f"/proc/{self._process.pid}/status").read_text()
        return int(re.search(rf"{field}:\s+(\d+) kB", status)[1])

    def forget_peak(self):
        pathlib.Path(f"/proc/{self._process.pid}/clear_refs").write_text("5")

    def write_day(self, days_ago, requests):
        """The day's first ms, and the one behind its last request."""
        first, last = midnight(days_ago), min(midnight(days_ago - 1), int(time.time() * 1000) - 1000)
        (self.data / "requests").mkdir(exist_ok=True)
        subprocess.run([WRITER, self.data / "requests" / day_name(first), str(first), str(last),
                        str(requests), self._lab.jid("mfp-0001"), "lab",
                        f"operator@{self._lab.env['DOMAIN']}"], check=True)
        return first, last

    def clear(self):
        for folder in ("requests", "audit"):
            shutil.rmtree(self.data / folder, ignore_errors=True)

    def sealed(self, first):
        """Milliseconds that it said it took, once it has."""
        said = f"sealed table=requests/{day_name(first)} ms=(\\d+)"
        return wait_for(lambda: re.search(said, self._lab.log("platend")), 600,
                        "sealed", pause=0.2)[1]

    def is_sealing(self):
        return any((self.data / "requests").glob("*.tsv.new"))


def starts(results, platend, what, at_most=None, note=""):
    took = []
    for _ in range(STARTS):
        took.append(platend.start())
        platend.end()
    seconds, cpu = zip(*took)
    results.add(f"start, {what}, median", bench.median(seconds), "s", at_most=at_most,
                note=", ".join(filter(None, [f"{bench.median(cpu):.2g} s of CPU", note])))


def request_id(first, last, number, requests):
    ms = first + (last - first) * number // requests
    return f"{ms >> 16:08x}-{ms & 0xffff:04x}-7000-8000-{number:012x}"


def timed_ms(client, kind, to, payload):
    begun = time.perf_counter()
    answer = client.iq(kind, to, payload, seconds=300)
    took = 1000 * (time.perf_counter() - begun)
    assert answer.get("type") == "result", answer
    return took, answer


def find_one(client, lab, first, last):
    wanted = request_id(first, last, random.randrange(ROWS), ROWS)
    took, answer = timed_ms(client, "get", lab.component, "<requests "
                            f"xmlns='urn:platen:operation:1' id='{wanted}'/>")
    assert answer[0][0].get("id") == wanted and answer[0][0].get("status") == "responded"
    return took


def find(results, lab, path, first, last):
    ways, warm, cold = [], [], []
    with Client(lab, "operator", resource="bench") as client, open(path, "rb") as day:
        for _ in range(ASKS):
            ways.append(timed_ms(client, "get", lab.component, "<ping xmlns='urn:xmpp:ping'/>")[0])
            warm.append(find_one(client, lab, first, last))
        for _ in range(ASKS):
            os.posix_fadvise(day.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
            cold.append(find_one(client, lab, first, last))
    for name, took in (("of an old day", warm), ("of one not in the page cache", cold)):
        results.add(f"request {name}, median", bench.median(took), "ms", at_most=5)
        results.add(f"request {name}, 95 %", bench.quantile(took, 0.95), "ms")
    results.add("a ping, median", bench.median(ways), "ms", note="what of it is the way")


def submits(client, lab, until):
    """How long each took, until that is true."""
    took = []
    while not until(len(took)):
        took.append(timed_ms(client, "set", lab.component,
                             "<request xmlns='urn:platen:operation:1' "
                             f"device='{lab.jid('mfp-0001')}' command='get-supplies'/>")[0])
        time.sleep(0.05)
    return took


def seal(results, lab, platend):
    """An old day is sealed soon after the start."""
    first, last = platend.write_day(10, ROWS)
    size = (platend.data / f"requests/{day_name(first)}.tsv").stat().st_size
    # Held back until all is quiet and measured.
    held = platend.data / "held"
    os.rename(platend.data / f"requests/{day_name(first)}.tsv", held)
    platend.start()
    with Client(lab, "operator", resource="bench") as client:
        quiet = submits(client, lab, lambda n: n >= 100)
        platend.end()
        os.rename(held, platend.data / f"requests/{day_name(first)}.tsv")
        platend.start()
        before = platend.kilobytes("VmRSS")
        platend.forget_peak()
        wait_for(platend.is_sealing, 60, "sealing")
        busy = submits(client, lab, lambda _: not platend.is_sealing())
    took = int(platend.sealed(first)) / 1000
    results.add("sealing 3,000,000 rows", took, "s", note=f"{size / 1e9:.2g} GB")
    results.add("memory for that", (platend.kilobytes("VmHWM") - before) / 1024, "MiB")
    results.add("submit in quiet, median", bench.median(quiet), "ms")
    results.add("submit in quiet, 99 %", bench.quantile(quiet, 0.99), "ms")
    results.add("submit while sealing, median", bench.median(busy), "ms", note=f"{len(busy)} of them")
    results.add("submit while sealing, 99 %", bench.quantile(busy, 0.99), "ms")
    return first, last


def measure(results, lab):
    platend = Platend(lab)
    lab.kill("platend")
    wait_for(lambda: not pathlib.Path(f"/proc/{lab.env['PLATEND_PID']}/stat").exists(), 10, "killed")
    platend.clear()
    starts(results, platend, "nothing there")
    platend.write_day(0, ROWS // 3 + 1)
    starts(results, platend, "today has 1,000,000 rows", at_most=3)
    platend.clear()
    first, _ = platend.write_day(1, ROWS)
    platend.start()
    platend.sealed(first)
    platend.end()
    starts(results, platend, "yesterday was 1,000,000 requests", at_most=3, note="sealed; tokens")
    platend.clear()
    first, last = seal(results, lab, platend)
    platend.end()
    starts(results, platend, "an old day is sealed", at_most=3)
    platend.start()
    find(results, lab, platend.data / f"requests/{day_name(first)}.tsv", first, last)
    platend.end()


def main():
    results = bench.Results("scale")
    with tempfile.TemporaryDirectory() as folder:
        lab = Lab(pathlib.Path(folder) / "lab", devices=1)
        try:
            measure(results, lab)
        finally:
            lab.down()
    results.finish()


if __name__ == "__main__":
    main()
