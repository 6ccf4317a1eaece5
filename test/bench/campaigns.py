"""Campaigns through a server, beside a component that asks the same devices by itself: a part of
bench_requests.py, which says what is compared."""
import resource

import bench
from rounds import Round, cause, cpus, label, of, report_others, spread
from server import Server

DEVICES, WINDOWS = 2000, (64, 512)
FIRST = "mfp-0000*"          # half of them: see campaigns.h
WARM_S = 0.4
RATE_AIM = 0.9
LABELS = {"campaigns": "executions"} | {f"bare {window}": f"bare IQ, {window}"
                                        for window in WINDOWS}


class Campaigns:
    """On one server; all that ever ran there are accounted for."""

    def __init__(self, server):
        self._server, self._runs = server, []

    def cases(self, seconds):
        bare = {f"bare {window}": lambda w=window: self._server.run("bare", seconds, w)
                for window in WINDOWS}
        return {"campaigns": lambda: self._run(seconds), **bare}

    def _run(self, seconds):
        self._runs.append(self._server.run_campaigns(seconds, FIRST))
        return self._runs[-1]

    def account(self, results, name):
        """Each member has responded, as the headlines say, and was asked once, as the files
        do: nobody else asks platend for anything."""
        members, responded, campaigns = (sum(getattr(run, what) for run in self._runs)
                                         for what in ("members", "requests", "campaigns"))
        wrong, note = len(self._server.kept()) - members, f"of {members} in {campaigns} campaigns"
        results.add(f"{name}: members that did not respond", members - responded, "devices",
                    at_most=0, note=note)
        results.add(f"{name}: requests too many or too few", abs(wrong), "requests", at_most=0,
                    note=note)


def report(results, name, rounds):
    for case, label in LABELS.items():
        note = spread([one.runs[case].rate for one in rounds], 0)
        results.add(f"{name}: {label}", of(rounds, case, lambda run: run.rate), "1/s",
                    note=f"{note}; {cpus(rounds, case)}")
    for case in list(LABELS)[1:]:
        ratios = [one.ratio("campaigns", case) for one in rounds]
        note = spread(ratios)
        if bench.median(ratios) < RATE_AIM:
            note += "; " + cause(rounds, "campaigns", case, LABELS)
        results.add(f"{name}: executions by {LABELS[case]}", bench.median(ratios), "ratio",
                    at_least=RATE_AIM, note=note)


def measure(results, kind, cores, folder, n_rounds, seconds):
    name = f"{label(kind, cores)}, fleet of {DEVICES}"
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))     # a socket a device
    with Server(folder, kind, DEVICES, apart=cores == "apart") as server:
        neighbours, campaigns = bench.Neighbours(bench.ROOT), Campaigns(server)
        Round(campaigns.cases(WARM_S), 0, neighbours)
        cases = campaigns.cases(seconds)
        all_rounds = [Round(cases, n, neighbours) for n in range(n_rounds)]
        rounds = bench.undisturbed(all_rounds)
        report(results, name, rounds)
        campaigns.account(results, name)
        report_others(results, name, all_rounds, rounds)
