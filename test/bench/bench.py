"""What the measured runs share: figures with their aims, a table for people, JSON for
programs, and the line about the machine.

    results = bench.Results("device")
    results.add("median of the living, 10 dead", 1.03, "ratio", at_most=1.2)
    results.finish()     # prints the table, writes build/bench/device.json
"""
import json
import mmap
import os
import pathlib
import platform
import resource
import statistics
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "test/e2e"))

OUT = pathlib.Path(os.environ.get("BENCH_OUT") or ROOT / "build/bench")


def words(name, otherwise):
    """Of a variable of the environment."""
    return (os.environ.get(name) or otherwise).split()


def machine():
    """One line: what all figures depend on."""
    cpus, memory = {}, 0
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            name = line.partition(":")[2].strip()
            cpus[name] = cpus.get(name, 0) + 1
    for line in pathlib.Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemTotal:"):
            memory = int(line.split()[1]) >> 20
    system = platform.freedesktop_os_release().get("PRETTY_NAME", "")
    cores = ", ".join(f"{n} x {name}" for name, n in cpus.items()) or platform.machine()
    return f"{cores}, {memory} GiB, Linux {platform.release()}, {system}"


class Neighbours:
    """How much of the machine others use: processes that neither name a folder of ours in
    their command line nor descend from one that does, nor are this one."""

    def __init__(self, folder):
        self._folder = f"{folder}/".encode()
        self._tick = os.sysconf("SC_CLK_TCK")
        self._last = self._seen()

    def cores(self):
        """Since the last call, on average."""
        last, self._last = self._last, self._seen()
        at, busy = (now - before for now, before in zip(self._last, last))
        return max(0.0, busy / at)

    def _seen(self):
        """(seconds, seconds of CPU that others have used)."""
        fields = pathlib.Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]
        user, nice, system, _, _, irq, soft, steal = map(int, fields)
        busy = (user + nice + system + irq + soft + steal) / self._tick
        return time.monotonic(), busy - self._ours()

    def _ours(self):
        parents, ticks, ours = {}, {}, {os.getpid()}
        for path in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                stat = (path / "stat").read_text().rpartition(")")[2].split()
                line = (path / "cmdline").read_bytes()
            except OSError:
                continue
            pid = int(path.name)
            parents[pid], ticks[pid] = int(stat[1]), int(stat[11]) + int(stat[12])
            if self._folder in line.replace(b"\0", b" "):
                ours.add(pid)
        ours |= {pid for pid, parent in parents.items() if parent in ours}
        ended = resource.getrusage(resource.RUSAGE_CHILDREN)
        return (sum(ticks.get(pid, 0) for pid in ours) / self._tick
                + ended.ru_utime + ended.ru_stime)


def touch_memory(gib):
    """A virtual machine gets its memory when it first touches it, at some 10 us a page; what
    writes files would pay for that. So much of it is touched before."""
    free = next(int(line.split()[1]) for line in
                pathlib.Path("/proc/meminfo").read_text().splitlines()
                if line.startswith("MemAvailable:"))
    block = mmap.mmap(-1, min(gib << 30, free * 1024 // 2))
    for at in range(0, len(block), mmap.PAGESIZE):
        block[at] = 1
    block.close()


QUIET, ENOUGH = 0.3, 3       # cores that others may use in a pair that counts; how many do


def undisturbed(pairs):
    """Those in which the machine was ours (their others, in cores); all, if they are too few."""
    quiet = [one for one in pairs if one.others < QUIET]
    return quiet if len(quiet) >= ENOUGH else pairs


def median(values):
    return statistics.median(values)


def quantile(values, part):
    """The smallest value that this part of all does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, -(-int(part * 1000) * len(ordered) // 1000) - 1))]


class Results:
    def __init__(self, name):
        self.name, self.rows, self.notes = name, [], []

    def add(self, name, value, unit, at_most=None, at_least=None, note="", printed=True):
        """A figure; with an aim it meets that or not. Not printed: for programs only."""
        aim = meets = None
        if at_most is not None:
            aim, meets = f"<= {at_most:g}", value <= at_most
        elif at_least is not None:
            aim, meets = f">= {at_least:g}", value >= at_least
        self.rows.append({"name": name, "value": round(value, 4), "unit": unit, "aim": aim,
                          "meets": meets})
        self.notes.append(note if printed else None)

    def finish(self):
        self._print()
        OUT.mkdir(parents=True, exist_ok=True)
        path = OUT / f"{self.name}.json"
        new = path.with_suffix(".new")
        new.write_text(json.dumps(self.rows, indent=1) + "\n")
        new.replace(path)

    def _print(self):
        says = {True: "yes", False: "NO", None: ""}
        lines = [("", "value", "unit", "aim", "meets", "")]
        lines += [(row["name"], f"{row['value']:.4g}", row["unit"], row["aim"] or "",
                   says[row["meets"]], note) for row, note in zip(self.rows, self.notes)
                  if note is not None]
        widths = [max(len(line[n]) for line in lines) for n in range(5)]
        print(machine())
        for line in lines:
            name, value, *rest = (text.rjust(width) if n == 1 else text.ljust(width)
                                  for n, (text, width) in enumerate(zip(line, widths)))
            print("  ".join([name, value, *rest, line[5]]).rstrip())
