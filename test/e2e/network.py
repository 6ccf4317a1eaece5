"""A device's network and its server's, in namespaces, with a firewall between them that lets
only out. The router is the device's name server. Needs root."""
import datetime
import os
import pathlib
import re
import sys
import types

import pytest

from lab import reports, wait_for
from schemas import ROOT

sys.path.insert(0, str(ROOT / "scripts/lablib"))
import fleet
import netns
import process
import prosody
import tls

DOMAIN = "fleet.example"
XMPP, DIRECT = 5222, 5223
# All of these are one server's. Those that nobody has are dead: the firewall drops them.
SERVERS = ("10.77.2.2", "10.77.2.3", "fd77:2::2", "fd77:2::3")
DEAD = ("10.77.2.66", "fd77:2::66")
REFUSING = 5999          # a port where nobody listens
ROUTER = ("10.77.1.1", "fd77:1::1")
DEVICE = ("10.77.1.2/24", "fd77:1::2/64")
LINE = re.compile(r"^(\S+Z) \w+ (.*)$", re.M)


def records(*lines, hosts=None):
    """dnsmasq's lines: (service, priority, weight, port, host) and host's addresses."""
    named = [f"srv-host=_{service}._tcp.{DOMAIN},{host},{port},{priority},{weight}"
             for service, priority, weight, port, host in lines]
    addressed = [f"host-record={name},{address}" for name, addresses in (hosts or {}).items()
                 for address in addresses]
    return [f"local=/{DOMAIN}/", *named, *addressed]


class Network:
    def __init__(self, folder, net):
        self.dir, self.net = pathlib.Path(folder), net
        self.bin = pathlib.Path(os.environ["PLATEN_BIN"])
        self.device, self.router, self.server = net.add("device", "router", "server")
        net.link(self.device, "eth0", self.router, "inside")
        net.link(self.router, "outside", self.server, "eth0")
        self.router.address("inside", *(f"{a}/{n}" for a, n in zip(ROUTER, (24, 64))))
        self.router.address("outside", "10.77.2.1/24", "fd77:2::1/64")
        self.server.address("eth0", *(f"{a}/{64 if ':' in a else 24}" for a in SERVERS))
        self.router.forward("inside", DEAD)
        self.plug_in()
        self._configure()
        self.pid = None

    def plug_in(self, *addresses):
        """The device's addresses and routes as they are in the beginning, or others."""
        self.device.ip("address", "flush", "dev", "eth0")
        self.device.ip("link", "set", "dev", "eth0", "up")
        addresses = addresses or DEVICE
        self.device.address("eth0", *addresses)
        routers = [r for r in ROUTER if any((":" in r) == (":" in a) for a in addresses)]
        self.device.route(*routers)
        self.device.nameserver(*routers)

    def _configure(self):
        for name in ("server", "platend", "operator", "devices", "tls", "data"):
            (self.dir / name).mkdir()
        lab = self.lab = types.SimpleNamespace(
            dir=self.dir, domain=DOMAIN, component=f"devices.{DOMAIN}", secret="of-the-component",
            ports={"c2s": XMPP, "component": 5347, "http": 5280, "https": 5282, "metrics": 5281},
            plain=False, stock=False, transport="tcp", nagle=False, more_components={}, devices={"mfp-0001": None}, bin=self.bin,
            accounts={"operator": "of-the-operator", "mfp-0001": "of-the-device"})
        tls.make(self.dir / "tls", DOMAIN)
        prosody.configure(lab)
        path = self.dir / "server/prosody.cfg.lua"
        path.write_text(path.read_text()
                        .replace('interfaces = { "127.0.0.1" }', 'interfaces = { "*", "::" }')
                        .replace("c2s_direct_tls_ports = { }", f"c2s_direct_tls_ports = {{ {DIRECT} }}"))
        fleet.configure(lab)
        for path in (self.device_conf, self.operator_conf):
            self.configure(path)

    @property
    def device_conf(self):
        return self.dir / "devices/mfp-0001/platen-device.conf"

    @property
    def operator_conf(self):
        return self.dir / "operator/platen.conf"

    def configure(self, path, *lines):
        """These lines of [account] say where the server is; without any, DNS does."""
        text = re.sub(r"^(host|port|security|transport) = .*\n", "", path.read_text(), flags=re.M)
        text = text.replace("[account]\n", "[account]\n" + "".join(f"{x}\n" for x in lines))
        path.write_text(re.sub(r"^level = .*", "level = debug", text, flags=re.M))

    def start_server(self):
        self.server.start(self.dir / "server", "prosody", "-F", "--config",
                          self.dir / "server/prosody.cfg.lua")
        for port in (XMPP, DIRECT, 5347):
            wait_for(lambda: self.server.run("ss", "-Hltn", f"sport = :{port}").stdout, 30,
                     f"a listener at {port}")
        self.server.start(self.dir / "platend", self.bin / "platend", "-c",
                          self.dir / "platend/platend.conf")

    # The device.

    def start_device(self, *lines):
        self.configure(self.device_conf, *lines)
        self._log.unlink(missing_ok=True)
        self.pid = self.device.start(self.dir / "devices/mfp-0001", self.bin / "platen-device",
                                     "-c", self.device_conf)

    def stop_device(self):
        if self.pid:
            assert not process.end([self.pid]), "the device had to be killed"
        self.pid = None

    @property
    def _log(self):
        return self.dir / "devices/mfp-0001/log"

    def log(self):
        return self._log.read_text(errors="replace")

    def times(self, text):
        """When the device's log says this, each time: seconds since 1970."""
        return [datetime.datetime.fromisoformat(when.replace("Z", "+00:00")).timestamp()
                for when, line in LINE.findall(self.log()) if text in line]

    def until(self, text, times=1, seconds=40):
        """When the log says this so often; when it did so the last time."""
        return wait_for(lambda: len(self.times(text)) >= times and self.times(text), seconds,
                        lambda: f"{text!r} {times} times in {self.log()}")[-1]

    def tried(self):
        """(host, address) of the streams that were begun, in order."""
        return re.findall(r"connecting host=(\S+) address=(\S+)", self.log())

    # The operator, who sits where the device does.

    def platen(self, *args, status=0):
        done = self.device.run("sh", "-c", '"$@" || echo "exit status $?"', "sh",
                               self.bin / "platen", "-c", self.operator_conf, *args)
        assert (f"exit status {status}" in done.stdout) == (status != 0), done
        return done.stdout + done.stderr


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    why = netns.missing()
    if why:
        pytest.skip(why)
    folder = tmp_path_factory.mktemp("network")
    with netns.Net(folder) as net:
        one = Network(folder, net)
        one.start_server()
        yield one
        one.stop_device()
    assert not reports(folder)


@pytest.fixture
def fresh(network):
    """The device is not started, its network as in the beginning."""
    network.stop_device()
    network.router.forward("inside", DEAD)
    network.plug_in()
    yield network
    network.stop_device()
