"""A private server of scripts/lablib without TLS, with four components that do the same work
for the same devices and the same operator: only the component differs.

    bare        sends commands to the devices by itself and waits for the results: load.c
    untracked   the five stanzas of a request, and nothing kept: echo.c
    ours        platend, as built and with its defaults, but for the limits of submits
    slixmpp     slixmpp_component.py

All four are there all the time; one at a time has something to do."""
import contextlib
import dataclasses
import json
import os
import pathlib
import secrets
import subprocess
import sys

import bench
from component import BIN, TOOLS

sys.path.insert(0, str(bench.ROOT / "scripts/lablib"))
import ejabberd
import process
import prosody
import tls

BACKENDS = {"prosody": prosody, "ejabberd": ejabberd}
DOMAIN = "localhost"
PARTS = ("server", "component", "devices", "load")
SYSTEMS = ("bare", "untracked", "ours", "slixmpp")
CONFIG = """[component]
domain = {domain}
secret-file = {folder}/secret
port = {port}
[data]
directory = {folder}/data
units = {folder}/units.conf
[requests]
submits-per-device = 100000
submits-per-operator = 100000
"""
UNITS = """[unit bench]
devices = mfp-*@localhost
operator operator@localhost = view, request
"""


@dataclasses.dataclass
class Run:
    """Of one system, in one window."""
    requests: int
    seconds: float
    cpu: dict               # seconds of each of PARTS
    acknowledged: list      # median, 90 %, 99 %, in ms after the submit; of bare: []
    told: list              # of bare: the device's result
    campaigns: int = 0      # that have ended, and how many members they had
    members: int = 0

    @property
    def rate(self):
        return self.requests / self.seconds

    def cpu_us(self, part):
        return 1e6 * self.cpu[part] / self.requests

    def cores(self, part):
        return self.cpu[part] / self.seconds


def divide(cores, apart):
    """(the server's, everybody else's)"""
    mine = sorted(cores)
    half = len(mine) // 2
    if apart and half == 0:
        sys.exit("one core cannot be divided")
    return (mine[:half], mine[half:]) if apart else (mine, mine)


@contextlib.contextmanager
def started_on(cores):
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


class Server:
    """With everybody connected to it. What the backends of scripts/lablib want to know, they
    find here."""
    stock, plain = False, True

    def __init__(self, folder, kind, devices, nagle=False, apart=False):
        """apart: it has cores that nobody else uses, and they have theirs."""
        self.kind, self.nagle, self.devices = kind, nagle, devices
        self.cores, self.others_cores = divide(os.sched_getaffinity(0), apart)
        self.dir, self.backend = pathlib.Path(folder), BACKENDS[kind]
        self.domain, self.component = DOMAIN, self.domain_of("ours")
        self.secret, password = secrets.token_hex(16), secrets.token_hex(12)
        names = [f"mfp-{n:07d}" for n in range(devices)]
        self.accounts = dict.fromkeys(["operator", *names], password)
        others = [self.domain_of(system) for system in SYSTEMS if system != "ours"]
        ports = process.free_ports(len(self.backend.PORTS) + len(others))
        self.more_components = dict(zip(others, ports))
        self.ports = dict(zip(self.backend.PORTS, ports[len(others):]))
        self.file("secret", self.secret)
        self.file("password", password)
        self.file("units.conf", UNITS)
        self.file("platend.conf", CONFIG.format(domain=self.component, folder=self.dir,
                                                port=self.ports["component"]))
        self.parts, self._stack = {}, contextlib.ExitStack()

    def file(self, name, text):
        (self.dir / name).touch(0o600)
        (self.dir / name).write_text(text + "\n")

    @staticmethod
    def domain_of(system):
        return f"{system}.{DOMAIN}"

    def _component_port(self, system):
        """Prosody has one for all of them."""
        if self.kind == "prosody" or system == "ours":
            return self.ports["component"]
        return self.more_components[self.domain_of(system)]

    def __enter__(self):
        try:
            self._start()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *_):
        self._stack.close()

    def _start(self):
        for name in ("tls", "server"):
            (self.dir / name).mkdir()
        tls.make(self.dir / "tls", self.domain)
        self.backend.configure(self)
        with started_on(self.cores):
            self._server = self.backend.start(self)
        self._stack.callback(process.kill, self._server)
        for port in [*self.ports.values(), *self._listening()]:
            process.wait_for(lambda: process.listening(port), 30,
                             f"{self.kind} does not listen on port {port}")
        self.backend.register(self)
        with started_on(self.others_cores):
            self._start_components()
            self._start_clients()

    def _listening(self):
        return self.more_components.values() if self.kind == "ejabberd" else ()

    def _start_components(self):
        untracked, ours, slixmpp = SYSTEMS[1:]
        secret = self.dir / "secret"
        self._part(untracked, TOOLS / "echo", self._component_port(untracked),
                   self.domain_of(untracked), secret)
        self._part(ours, BIN / "platend", "-c", self.dir / "platend.conf")
        self._part(slixmpp, "/usr/bin/python3", bench.ROOT / "test/bench/slixmpp_component.py",
                   self._component_port(slixmpp), self.domain_of(slixmpp), secret,
                   self.dir / "slixmpp.db")

    def _start_clients(self):
        c2s, password = self.ports["c2s"], self.dir / "password"
        nagle = "nagle" if self.nagle else "nodelay"
        self._part("bare", TOOLS / "load", "component", self._component_port("bare"), DOMAIN,
                   self.devices, self.dir / "secret", self.domain_of("bare"))
        self._part("load", TOOLS / "load", "client", c2s, DOMAIN, self.devices, password, nagle)
        for system in SYSTEMS[1:]:
            self._say("load", f"wait {self.domain_of(system)}")
        self._part("devices", TOOLS / "fleet", c2s, DOMAIN, self.devices, password, nagle,
                   self.component)
        if self.parts["devices"].stdout.readline() != "online\n":
            raise process.LabError("the devices do not come online")

    def _part(self, name, *argv):
        with open(self.dir / f"{name}.log", "wb") as log:
            part = subprocess.Popen([str(word) for word in argv], stdin=subprocess.PIPE,
                                    stdout=subprocess.PIPE, stderr=log, text=True)
        self.parts[name] = part
        self._stack.callback(self._end, part)

    @staticmethod
    def _end(part):
        part.kill()
        part.wait()
        part.stdin.close()
        part.stdout.close()

    def _tell(self, name, line):
        self.parts[name].stdin.write(line + "\n")
        self.parts[name].stdin.flush()

    def _answer(self, name):
        line = self.parts[name].stdout.readline()
        if not line:
            raise process.LabError(f"{name} has ended: {self._logs()}")
        return json.loads(line)

    def _say(self, name, line):
        self._tell(name, line)
        return self._answer(name)

    def _logs(self):
        return {path.name: path.read_text(errors="replace")[-500:]
                for path in self.dir.glob("*.log")}

    def run(self, system, seconds, window):
        load = "bare" if system == "bare" else "load"
        return self._run(load, f"run {self.domain_of(system)} {seconds} {window}",
                         system, "devices", "load")

    def run_campaigns(self, seconds, first):
        """first: the glob of the devices that the first campaign asks."""
        return self._run("load", f"campaigns {self.component} {seconds} {first}",
                         "ours", "devices", "load")

    def _run(self, load, line, *others):
        """others: who counts as the PARTS behind the server; one that is left out takes nothing."""
        pids = [self._server[0], *(self.parts[name].pid for name in others)]
        facts = self._say(load, " ".join(map(str, [line, *pids])))
        facts["cpu"] = dict.fromkeys(PARTS, 0.0) | dict(zip(PARTS, facts["cpu"]))
        return Run(**facts)

    def kill_ours(self, seconds, window):
        """kill -9 of platend in the middle of a load. (ids that were acknowledged, those of
        them that no day file has)"""
        ids = self.dir / "acknowledged"
        self._tell("load", f"flood {self.component} {seconds} {window} {ids}")
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.parts["ours"].wait(seconds / 2)
        self.parts["ours"].kill()
        self._answer("load")
        there, acknowledged = self.kept(), ids.read_text().split()
        return acknowledged, [one for one in acknowledged if one not in there]

    def kept(self):
        """The ids of the requests that platend's day files have."""
        there = set()
        for path in (self.dir / "data/requests").iterdir():
            rows = path.read_text().splitlines()[1:]
            there |= {row.partition("\t")[0] for row in rows}
        return there
