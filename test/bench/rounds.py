"""Rounds of measured runs through a server: what is compared is run in the same round, in turns
first. Printed is the median of the rounds, with the smallest and the largest; who had the
cores says why a rate is too low.

    rounds = bench.undisturbed([Round(cases, n, neighbours) for n in range(5)])
    of(rounds, "ours", lambda run: run.rate)"""
import os

import bench
from server import PARTS


class Round:
    """cases: {name: what runs it, a server.Run}."""

    def __init__(self, cases, turn, neighbours):
        neighbours.cores()
        names = list(cases)
        at = turn % len(names)
        self.runs = {name: cases[name]() for name in names[at:] + names[:at]}
        self.others = neighbours.cores()

    def ratio(self, one, other):
        return self.runs[one].rate / self.runs[other].rate


def label(kind, cores):
    return kind if cores == "shared" else f"{kind} {cores}"


def spread(values, digits=2):
    return f"{min(values):.{digits}f} to {max(values):.{digits}f}"


def of(rounds, name, value):
    """The median over the rounds of something that is known of a run."""
    return bench.median([value(one.runs[name]) for one in rounds])


def cpus(rounds, name):
    """Of a request. Who only starts the run is not worth a word."""
    parts = {part: of(rounds, name, lambda run, p=part: run.cpu_us(p)) for part in PARTS}
    return "us of CPU: " + ", ".join(f"{part} {us:.0f}" for part, us in parts.items()
                                     if part != "load" or us >= 1)


def _busy(rounds, name):
    cores = {part: of(rounds, name, lambda run, p=part: run.cores(p)) for part in PARTS}
    return (f"server {cores['server']:.2f}, component {cores['component']:.2f},"
            f" devices and load {cores['devices'] + cores['load']:.2f}")


def _everybody_us(run):
    return sum(run.cpu_us(part) for part in PARTS)


def cause(rounds, one, other, labels):
    """Of a rate that is too low: who had the cores; and what it would be if all of them were
    busy all the time, as the CPU of a request has it."""
    ours, theirs = (of(rounds, name, _everybody_us) for name in (one, other))
    others = bench.median([each.others for each in rounds])
    return (f"of {len(os.sched_getaffinity(0))} cores, {labels[one]}: {_busy(rounds, one)};"
            f" {labels[other]}: {_busy(rounds, other)}; other processes {others:.2f};"
            f" everybody's CPU of a request {ours:.0f} and {theirs:.0f} us,"
            f" which makes {theirs / ours:.2f} of busy cores")


def report_others(results, name, all_rounds, rounds):
    others = [one.others for one in all_rounds]
    results.add(f"{name}: used by other processes", bench.median(others), "cores",
                note=f"{spread(others)}; {len(rounds)} of {len(all_rounds)} rounds counted")
