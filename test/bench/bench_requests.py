#!/usr/bin/python3
"""Requests through a server: what is left of a server's rate when platend is behind it.

On each server, with Nagle's algorithm on and off, stand a hundred devices, one operator and
four components (server.py says which). A round runs each of the four for a while, in turns
first, with so many requests open at a time as the window says; then the next round. What is
compared was run in the same round; printed is the median of the rounds, with the smallest
and the largest. Rounds in which other processes have used the machine are left out, if enough
remain. Behind rates: median, 90 % and 99 % of the times from the submit to its
answer and to the headline; and the CPU of a request, everybody's.

All of this twice: where everybody shares all cores, as the system divides them, and with the
server apart, on half of the cores, where it alone is, and everybody else on the other half: so
nobody takes from the server what it has on a machine of its own.

The disk's own pace is measured beside: the median of fdatasync() behind a small append. With
one request open platend should be later than the component that keeps nothing by the two
syncs that it promises, and little more.

At the end of each server a kill -9 ends platend in the middle of a load. Each request that it
has acknowledged must be in the day files.

Nagle "on" leaves it on in the server (Prosody's default; ejabberd has TCP_NODELAY on all its
sockets and no option for it) and on the streams of devices and operator. The components are
without it in both.

Then the executions of campaigns (campaigns.py): on each server, with Nagle's algorithm off, a
fleet of 2,000 devices. A round runs platend with two campaigns at a time over all of them, each
at the highest rate there is and followed by the next, and the component that keeps nothing
with 64 and with 512 requests open. What is counted are members that responded, from the first
start to the last campaign's headline. At the end each member of each campaign must have
responded, and must have one request in the day files.

    BENCH_SERVERS   which, in order (prosody ejabberd)
    BENCH_PARTS     (requests campaigns)
    BENCH_CORES     (shared apart)
    BENCH_NAGLE     (off on)
    BENCH_WINDOWS   (1 64 512), not of campaigns
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
import campaigns
from bench import words
from rounds import Round, cause, cpus, label, of, report_others, spread
from server import SYSTEMS, Server

DEVICES = 100


SERVERS, NAGLE = words("BENCH_SERVERS", "prosody ejabberd"), words("BENCH_NAGLE", "off on")
CORES = words("BENCH_CORES", "shared apart")
WORK = words("BENCH_PARTS", "requests campaigns")
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


class RequestRound(Round):
    def __init__(self, server, window, turn, neighbours):
        syncs = [sync_ms(server.dir)]
        super().__init__({system: lambda s=system: server.run(s, SECONDS, window)
                          for system in SYSTEMS}, turn, neighbours)
        syncs.append(sync_ms(server.dir))
        self.sync_ms = statistics.mean(syncs)

    def cpu_ratio(self):
        return (self.runs["ours"].cpu_us("component")
                / self.runs["slixmpp"].cpu_us("component"))

    def later_ms(self):
        return self.runs["ours"].told[0] - self.runs["untracked"].told[0]

    def syncs_later(self):
        return self.later_ms() / self.sync_ms


def latencies(rounds, system):
    said = []
    for name, times in (("answer", "acknowledged"), ("headline", "told")):
        parts = [of(rounds, system, lambda run, n=n: getattr(run, times)[n]) for n in range(3)]
        said.append(f"{name} {'/'.join(f'{part:.1f}' for part in parts)} ms")
    return ", ".join(said)


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
            note += "; " + cause(rounds, one, other, LABELS)
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
    all_rounds = [RequestRound(server, window, n, neighbours) for n in range(ROUNDS)]
    rounds = bench.undisturbed(all_rounds)
    report_rates(results, name, window, rounds)
    report_cpu(results, name, rounds)
    if window == 1:
        report_latency(results, name, rounds)
    report_others(results, name, all_rounds, rounds)


def kill(results, name, server):
    acknowledged, missing = server.kill_ours(KILL_S, KILL_WINDOW)
    if not acknowledged:
        sys.exit(f"{name}: no request was acknowledged before the kill")
    results.add(f"{name}: lost by kill -9", len(missing), "requests", at_most=0,
                note=f"of {len(acknowledged)} acknowledged {' '.join(missing[:3])}".rstrip())


def measure(results, kind, cores, nagle, folder):
    name = f"{label(kind, cores)}, Nagle {nagle}"
    with Server(folder, kind, DEVICES, nagle == "on", cores == "apart") as server:
        neighbours = bench.Neighbours(bench.ROOT)
        for window in WINDOWS:
            run_window(results, f"{name}, {window}", server, window, neighbours)
        kill(results, name, server)


def a_folder():
    return tempfile.TemporaryDirectory(prefix="platen-bench-", dir=DATA)


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by a signal"))
    results = bench.Results("requests")
    DATA.mkdir(parents=True, exist_ok=True)
    if "requests" in WORK:
        for kind, cores, nagle in itertools.product(SERVERS, CORES, NAGLE):
            with a_folder() as folder:
                measure(results, kind, cores, nagle, pathlib.Path(folder))
    if "campaigns" in WORK:
        for kind, cores in itertools.product(SERVERS, CORES):
            with a_folder() as folder:
                campaigns.measure(results, kind, cores, folder, ROUNDS, SECONDS)
    results.finish()


if __name__ == "__main__":
    main()
