"""Networks of a test: customers' LANs behind firewalls that only let out, and what is outside.
Each is a network namespace, which takes root.

        inner server, devices            masquerades                servers, platend
    [lan 0: 192.168.7.2] -- lan -- [firewall 0] -- wan -- [outside: 198.51.100.1]
    [lan 1: 192.168.7.2] -- lan -- [firewall 1] -- wan --
"""
import contextlib
import ipaddress
import os
import pathlib
import shutil
import signal
import subprocess

import process

INNER = "192.168.7.2"           # the same in each LAN, as with real ones
GATEWAY = "192.168.7.1"
OUTER = "198.51.100.1"
OUTER_TOO = "198.51.100.2"      # a second address of what is outside
NOWHERE = "198.51.100.9"        # swallows what is sent there
WAN = ipaddress.ip_network("203.0.113.0/24")    # divided into pairs: outside, firewall

# ctnetlink: delete, without saying what (nfnetlink_conntrack.h); the answer is errno 0.
FLUSH = """\
import socket, struct
s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12)
s.send(struct.pack("=IHHIIBBH", 20, 1 << 8 | 2, 5, 1, 0, 0, 0, 0))
assert struct.unpack_from("=i", s.recv(100), 16)[0] == 0
"""

DNSMASQ = """\
no-hosts
no-resolv
listen-address=127.0.0.1
bind-interfaces
{records}
"""


def missing():
    """Why there can be no such networks here; None if there can."""
    if os.geteuid() != 0:
        return "network namespaces take root"
    for program in ("ip", "nft", "dnsmasq"):
        if not shutil.which(program):
            return f"{program} is not installed"
    done = subprocess.run(["unshare", "--net", "nft", "list", "ruleset"], capture_output=True)
    return None if done.returncode == 0 else "no network namespaces with nftables"


def _run(*argv, text=None):
    done = subprocess.run([str(word) for word in argv], input=text, capture_output=True, text=True)
    if done.returncode:
        raise process.LabError(f"{' '.join(map(str, argv))}: {done.stdout}{done.stderr}")
    return done.stdout


class Space:
    """One namespace, for as long as the process that holds it lives or others in it do: nothing
    of it has a name in the file system. Its programs have a resolv.conf and a /run of their own."""

    HOLD = ("mount --bind \"$1\" /etc/resolv.conf && mount -t tmpfs tmpfs /run &&"
            " ip link set lo up && echo ready && exec sleep infinity")

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        resolv = self.folder / "resolv.conf"
        resolv.write_text("nameserver 127.0.0.1\noptions timeout:1\n")
        self.holder = process.start(["unshare", "--net", "--mount", "sh", "-c", self.HOLD, "sh",
                                     resolv], self.folder)
        self.pid = self.holder[0]
        process.wait_for(lambda: "ready" in (self.folder / "log").read_text(), 10,
                         lambda: f"no namespace: {(self.folder / 'log').read_text()}")

    def argv(self, *argv):
        return ["nsenter", f"--net=/proc/{self.pid}/ns/net", f"--mount=/proc/{self.pid}/ns/mnt",
                *argv]

    def run(self, *argv, text=None):
        return _run(*self.argv(*argv), text=text)

    def start(self, argv, folder, env=None):
        """As process.start(): nsenter becomes the program, so the pid is the program's."""
        return process.start(self.argv(*argv), folder, env)

    def sysctl(self, key, value):
        path = f"/proc/sys/{key.replace('.', '/')}"
        self.run("sh", "-c", 'echo "$2" >"$1"', "sh", path, value)

    def nft(self, rules):
        self.run("nft", "-f", "-", text=rules)

    def names(self, records):
        """Starts a dnsmasq with these lines of configuration."""
        folder = self.folder / "names"
        folder.mkdir()
        (folder / "dnsmasq.conf").write_text(DNSMASQ.format(records=records))
        self.start(["dnsmasq", "--keep-in-foreground", "--user=root", "--pid-file",
                    f"--conf-file={folder}/dnsmasq.conf"], folder)
        process.wait_for(lambda: self.listening(53), 10, "dnsmasq does not listen")

    def listening(self, port):
        return f":{port} " in self.run("ss", "-Hltn", f"sport = :{port}")

    def _pids(self):
        """Of all that live in it."""
        own, found = os.readlink(f"/proc/{self.pid}/ns/net"), []
        for path in pathlib.Path("/proc").glob("[0-9]*/ns/net"):
            try:
                if os.readlink(path) == own:
                    found.append(int(path.parts[2]))
            except OSError:
                pass    # it has just ended
        return found

    def close(self):
        def empty():
            rest = [pid for pid in self._pids() if pid != self.pid]
            for pid in rest:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            return not rest

        process.wait_for(empty, 10, "processes stay in a namespace")
        process.kill(self.holder)


class Firewall(Space):
    """Lets out what the LAN begins, and what belongs to it back in. What it has forgotten it
    drops without a word."""

    def forget_after(self, seconds):
        """Connections on which nothing passes for so long."""
        self.sysctl("net.netfilter.nf_conntrack_tcp_timeout_established", seconds)

    def forget(self):
        """All connections, at once."""
        self.run("/usr/bin/python3", "-c", FLUSH)

    def cut(self):
        """Nothing passes any more, and nobody is told."""
        self.nft("table inet cut { chain forward { type filter hook forward priority -10;"
                 " policy drop; }; }")

    def mend(self):
        self.nft("delete table inet cut")


class Lan:
    """A customer's network: a space for its server and devices, and a firewall before it."""

    def __init__(self, network, number, rules):
        self.inner = Space(network.folder / f"lan{number}")
        network.spaces.append(self.inner)
        self.firewall = Firewall(network.folder / f"firewall{number}")
        network.spaces.append(self.firewall)
        pair = list(WAN.subnets(new_prefix=30))[number]
        there, self.public = (str(address) for address in pair.hosts())
        self._link(network.outside, f"wan{number}", f"{there}/30", self.firewall, "wan",
                   f"{self.public}/30")
        # What is outside speaks with the address by which it is known.
        network.outside.run("ip", "route", "replace", str(pair), "dev", f"wan{number}", "src", OUTER)
        self._link(self.inner, "lan", f"{INNER}/24", self.firewall, "lan", f"{GATEWAY}/24")
        self.inner.run("ip", "route", "add", "default", "via", GATEWAY)
        self.firewall.run("ip", "route", "add", "default", "via", there)
        self.firewall.sysctl("net.ipv4.ip_forward", 1)
        self.firewall.sysctl("net.netfilter.nf_conntrack_tcp_loose", 0)
        self.firewall.nft(rules)

    @staticmethod
    def _link(one, name, address, other, other_name, other_address):
        one.run("ip", "link", "add", "name", name, "type", "veth", "peer", "name", other_name,
                "netns", other.pid)
        for space, link, own in ((one, name, address), (other, other_name, other_address)):
            space.run("ip", "address", "add", own, "dev", link)
            space.run("ip", "link", "set", "dev", link, "up")


class Network:
    def __init__(self, folder, lans, rules):
        """rules: of the firewalls, for nft."""
        self.folder, self.spaces = pathlib.Path(folder), []
        try:
            self.outside = Space(self.folder / "outside")
            self.spaces.append(self.outside)
            for address in (OUTER, OUTER_TOO):
                self.outside.run("ip", "address", "add", f"{address}/32", "dev", "lo")
            self.lans = [Lan(self, number, rules) for number in range(lans)]
        except BaseException:
            self.close()
            raise

    def close(self):
        for space in self.spaces:
            space.close()
