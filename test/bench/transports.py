"""One device over TCP and over BOSH, beside one in Python that knows BOSH only: a part of
bench_device.py, which says what is compared."""
import pathlib
import sys
from xml.etree import ElementTree

import bench
from component import BIN, TOOLS
from rounds import Round, cause, cpus, of, report_others, spread
from server import DOMAIN, Server

sys.path.insert(0, str(bench.ROOT / "scripts/lablib"))
import fleet
import process

WARM_S = 0.4
RIVAL_AIM, CPU_AIM = 1, 1
# Each is a device with an account of its own; all are online all the time.
LABELS = {"tcp": "TCP", "tcp-tls": "TCP, TLS", "bosh": "BOSH", "bosh-tls": "BOSH, TLS",
          "python": "Python's BOSH", "python-tls": "Python's BOSH, TLS"}
PAIRS = [("bosh", "tcp"), ("bosh-tls", "tcp-tls")]
RIVALS = [("bosh", "python"), ("bosh-tls", "python-tls")]
CONFIG = """\
[account]
jid = {name}@{domain}
password-file = {folder}/password
host = 127.0.0.1
port = {c2s}
security = {security}
ca-file = {folder}/tls/ca.crt
transport = {transport}
[component]
obey = {component}
[state]
directory = {folder}/{name}
[source]
type = file
file = {folder}/state.xml
"""
BOSH = """\
[bosh]
url = {url}
[proxy]
url = none
"""


class Devices(Server):
    """A server with one device for each of LABELS, and the component that asks them (load.c)."""

    def __init__(self, folder, kind):
        super().__init__(folder, kind, len(LABELS))
        self.bare = self.domain_of("bare")
        self._names = dict(zip(LABELS, list(self.accounts)[1:]))

    def _start_components(self):
        """None but the one that asks."""

    def _start_clients(self):
        (self.dir / "state.xml").write_text(fleet.STATE.format(**fleet.figures(1)))
        self._part("load", TOOLS / "load", "component", self._component_port("bare"), DOMAIN,
                   self.devices, self.dir / "secret", self.bare)
        self._say("load", f"wait {DOMAIN}")     # devices ask it for its time when they come
        for system in LABELS:
            start = self._start_rival if system.startswith("python") else self._start_device
            start(system)
        for system in LABELS:
            self._say("load", f"wait {self._jid(system)}")
        self._compare_outcomes()

    def _jid(self, system):
        return f"{self._names[system]}@{DOMAIN}/platen-a"

    def _url(self, system):
        tls = system.endswith("-tls")
        return self.backend.bosh_tls_url(self) if tls else self.backend.bosh_url(self)

    def _start_device(self, system):
        transport, _, tls = system.partition("-")
        text = CONFIG.format(name=self._names[system], domain=DOMAIN, folder=self.dir,
                             c2s=self.ports["c2s"], security="starttls" if tls else "plain",
                             transport=transport, component=self.bare)
        if transport == "bosh":
            text += BOSH.format(url=self._url(system))
        self.file(f"{system}.conf", text)
        self._part(system, BIN / "platen-device", "-c", self.dir / f"{system}.conf")

    def _start_rival(self, system):
        self._part(system, "/usr/bin/python3", bench.ROOT / "test/bench/bosh_device.py",
                   self._url(system), f"{self._names[system]}@{DOMAIN}", self.dir / "password",
                   self.dir / "state.xml", self.bare, self.dir / "tls/ca.crt")

    def _outcome(self, system):
        """What it answers, without what no two answers have in common."""
        path = self.dir / "result"
        self._say("load", f"ask {self._jid(system)} {path}")
        outcome = ElementTree.fromstring(path.read_text())[0]
        del outcome.attrib["id"], outcome[0].attrib["taken"]
        return ElementTree.canonicalize(ElementTree.tostring(outcome, "unicode"))

    def _compare_outcomes(self):
        outcomes = {self._outcome(system) for system in LABELS}
        if len(outcomes) != 1:
            raise process.LabError(f"not all answer the same: {outcomes}")

    def run(self, system, seconds, window):
        """The load is the component here, the device's process all of "devices"."""
        return self._run("load", f"run {self._jid(system)} {seconds} {window}", "load", system)


def report_systems(results, name, rounds):
    for system, label in LABELS.items():
        times = [of(rounds, system, lambda run, n=n: run.told[n]) for n in range(3)]
        results.add(f"{name}: {label}", of(rounds, system, lambda run: run.rate), "1/s",
                    note=f"{spread([one.runs[system].rate for one in rounds], 0)};"
                         f" {'/'.join(f'{part:.1f}' for part in times)} ms;"
                         f" {cpus(rounds, system)}")
        for part, value in zip(("50 %", "90 %", "99 %"), times):
            results.add(f"{name}: {label}, {part} of latency", value, "ms", printed=False)
        results.add(f"{name}: {label}, device's CPU",
                    of(rounds, system, lambda run: run.cpu_us("devices")), "us", printed=False)


def report_rates(results, name, rounds):
    for (one, other), aim in [(pair, None) for pair in PAIRS] + [(pair, RIVAL_AIM)
                                                                 for pair in RIVALS]:
        ratios = [each.ratio(one, other) for each in rounds]
        note = spread(ratios)
        if aim is not None and bench.median(ratios) < aim:
            note += "; " + cause(rounds, one, other, LABELS)
        results.add(f"{name}: {LABELS[one]} by {LABELS[other]}", bench.median(ratios), "ratio",
                    at_least=aim, note=note)


def cpu_cause(rounds, one, other):
    """What of it is the device, and what the way."""
    tcp = dict(PAIRS)[one]
    ours, over_tcp, theirs = (of(rounds, system, lambda run: run.cpu_us("devices"))
                              for system in (one, tcp, other))
    return (f"{LABELS[one]} {ours:.0f} us, {LABELS[other]} {theirs:.0f} us; the same device over"
            f" {LABELS[tcp]} takes {over_tcp:.0f} us, BOSH adds {ours - over_tcp:.0f} us to that")


def report_cpu(results, name, rounds):
    for one, other in RIVALS:
        ratios = [each.runs[one].cpu_us("devices") / each.runs[other].cpu_us("devices")
                  for each in rounds]
        note = spread(ratios)
        if bench.median(ratios) > CPU_AIM:
            note += "; " + cpu_cause(rounds, one, other)
        results.add(f"{name}: device's CPU, {LABELS[one]} by {LABELS[other]}",
                    bench.median(ratios), "ratio", at_most=CPU_AIM, note=note)


def run_window(results, name, server, window, neighbours, n_rounds, seconds):
    for system in LABELS:
        server.run(system, WARM_S, window)
    cases = {system: lambda s=system: server.run(s, seconds, window) for system in LABELS}
    all_rounds = [Round(cases, n, neighbours) for n in range(n_rounds)]
    rounds = bench.undisturbed(all_rounds)
    report_systems(results, name, rounds)
    report_rates(results, name, rounds)
    report_cpu(results, name, rounds)
    report_others(results, name, all_rounds, rounds)


def measure(results, kind, folder, windows, n_rounds, seconds):
    with Devices(pathlib.Path(folder), kind) as server:
        neighbours = bench.Neighbours(bench.ROOT)
        for window in windows:
            run_window(results, f"{kind}, {window}", server, window, neighbours, n_rounds, seconds)
