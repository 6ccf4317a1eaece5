#!/usr/bin/python3
"""Requests through a server: what is left of a server's rate when platend is behind it.

On each server, with Nagle's algorithm on and off, stand a hundred devices, one operator and
four components (server.py says which). A round runs each of the four for a while, in turns
first, with so many requests open at a time as the window says; then the next round. What is
compared was run in the same round; printed is the median of the rounds, with the smallest
and the largest. Rounds in which other processes have used the machine are left out, if enough
remain. Behind rates: median, 90 % and 99 % of the times from the submit to its
answer and to the headline; and the CPU of a request, everybody's.

The disk's own pace is measured beside: the median of fdatasync() behind a small append. With
one request open platend should be later than the component that keeps nothing by the two
syncs that it promises, and little more.

At the end of each server a kill -9 ends platend in the middle of a load. Each request that it
has acknowledged must be in the day files.

Nagle "on" leaves it on in the server (Prosody's default; ejabberd has TCP_NODELAY on all its
sockets and no option for it) and on the streams of devices and operator. The components are
without it in both.

    BENCH_SERVERS   which, in order (prosody ejabberd)
    BENCH_NAGLE     (off on)
    BENCH_WINDOWS   (1 64 512)
    BENCH_ROUNDS    how many (5)
    BENCH_SECONDS   of one run of one component (2)
    BENCH_DATA      where platend's and the other's files are (build/bench)"""
import itertools
import os
import pathlib
import signal
import statistics
import sys
import tempfile
import time

import bench
from server import PARTS, SYSTEMS, Server

DEVICES = 100


def words(name, otherwise):
    return (os.environ.get(name) or otherwise).split()


SERVERS, NAGLE = words("BENCH_SERVERS", "prosody ejabberd"), words("BENCH_NAGLE", "off on")
WINDOWS = [int(word) for word in words("BENCH_WINDOWS", "1 64 512")]
ROUNDS = int(*words("BENCH_ROUNDS", "5"))
SECONDS = float(*words("BENCH_SECONDS", "2"))
DATA = pathlib.Path(os.environ.get("BENCH_DATA") or bench.OUT)
WARM_S, KILL_S, KILL_WINDOW = 0.4, 2, 512
SYNCS, SYNC_BYTES = 40, 500
RATE_AIM, SYNCS_AIM, RIVAL_AIM, CPU_AIM = 0.9, 2.4, 1, 0.2
LABELS = {"bare": "bare IQ", "untracked": "untracked", "ours": "ours", "slixmpp": "slixmpp"}


def sync_ms(folder):
    """The disk as platend has it: a row behind the others, and fdatasync()."""
    times = []
    with open(folder / "sync", "ab", buffering=0) as out:
        for _ in range(SYNCS):
            out.write(b"x" * SYNC_BYTES)
            begun = time.perf_counter()
            os.fdatasync(out.fileno())
            times.append(1000 * (time.perf_counter() - begun))
    return bench.median(times)


class Round:
    def __init__(self, server, window, turn, neighbours):
        neighbours.cores()
        order = SYSTEMS[turn % len(SYSTEMS):] + SYSTEMS[:turn % len(SYSTEMS)]
        syncs = [sync_ms(server.dir)]
        self.runs = {}
        for system in order:
            self.runs[system] = server.run(system, SECONDS, window)
        syncs.append(sync_ms(server.dir))
        self.sync_ms, self.others = statistics.mean(syncs), neighbours.cores()

    def ratio(self, one, other):
        return self.runs[one].rate / self.runs[other].rate

    def cpu_ratio(self):
        return (self.runs["ours"].cpu_us("component")
                / self.runs["slixmpp"].cpu_us("component"))

    def later_ms(self):
        return self.runs["ours"].told[0] - self.runs["untracked"].told[0]

    def syncs_later(self):
        return self.later_ms() / self.sync_ms


def spread(values, digits=2):
    return f"{min(values):.{digits}f} to {max(values):.{digits}f}"


def of(rounds, system, value):
    """The median over the rounds of something that is known of a run."""
    return bench.median([value(one.runs[system]) for one in rounds])


def latencies(rounds, system):
    said = []
    for name, times in (("answer", "acknowledged"), ("headline", "told")):
        parts = [of(rounds, system, lambda run, n=n: getattr(run, times)[n]) for n in range(3)]
        said.append(f"{name} {'/'.join(f'{part:.1f}' for part in parts)} ms")
    return ", ".join(said)


def cpus(rounds, system):
    parts = PARTS[:3] if system == "bare" else PARTS
    return "us of CPU: " + ", ".join(
        f"{part} {of(rounds, system, lambda run, p=part: run.cpu_us(p)):.0f}" for part in parts)


def busy(rounds, system):
    """Who has the cores meanwhile."""
    cores = {part: of(rounds, system, lambda run, p=part: run.cores(p)) for part in PARTS}
    return (f"server {cores['server']:.2f}, component {cores['component']:.2f},"
            f" devices and load {cores['devices'] + cores['load']:.2f}")


def everybody_us(run):
    return sum(run.cpu_us(part) for part in PARTS)


def cause(rounds, other):
    """Of a rate that is too low: who had the cores; and what it would be if all of them were
    busy all the time, as the CPU of a request has it."""
    ours, theirs = (of(rounds, system, everybody_us) for system in ("ours", other))
    others = bench.median([one.others for one in rounds])
    return (f"of {len(os.sched_getaffinity(0))} cores, ours: {busy(rounds, 'ours')};"
            f" {LABELS[other]}: {busy(rounds, other)}; other processes {others:.2f};"
            f" everybody's CPU of a request {ours:.0f} and {theirs:.0f} us,"
            f" which makes {theirs / ours:.2f} of busy cores")


def report_rates(results, name, window, rounds):
    for system in SYSTEMS:
        note = [spread([one.runs[system].rate for one in rounds], 0)]
        if system != "bare":
            note.append(latencies(rounds, system))
        note.append(cpus(rounds, system))
        results.add(f"{name}: {LABELS[system]}", of(rounds, system, lambda run: run.rate), "1/s",
                    note="; ".join(note))
    for one, other, aim in (("ours", "untracked", RATE_AIM if window > 1 else None),
                            ("ours", "bare", None), ("untracked", "bare", None),
                            ("ours", "slixmpp", RIVAL_AIM)):
        ratios = [each.ratio(one, other) for each in rounds]
        note = spread(ratios)
        if aim is not None and bench.median(ratios) < aim:
            note += "; " + cause(rounds, other)
        results.add(f"{name}: {LABELS[one]} by {LABELS[other]}", bench.median(ratios), "ratio",
                    at_least=aim, note=note)


def report_cpu(results, name, rounds):
    """People have read the CPU behind the rates."""
    ratios = [one.cpu_ratio() for one in rounds]
    for system, part in itertools.product(SYSTEMS, ("server", "component")):
        results.add(f"{name}: {part}'s CPU, {LABELS[system]}",
                    of(rounds, system, lambda run, p=part: run.cpu_us(p)), "us", printed=False)
    results.add(f"{name}: CPU, ours by slixmpp", bench.median(ratios), "ratio", at_most=CPU_AIM,
                note=spread(ratios))


def report_latency(results, name, rounds):
    """Of one request at a time."""
    syncs, later = [one.sync_ms for one in rounds], [one.later_ms() for one in rounds]
    ratios = [one.syncs_later() for one in rounds]
    results.add(f"{name}: a sync of this disk", bench.median(syncs), "ms", note=spread(syncs))
    results.add(f"{name}: headline later than untracked", bench.median(later), "ms",
                note=spread(later))
    results.add(f"{name}: the same", bench.median(ratios), "syncs", at_most=SYNCS_AIM,
                note=spread(ratios))


def run_window(results, name, server, window, neighbours):
    for system in SYSTEMS:
        server.run(system, WARM_S, window)
    all_rounds = [Round(server, window, n, neighbours) for n in range(ROUNDS)]
    rounds = bench.undisturbed(all_rounds)
    report_rates(results, name, window, rounds)
    report_cpu(results, name, rounds)
    if window == 1:
        report_latency(results, name, rounds)
    others = [one.others for one in all_rounds]
    results.add(f"{name}: used by other processes", bench.median(others), "cores",
                note=f"{spread(others)}; {len(rounds)} of {len(all_rounds)} rounds counted")


def kill(results, name, server):
    acknowledged, missing = server.kill_ours(KILL_S, KILL_WINDOW)
    if not acknowledged:
        sys.exit(f"{name}: no request was acknowledged before the kill")
    results.add(f"{name}: lost by kill -9", len(missing), "requests", at_most=0,
                note=f"of {len(acknowledged)} acknowledged {' '.join(missing[:3])}".rstrip())


def measure(results, kind, nagle, folder):
    name = f"{kind}, Nagle {nagle}"
    with Server(folder, kind, nagle == "on", DEVICES) as server:
        neighbours = bench.Neighbours(bench.ROOT)
        for window in WINDOWS:
            run_window(results, f"{name}, {window}", server, window, neighbours)
        kill(results, name, server)


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by a signal"))
    results = bench.Results("requests")
    DATA.mkdir(parents=True, exist_ok=True)
    for kind, nagle in itertools.product(SERVERS, NAGLE):
        with tempfile.TemporaryDirectory(prefix="platen-bench-", dir=DATA) as folder:
            measure(results, kind, nagle, pathlib.Path(folder))
    results.finish()


if __name__ == "__main__":
    main()
