"""Networks of one test: namespaces, links between them, a name server, a firewall. It takes
root. Names bear our pid, so that nobody's are mixed up; only our own are ever deleted."""
import os
import pathlib
import shutil
import subprocess

import process

TOOLS = ("ip", "nft", "dnsmasq", "sysctl", "mount")
# ip netns exec has a mount namespace of its own already.
RESOLV = 'mount --bind "$0" /etc/resolv.conf && exec "$@"'

FIREWALL = """\
table inet firewall {{
	chain forward {{
		type filter hook forward priority 0; policy drop;
{dead}
		ct state established,related accept
		iifname "{inside}" ct state new accept
	}}
	chain outside {{
		type nat hook postrouting priority 100;
		oifname != "{inside}" masquerade
	}}
}}
"""


def missing():
    """Why there can be no networks here, or None."""
    if os.geteuid() != 0:
        return "namespaces take root"
    for tool in TOOLS:
        if not shutil.which(tool):
            return f"{tool} is not installed: sh scripts/packages"
    done = subprocess.run(["ip", "netns", "exec", "no-such-namespace", "true"],
                          capture_output=True, text=True)
    made = subprocess.run(["unshare", "--net", "true"], capture_output=True, text=True)
    return None if done.returncode and not made.returncode else f"no namespaces: {made.stderr}"


class Namespace:
    def __init__(self, net, name):
        self.net, self.name = net, f"platen-net-{os.getpid()}-{name}"
        self._resolv = net.folder / f"resolv-{name}.conf"
        self._resolv.write_text("")
        _run("ip", "netns", "add", self.name)
        self.ip("link", "set", "dev", "lo", "up")
        self.run("sysctl", "-qw", "net.ipv6.conf.default.accept_dad=0",
                 "net.ipv6.conf.all.accept_dad=0")

    def argv(self, *args):
        """What runs args in here, with our resolv.conf."""
        return ["ip", "netns", "exec", self.name, "sh", "-c", RESOLV, self._resolv, *args]

    def run(self, *args, **options):
        """As subprocess.run(); what fails is said."""
        return _run(*self.argv(*args), **options)

    def ip(self, *args):
        return _run("ip", "-n", self.name, *args)

    def start(self, folder, *args, log="log", env=None):
        """A process of lablib, which ends with the network."""
        started = process.start(self.argv(*args), folder, env, log)
        self.net.processes.append(started)
        return started

    def nameserver(self, *addresses):
        self._resolv.write_text("".join(f"nameserver {one}\n" for one in addresses))

    def address(self, link, *addresses):
        for one in addresses:
            self.ip("address", "add", one, "dev", link, *(["nodad"] if ":" in one else []))

    def route(self, *gateways):
        """Default routes."""
        for one in gateways:
            self.ip("route", "replace", "default", "via", one)

    def forward(self, inside, dead=()):
        """A router that lets only out what comes from this link, and drops what goes to the
        dead without a word."""
        self.run("sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")
        lines = "".join(f"\t\t{'ip6' if ':' in one else 'ip'} daddr {one} drop\n" for one in dead)
        self.run("nft", "-f", "-", input="flush ruleset\n" + FIREWALL.format(
            inside=inside, dead=lines))

    def dns(self, *lines):
        """dnsmasq, which knows this and nobody else; again with other lines if need be."""
        conf = self.net.folder / f"{self.name}-dnsmasq.conf"
        conf.write_text("no-resolv\nno-hosts\nno-daemon\nuser=root\nport=53\nlog-queries\n"
                        "bind-dynamic\n" + "".join(f"{line}\n" for line in lines))
        if self in self.net.name_servers:
            process.kill(self.net.name_servers[self])
        self.net.name_servers[self] = self.start(self.net.folder, "dnsmasq", f"--conf-file={conf}",
                                                 "--pid-file=", log=f"{self.name}-dnsmasq.log")
        process.wait_for(lambda: not self.run("ss", "-Hlun", "sport = :53").stdout == "", 10,
                         "dnsmasq does not listen")


class Net:
    """with Net(folder) as net: all of it is gone behind it."""

    def __init__(self, folder):
        self.folder, self.processes = pathlib.Path(folder), []
        self.namespaces, self.name_servers = {}, {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        process.end(self.processes)
        for one in self.namespaces.values():
            subprocess.run(["ip", "netns", "delete", one.name], capture_output=True)

    def add(self, *names):
        for name in names:
            self.namespaces[name] = Namespace(self, name)
        return [self.namespaces[name] for name in names]

    def link(self, one, name, other, other_name):
        """A cable."""
        one.ip("link", "add", name, "type", "veth", "peer", "name", other_name, "netns",
               other.name)
        one.ip("link", "set", "dev", name, "up")
        other.ip("link", "set", "dev", other_name, "up")


def _run(*args, **options):
    done = subprocess.run([str(arg) for arg in args], capture_output=True, text=True,
                          **{"timeout": 60, **options})
    if done.returncode:
        raise process.LabError(f"{' '.join(map(str, args))}: {done.stdout}{done.stderr}")
    return done

