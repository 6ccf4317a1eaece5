"""An outer server with platend and an operator, and inner ones behind firewalls with devices,
in network namespaces (scripts/lablib/lan.py), configured by the files of docs/second-server.md."""
import json
import os
import pathlib
import re
import subprocess
import sys

from lab import ENDED, reports, wait_for
from schemas import ROOT

sys.path.insert(0, str(ROOT / "scripts/lablib"))

import fleet
import lan
import process
import tls
from servers import EjabberdServer, ProsodyServer

EXAMPLES = ROOT / "docs/examples/second-server"
OUTER, COMPONENT = "example.com", "devices.example.com"
INNER = ("acme.example.net", "plant.example.net")
PASSWORD = "a password of the tests"
BIN = pathlib.Path(os.environ.get("PLATEN_BIN") or ROOT / "build/bin")
# Tests have no minutes: how often the inner server pings, how long a stream may be silent.
PING_S, READ_TIMEOUT_S = 3, 8
RETRIES = 5     # 13 s

ACCOUNT = """\
[account]
jid = {jid}
password-file = {folder}/password
host = {host}
ca-file = {ca}

[component]
{key} = devices.example.com

[log]
level = info
"""
DEVICE = """\
[state]
directory = {folder}/state

[source]
type = file
file = {folder}/state.xml
"""
PROSODYCTL = """\
#!/bin/sh
exec /usr/bin/prosodyctl --config {folder}/prosody.cfg.lua "$@"
"""


def example(name, domain=INNER[0]):
    """A file of the documentation, for this inner domain."""
    return (EXAMPLES / name).read_text().replace(INNER[0], domain)


def quicker(configuration):
    return re.sub(r"read_timeout = \d+", f"read_timeout = {READ_TIMEOUT_S}", configuration)


class Program:
    """One of ours, with its configuration and its password in a folder."""

    def __init__(self, space, folder, name, configuration):
        self.space, self.folder, self.name = space, folder, name
        folder.mkdir(parents=True, exist_ok=True)
        self.conf = folder / f"{name}.conf"
        self.conf.write_text(configuration)
        (folder / "password").write_text(PASSWORD)
        self.process = None

    def start(self):
        self.process = self.space.start([BIN / self.name, "-c", self.conf], self.folder)

    def log(self):
        return (self.folder / "log").read_text(errors="replace")


class Device(Program):
    def __init__(self, one, jid, number, folder, ca):
        self.jid = jid
        super().__init__(one.inner, folder, "platen-device", ACCOUNT.format(
            jid=jid, folder=folder, host=lan.INNER, ca=ca, key="obey")
            + DEVICE.format(folder=folder))
        (folder / "state.xml").write_text(fleet.STATE.format(**fleet.figures(number)))
        self.start()

    def executions(self):
        """Ids of the requests that it has executed, each time."""
        return re.findall(r"execute: .*\bid=(\S+)", self.log())


class Federation:
    """records: lines for the dnsmasq that everybody asks, besides those of the documentation."""

    def __init__(self, folder, lans=1, devices=1, inner="prosody", records="", keepalive="5m"):
        self.folder = pathlib.Path(folder)
        self.inner, self.devices, self.platend = [], [], None
        self.network = lan.Network(self.folder, lans, example("firewall.nft"))
        self._records = (records or example("dnsmasq.conf")) + "\n"
        try:
            self._certificates(lans)
            if inner == "ejabberd":
                self._let_in()
            self._outside(lans, keepalive)
            for number in range(lans):
                self._inside(number, devices, inner)
        except BaseException:
            self.close()
            raise

    def _certificates(self, lans):
        self.tls = self.folder / "tls"
        self.tls.mkdir()
        tls.authority(self.tls)
        for domain in (OUTER, COMPONENT, *INNER[:lans]):
            tls.certificate(self.tls, domain)
        (self.tls / "platen-ca.crt").symlink_to("ca.crt")

    def _let_in(self):
        """What an inner ejabberd needs of the firewall, of the names and of TCP."""
        one = self.network.lans[0]
        one.firewall.nft(example("firewall-ejabberd.nft"))
        key, _, value = example("tcp.conf").splitlines()[-1].partition(" = ")
        for space in (self.network.outside, one.inner):
            space.sysctl(key, min(int(value), RETRIES))
        self._records += (f"host-record=gate.{INNER[0]},{one.public}\n"
                          f"srv-host=_xmpp-server._tcp.{INNER[0]},gate.{INNER[0]},5269,10\n")

    def _outside(self, lans, keepalive):
        space = self.network.outside
        space.names(self._records)
        configuration = quicker(example("outer-prosody.cfg.lua")).replace(
            f'"{INNER[0]}"', ", ".join(f'"{domain}"' for domain in INNER[:lans]))
        self.outer = ProsodyServer(space, self.folder / "outside/server", self.tls, configuration,
                                   {OUTER: {"alice": PASSWORD}}, (5347,))
        folder = self.folder / "outside/platend"
        conf = example("platend.conf").replace(INNER[0], ", ".join(INNER[:lans]))
        conf = conf.replace("/etc/platen", str(folder)).replace("/var/lib/platen", f"{folder}/data")
        self.platend = Program(space, folder, "platend",
                               f"{conf}reserve = 1M\n[keepalive]\ninterval = {keepalive}\n")
        (folder / "component.secret").write_text("a long random secret\n")
        (folder / "units.conf").write_text(self._units(lans))
        self.platend.start()
        folder = self.folder / "outside/alice"
        self.alice = Program(space, folder, "platen", ACCOUNT.format(
            jid=f"alice@{OUTER}", folder=folder, host="127.0.0.1", ca=self.tls / "ca.crt",
            key="jid"))

    @staticmethod
    def _units(lans):
        """One for each LAN."""
        acme, _, own = example("units.conf").partition("\n[unit own]")
        units = [acme.replace("acme", domain.partition(".")[0]) for domain in INNER[:lans]]
        return "\n".join([*units, f"[unit own]{own}"])

    def _inside(self, number, devices, server):
        one, domain = self.network.lans[number], INNER[number]
        folder = self.folder / f"lan{number}"
        one.inner.names(self._records)
        accounts = {domain: {name: PASSWORD for name in ("stray", *map(fleet.device_name,
                                                                     range(1, devices + 1)))}}
        make = {"prosody": ProsodyServer, "ejabberd": EjabberdServer}[server]
        example_of = {"prosody": "inner-prosody.cfg.lua", "ejabberd": "inner-ejabberd.yml"}[server]
        self.inner.append(make(one.inner, folder / "server", self.tls, example(example_of, domain),
                               accounts))
        self.devices += [self.device(number, fleet.device_name(n), n)
                         for n in range(1, devices + 1)]

    def device(self, number, name, figures=1):
        """One more, in this LAN."""
        return Device(self.network.lans[number], f"{name}@{INNER[number]}", figures,
                      self.folder / f"lan{number}/{name}", self.tls / "ca.crt")

    def keep_up(self, number=0):
        """The documentation's script, every few seconds from now on."""
        folder = self.folder / f"lan{number}/keep-up"
        folder.mkdir()
        (folder / "prosodyctl").write_text(PROSODYCTL.format(folder=self.inner[number].folder))
        (folder / "keep-up").write_text(example("keep-up", INNER[number]).replace(", 10)", ", 3)"))
        for name in ("prosodyctl", "keep-up"):
            (folder / name).chmod(0o755)
        loop = f"while :; do {folder}/keep-up; sleep {PING_S}; done"
        return self.network.lans[number].inner.start(["sh", "-c", loop], folder,
                                                     {"PATH": f"{folder}:{os.environ['PATH']}"})

    # The operator.

    def start_asking(self, *args):
        """platen --json, in the background."""
        return subprocess.Popen(self.network.outside.argv(
            BIN / "platen", "-c", self.alice.conf, "--json", *args), text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def ask(self, *args):
        """platen --json; what it prints, whatever its exit status."""
        out, errors = self.start_asking(*args).communicate(timeout=180)
        assert out, errors
        return json.loads(out)

    def request(self, device, command="get-counters", *args):
        return self.ask("request", device.jid, command, *args)

    def queue(self, device, *args):
        """A request that nobody waits for; its id."""
        return self.request(device, "get-counters", "--no-wait", *args)["id"]

    def until(self, request, *statuses, seconds=90):
        """The request once it has one of these statuses (any end if none is named)."""
        def there():
            row = self.ask("status", request)
            return row if row.get("status") in (statuses or ENDED) else None
        return wait_for(there, seconds, f"{request} {statuses}", pause=0.5)

    def online(self, device):
        return self.ask("device", device.jid).get("online", False)

    def until_online(self, *devices, seconds=60):
        for device in devices or self.devices:
            wait_for(lambda: self.online(device), seconds, f"{device.jid} is online", pause=0.3)

    def close(self):
        """Our programs end by themselves, so that a sanitizer can say what it found."""
        ours = [*self.devices, *([self.platend] if self.platend else [])]
        stubborn = process.end([one.process for one in ours if one.process])
        self.network.close()
        assert not stubborn, stubborn
        assert not reports(self.folder), reports(self.folder)
