#!/usr/bin/python3
"""The component alone: how fast it passes requests, and what a million devices cost it.

A fake server (fake_server.c) on a core of its own plays operators and devices; platend, as
built, has the other core for all its threads. A request is five stanzas (submit, its result,
execute, outcome, headline) and five rows on disk, synced in groups; the outcome holds four
supplies. So many requests as the window says are open at a time.

Beside platend runs the least that any component on expat could do: echo.c reads and writes
the same five stanzas. Runs of both alternate, on the same cores; the ratio of their CPU is
the figure that says something on other machines, too.

The tables lie on this machine's disk, and then in memory (tmpfs)."""
import os
import pathlib
import subprocess
import sys

import bench
from component import TOOLS, Echo, Platend

DEVICES = 10000                  # that are asked, in turns
KNOWN = int(os.environ.get("BENCH_KNOWN") or 1000000)
WINDOWS = (64, 512, 4096)
ROUNDS = 5
REQUESTS, WARM = 20000, 8000     # of one run; before the first one
REQUESTS_AIM, RATIO_AIM = 100000, 2.6
MEMORY_AIM = 512                 # bytes a device: 1,000,000 in 512 MB
PAGE = ("<devices xmlns='urn:platen:operation:1'{}><set xmlns='http://jabber.org/protocol/rsm'>"
        "<max>50</max></set></devices>")
PAGES = {"first page by account": "", "first page by model": " sort='model'",
         "one found by serial number": " serial='S0777777'"}


def requests(results, name, folder):
    """Requests a second and CPU, for each window."""
    with Echo(DEVICES) as echo, Platend(DEVICES, folder) as platend:
        platend.arrive(0, DEVICES)
        for window in WINDOWS:
            echo.run(WARM, window)
            platend.run(WARM, window)
            pairs = [(echo.run(REQUESTS, window), platend.run(REQUESTS, window))
                     for _ in range(ROUNDS)]
            report(results, f"{name}, window {window}", pairs)


def report(results, name, pairs):
    rates = [REQUESTS / seconds for _, (seconds, _) in pairs]
    cpus = [cpu / REQUESTS * 1e6 for _, (_, cpu) in pairs]
    echoes = [cpu / REQUESTS * 1e6 for (_, cpu), _ in pairs]
    ratios = [cpu / echo for cpu, echo in zip(cpus, echoes)]
    results.add(f"{name}: requests", bench.median(rates), "1/s", at_least=REQUESTS_AIM,
                note=f"{min(rates):.0f} to {max(rates):.0f}")
    results.add(f"{name}: CPU of a request", bench.median(cpus), "us",
                note=f"{min(cpus):.1f} to {max(cpus):.1f}; the echo {bench.median(echoes):.1f}")
    results.add(f"{name}: by the echo's", bench.median(ratios), "ratio", at_most=RATIO_AIM,
                note=f"{min(ratios):.2f} to {max(ratios):.2f}, {len(pairs)} pairs")


def write_table(data, *words):
    path = data / "devices" / "devices.tsv"
    path.parent.mkdir(parents=True)
    with path.open("wb") as out:
        subprocess.run([TOOLS / "device_table", str(KNOWN), *words], stdout=out, check=True)


def known(results, folder, name, words, at_most):
    """A start on a table of many devices, questions to it, and all of them arriving."""
    with Platend(KNOWN, folder, lambda data: write_table(data, *words)) as platend:
        results.add(f"{KNOWN} devices {name}: memory of each", platend.resident() / KNOWN,
                    "bytes", at_most=at_most)
        results.add(f"{KNOWN} devices {name}: start", platend.start_s, "s")
        if words:
            return
        platend.ask(PAGE.format(""))
        for page, filters in PAGES.items():
            times = [platend.ask(PAGE.format(filters))[0] * 1000 for _ in range(ROUNDS)]
            results.add(f"{KNOWN} devices: {page}", bench.median(times), "ms",
                        note=f"{min(times):.2f} to {max(times):.2f}")
        seconds, cpu = platend.arrive(0, KNOWN)
        results.add("all of them come online: presences", KNOWN / seconds, "1/s",
                    note=f"CPU of each {cpu / KNOWN * 1e6:.2f} us")


def main():
    results = bench.Results("component")
    if len(os.sched_getaffinity(0)) < 2:
        sys.exit("this needs two cores: one for the component, one for the fake server")
    bench.OUT.mkdir(parents=True, exist_ok=True)
    bench.touch_memory(4)
    neighbours = bench.Neighbours(bench.ROOT)
    requests(results, "disk", bench.OUT)
    requests(results, "tmpfs", pathlib.Path("/dev/shm"))
    known(results, bench.OUT, "with facts", (), MEMORY_AIM)
    known(results, bench.OUT, "and their supplies", ("figures",), None)
    results.add("used by other processes", neighbours.cores(), "cores")
    results.finish()


if __name__ == "__main__":
    main()
