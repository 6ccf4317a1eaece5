#!/usr/bin/python3
"""The device: what its stream over BOSH costs, and dead printers.

Transports (transports.py). On each server stand one component (load.c), which sends commands
to one device at a time and waits for their results, and six devices: platen-device over TCP
without and with TLS, over BOSH by HTTP and by HTTPS, and a device in Python that is nothing but a
stream over BOSH, tuned as far as Python lets one (bosh_device.py), by HTTP and by HTTPS. All
read the same state file, so that no printer is measured, and must answer the same. A round
runs each of the six for a while, in turns first, with so many requests open at a time as the
window says; then the next round. What is compared was run in the same round; printed is the
median of the rounds, with the smallest and the largest. Behind rates: median, 90 % and 99 %
of the times from the command to its result; and the CPU of a request, everybody's. Nagle's
algorithm is off in the servers. Rounds in which other processes have used the machine are left
out, if enough remain.

Dead printers: a hundred devices, ten of whose printers are dead: what the other ninety notice.
One lab (Prosody, platend, a hundred platen-device, each beside a printer by SNMP), one
operator. Runs with all printers alive and runs with ten dead ones come in pairs, right after
each other and in turns first, so that whatever else the machine does meets both. Compared
are the same ninety devices: the median of the times that the component has seen
(response_ms, whole milliseconds), and of those from the submit to the answer at the
operator. In both the ten are asked too, every 2 s: alive they answer, dead they have a
request open all the time (two questions of 1 s each; by default a device is more patient,
and that only makes the run longer).

Two loads: the ninety all at once, and again as soon as they have answered; and one request
every 10 ms, which leaves the machine idle in between.

The ten are live (a control: what two equal runs differ by); silent, a port that never
answers; closed, nobody listens; or slow, each answer comes after 4 s.

Pairs in which other processes have used the machine are left out, if enough remain.

    BENCH_PARTS     which (transports dead)
    BENCH_SERVERS   of transports, in order (prosody ejabberd)
    BENCH_WINDOWS   (1 64)
    BENCH_ROUNDS    how many (5)
    BENCH_SECONDS   of one run of one device (2)"""
import asyncio
import contextlib
import dataclasses
import itertools
import os
import pathlib
import random
import signal
import sys
import tempfile
import time

import bench
import transports
from asker import Asker
from bench import words
from lab import Lab
from relay import Relay
from snmp_fixture import Printer

WORK = words("BENCH_PARTS", "transports dead")
SERVERS = words("BENCH_SERVERS", "prosody ejabberd")
WINDOWS = [int(word) for word in words("BENCH_WINDOWS", "1 64")]
ROUNDS = int(*words("BENCH_ROUNDS", "5"))
SECONDS = float(*words("BENCH_SECONDS", "2"))
DEVICES, DEAD = 100, 10
TIMEOUT_S = 1                # of one SNMP question, which is sent twice
EVERY_S = 2                  # so long a request to a silent printer is open
AGENTS = 25                  # snmpd; four devices each, so that none of them queues
PAIRS, BUDGET_S = 12, 130     # of each kind; the whole stays below three minutes
BURSTS, PACED_ROUNDS, PACE_S = 4, 1, 0.01
COMMAND = "get-counters"
# What the ten are, and how their requests end then.
KINDS = {"live": ("responded", ""), "silent": ("failed", "printer-timeout"),
         "closed": ("failed", "printer-unreachable"), "slow": ("failed", "printer-timeout")}
AIM = 1.2


class Wrong(Exception):
    """What was measured is not what was to be measured."""


class Ten:
    """The ten, of one kind for a while, dead or live: each has a request open, and the next
    when that has ended and EVERY_S have passed."""

    def __init__(self, asker, jids, relays, kind):
        self.asker, self.jids, self.relays, self.kind = asker, jids, relays, kind
        self.ends, self.over = set(), asyncio.Event()

    async def __aenter__(self):
        for relay in self.relays:
            relay.set(self.kind)
        self.tasks = [asyncio.create_task(self._keep_asking(jid)) for jid in self.jids]

    async def _keep_asking(self, jid):
        while not self.over.is_set():
            begun = time.monotonic()
            one = await self.asker.submit(jid, COMMAND)
            self.ends.add((one.status, one.condition))
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self.over.wait(), begun + EVERY_S - time.monotonic())

    async def __aexit__(self, *_):
        self.over.set()
        await asyncio.gather(*self.tasks)
        for relay in self.relays:
            relay.set("live")
        if self.ends != {KINDS[self.kind]}:
            raise Wrong(f"{self.kind} printers: {self.ends}")


async def burst(asker, jids):
    return await asyncio.gather(*(asker.submit(jid, COMMAND) for jid in jids))


async def paced(asker, jids):
    """By the clock, not by the answers: who is late does not slow the others down."""
    loop, answers = asyncio.get_running_loop(), []
    begun = loop.time()
    for n, jid in enumerate(jids):
        await asyncio.sleep(begun + n * PACE_S - loop.time())
        answers.append(asker.submit(jid, COMMAND))
    return await asyncio.gather(*answers)


LOADS = {"at once": (burst, BURSTS), "paced": (paced, PACED_ROUNDS)}


async def run(asker, living, ten, relays, kind):
    """{load: answers of the living}, while the ten are of this kind."""
    found = {}
    async with Ten(asker, ten, relays, kind):
        for load, (ask, rounds) in LOADS.items():
            found[load] = []
            for n in range(rounds):
                jids = random.Random(n).sample(living, len(living))
                found[load] += await ask(asker, jids)
    bad = [one for one in sum(found.values(), []) if one.status != "responded"]
    if bad:
        raise Wrong(f"a living printer: {bad[0]}")
    return found


@dataclasses.dataclass
class Pair:
    alive: dict          # what run() has found
    dead: dict
    others: float        # cores that others have used meanwhile


async def pair(asker, living, ten, relays, kind, kind_first, neighbours):
    neighbours.cores()
    first = await run(asker, living, ten, relays, kind if kind_first else "live")
    second = await run(asker, living, ten, relays, "live" if kind_first else kind)
    alive, dead = (second, first) if kind_first else (first, second)
    return Pair(alive, dead, neighbours.cores())


async def second_in_line(asker, jid, relay):
    """Two requests at once for one dead printer: when each has failed, in seconds."""
    relay.set("silent")
    answers = await asyncio.gather(asker.submit(jid, COMMAND), asker.submit(jid, COMMAND))
    relay.set("live")
    return [one.took_ms / 1000 for one in answers]


FIGURES = {"response_ms": "response", "took_ms": "submit to answer"}


def report(results, kind, all_pairs):
    pairs = bench.undisturbed(all_pairs)
    for load, (figure, label) in itertools.product(LOADS, FIGURES.items()):
        def times(side):
            return [[getattr(answer, figure) for answer in getattr(one, side)[load]]
                    for one in pairs]

        alive, dead = times("alive"), times("dead")
        ratios = [bench.median(b) / bench.median(a) for a, b in zip(alive, dead)]
        a, b = sum(alive, []), sum(dead, [])
        results.add(f"{kind}, {load}: {label}", bench.median(ratios), "ratio",
                    at_most=None if kind == "live" else AIM,
                    note=f"{len(pairs)} of {len(all_pairs)} pairs, {min(ratios):.2f} to"
                         f" {max(ratios):.2f}; median {bench.median(a):.1f} -> {bench.median(b):.1f} ms, 90 %"
                         f" {bench.quantile(a, 0.9):.1f} -> {bench.quantile(b, 0.9):.1f} ms")


async def measure(lab, living, ten, relays, results):
    asker = await Asker.start(lab)
    neighbours = bench.Neighbours(lab.dir.parent)
    await run(asker, living, ten, relays, "live")   # not counted: what is slow the first time only
    pairs, over = {kind: [] for kind in KINDS}, time.monotonic() + BUDGET_S
    for n in range(PAIRS):
        if n < 2 or time.monotonic() < over:
            for kind in KINDS:
                pairs[kind].append(await pair(asker, living, ten, relays, kind, n % 2 == 1,
                                              neighbours))
    for kind in KINDS:
        report(results, kind, pairs[kind])
    first, second = await second_in_line(asker, ten[0], relays[0])
    results.add("a silent printer's request fails after", first, "s")
    results.add("a second one for the same printer", second, "s")
    results.add("used by other processes", bench.median([one.others for kind in KINDS
                                                         for one in pairs[kind]]), "cores",
                note=f"a pair counts below {bench.QUIET}, all do if fewer than {bench.ENOUGH} are")
    asker.disconnect()


def measure_transports(results):
    for kind in SERVERS:
        with tempfile.TemporaryDirectory(prefix="platen-bench-") as folder:
            transports.measure(results, kind, folder, WINDOWS, ROUNDS, SECONDS)


def measure_dead_printers(results):
    with tempfile.TemporaryDirectory(prefix="platen-bench-") as folder, \
            contextlib.ExitStack() as stack:
        folder = pathlib.Path(folder)
        agents = [stack.enter_context(Printer(bench.ROOT / "test/data/printer.snmprec",
                                              folder / f"printer-{n}")) for n in range(AGENTS)]
        relays = [Relay(agents[n % AGENTS].address) for n in range(DEAD)]
        for relay in relays:
            stack.callback(relay.close)
        ten = [f"ten-{n}" for n in range(DEAD)]
        living = [f"living-{n}" for n in range(DEVICES - DEAD)]
        urls = {name: relay.address for name, relay in zip(ten, relays)}
        urls |= {name: agents[n % AGENTS].address for n, name in enumerate(living)}
        os.environ["PLATEN_DEVICE_SOURCE_TIMEOUT"] = f"{TIMEOUT_S}s"
        lab = Lab(folder / "lab", devices=0,
                  printers={name: f"snmp://public@{address}" for name, address in urls.items()})
        stack.callback(lab.down)
        asyncio.run(measure(lab, [lab.jid(name) for name in living],
                            [lab.jid(name) for name in ten], relays, results))


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by a signal"))
    results = bench.Results("device")
    if "transports" in WORK:
        measure_transports(results)
    if "dead" in WORK:
        measure_dead_printers(results)
    results.finish()


if __name__ == "__main__":
    main()
