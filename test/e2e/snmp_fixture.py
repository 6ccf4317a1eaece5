#!/usr/bin/python3
"""A printer for tests: the stock snmpd, private, on a free loopback port,
serving a recording (pass_persist.py).

    with Printer("test/data/printer.snmprec") as printer:
        printer.address      # "127.0.0.1:40161"

As a program, `snmp_fixture.py RECORDING` prints the address and serves until
SIGTERM."""

import contextlib
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
SNMPD = shutil.which("snmpd", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")

# What the recording holds of snmpd's own groups has to come from the recording
# too; so none of the agent's own modules are started.
MODULES = "vacm_conf,usmConf,pass_persist"
CONFIG = """rocommunity {community} 127.0.0.1
rwcommunity {write_community} 127.0.0.1
{users}
pass_persist .1.3.6.1.2.1 {python} {script} {recording} {sets}
pass_persist .1.3.6.1.4.1 {python} {script} {recording}
"""
# Users of SNMPv3; the password of both kinds is the user's name and "-password".
USERS = [("plain", "", ""), ("md5", "MD5", ""), ("sha", "SHA", ""), ("sha-224", "SHA-224", ""),
         ("sha-256", "SHA-256", ""), ("sha-384", "SHA-384", ""), ("sha-512", "SHA-512", ""),
         ("md5-des", "MD5", "DES"), ("sha-aes", "SHA", "AES"), ("sha-256-aes", "SHA-256", "AES"),
         ("sha-512-aes-256", "SHA-512", "AES-256"), ("sha-384-aes-192", "SHA-384", "AES-192"),
         ("writer", "SHA-256", "AES")]


def user_lines(name, auth, priv):
    level = "priv" if priv else "auth" if auth else "noauth"
    password = f'{name}-password'
    words = [name] + ([auth, password] if auth else []) + ([priv, password] if priv else [])
    may = "rwuser" if name == "writer" else "rouser"
    return f"createUser {' '.join(words)}\n{may} {name} {level}\n"


# sysDescr, asked until the agent answers: a v2c GETNEXT below .1.3.6.1.2.1
PROBE_OID = bytes.fromhex("06052b06010201")


def ber(tag, content):
    assert len(content) < 128
    return bytes([tag, len(content)]) + content


def probe(community):
    binding = ber(0x30, PROBE_OID + ber(0x05, b""))
    zero = ber(0x02, b"\0")
    pdu = ber(0xA1, ber(0x02, b"\1") + zero + zero + ber(0x30, binding))
    return ber(0x30, ber(0x02, b"\1") + ber(0x04, community.encode()) + pdu)


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for_agent(process, port, community, log, seconds=20):
    """Until it answers."""
    deadline = time.monotonic() + seconds
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.connect(("127.0.0.1", port))
        s.settimeout(0.2)
        while time.monotonic() < deadline:
            if process.poll() is not None:
                raise RuntimeError("the agent ended: " + log())
            with contextlib.suppress(OSError):
                s.send(probe(community))
                s.recv(2048)
                return
            time.sleep(0.02)
    raise RuntimeError("the agent does not answer: " + log())


class Many:
    """All recordings of a folder by one snmpsimd; a community is a file's name."""

    def __init__(self, recordings, names, folder):
        self.port = free_port()
        self.address = "127.0.0.1:%d" % self.port
        self.folder = pathlib.Path(folder)
        (self.folder / "cache").mkdir(parents=True)
        self.log_path = self.folder / "log"
        command = ["snmpsimd", "--data-dir", str(recordings),
                   "--cache-dir", str(self.folder / "cache"),
                   "--agent-udpv4-endpoint=" + self.address]
        if os.getuid() == 0:   # it wants to be told that it may stay so
            command += ["--process-user=root", "--process-group=root"]
        with self.log_path.open("wb") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log)
        try:
            wait_for_agent(self.process, self.port, names[0], self.log)
        except BaseException:
            self.close()
            raise

    def log(self):
        return self.log_path.read_text(errors="replace")[-2000:]

    def close(self):
        self.process.terminate()
        self.process.wait(10)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()


class Printer:
    """Answers when it is made; close() ends it. folder (made if it is not there)
    stays with snmpd's log, without one a temporary folder is used and removed."""

    def __init__(self, recording, folder=None, community="public", write_community="private"):
        if SNMPD is None:
            raise RuntimeError("snmpd is not installed (package snmpd)")
        self.community, self.write_community = community, write_community
        self.port = free_port()
        self.address = "127.0.0.1:%d" % self.port
        self.temporary = folder is None
        self.folder = pathlib.Path(folder or tempfile.mkdtemp(prefix="platen-snmpd-"))
        self.folder.mkdir(parents=True, exist_ok=True)
        self.process = self._start(pathlib.Path(recording).resolve())
        try:
            self._wait()
        except BaseException:
            self.close()
            raise

    def _start(self, recording):
        conf = self.folder / "snmpd.conf"
        users = "".join(user_lines(*user) for user in USERS)
        conf.write_text(CONFIG.format(
            community=self.community, write_community=self.write_community, users=users,
            python="/usr/bin/python3", script=HERE / "pass_persist.py", recording=recording,
            sets=self.folder / "sets"))
        env = dict(os.environ, MIBS="", SNMP_PERSISTENT_DIR=str(self.folder / "state"),
                   SNMPCONFPATH=str(self.folder))
        command = [SNMPD, "-f", "-C", "-c", str(conf), "-I", MODULES,
                   "-Lf", str(self.folder / "log"), "-p", str(self.folder / "pid"),
                   "udp:" + self.address]
        return subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL,
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def _wait(self):
        wait_for_agent(self.process, self.port, self.community, self.log)

    def sets(self):
        """What was set so far: (time, OID, value) each."""
        with contextlib.suppress(OSError):
            lines = (self.folder / "sets").read_text().splitlines()
            return [(float(line.split()[0]), *line.split()[1:3]) for line in lines]
        return []

    def log(self):
        with contextlib.suppress(OSError):
            return (self.folder / "log").read_text(errors="replace")[-2000:]
        return "(no log)"

    def close(self):
        if self.process is not None:
            self.process.send_signal(signal.SIGCONT)
            self.process.terminate()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.process = None
        if self.temporary:
            shutil.rmtree(self.folder, ignore_errors=True)

    def pause(self):
        """A printer that hangs: it takes datagrams and says nothing."""
        self.process.send_signal(signal.SIGSTOP)

    def resume(self):
        self.process.send_signal(signal.SIGCONT)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with Printer(sys.argv[1]) as printer:
        print(printer.address, flush=True)
        while True:
            signal.pause()


if __name__ == "__main__":
    main()
