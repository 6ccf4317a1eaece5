"""Stock HTTP proxies, private, each on a free loopback port:

    with Squid("digest") as proxy:
        proxy.url, proxy.user, proxy.password_file
        proxy.tunnels()      # how often it was told to CONNECT
"""
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile

from lab import wait_for

USER, PASSWORD = "printer", "let-me-out"
REALM = "the customer's proxy"

SQUID = """\
http_port 127.0.0.1:{port}
pid_filename none
cache_log {folder}/cache.log
access_log stdio:{folder}/access.log
logfile_rotate 0
cache deny all
netdb_filename none
icon_directory {folder}
coredump_dir {folder}
shutdown_lifetime 0 seconds
{auth}
http_access deny all
"""
SQUID_AUTH = {
    None: "http_access allow localhost",
    "basic": "auth_param basic program /usr/lib/squid/basic_ncsa_auth {folder}/users\n"
             "auth_param basic children 1\n"
             "auth_param basic realm {realm}\n"
             "acl known proxy_auth REQUIRED\nhttp_access allow known",
    "digest": "auth_param digest program /usr/lib/squid/digest_file_auth {folder}/users\n"
              "auth_param digest children 1\n"
              "auth_param digest realm {realm}\n"
              "acl known proxy_auth REQUIRED\nhttp_access allow known",
}
TINYPROXY = """\
Port {port}
Listen 127.0.0.1
Timeout 600
LogFile "{folder}/access.log"
LogLevel Connect
MaxClients 100
{auth}
"""


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as door:
        return door.getsockname()[1]


def listening(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Proxy:
    """The folder is open to all: as root a proxy becomes another user. more: lines of its
    configuration."""

    def __init__(self, auth=None, more=""):
        self.auth, self.port = auth, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="platen-proxy-"))
        self.dir.chmod(0o777)
        self.user = USER if auth else None
        self.password_file = self.dir / "password"
        self.password_file.write_text(PASSWORD + "\n")
        self._configure(more)
        self._process = None

    def __enter__(self):
        with open(self.dir / "log", "ab") as log:
            self._process = subprocess.Popen(self._argv(), stdout=log, stderr=log,
                                             stdin=subprocess.DEVNULL, cwd=self.dir)
        wait_for(lambda: listening(self.port) or self._process.poll() is not None, 20,
                 f"{self._argv()[0]} listens")
        if self._process.poll() is None:
            return self
        said = (self.dir / "log").read_text()
        self.__exit__()
        raise AssertionError(f"{self._argv()[0]} has ended: {said}")

    def __exit__(self, *exception):
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self.dir)

    def settings(self):
        """The section [proxy] of a device that is to go through it."""
        keys = {"url": self.url}
        if self.auth:
            keys |= {"user": self.user, "password_file": self.password_file, "auth": self.auth}
        return keys

    def tunnels(self):
        return (self.dir / "access.log").read_text(errors="replace").count("CONNECT localhost:")


class Squid(Proxy):
    def _configure(self, more):
        auth = SQUID_AUTH[self.auth].format(folder=self.dir, realm=REALM)
        conf = self.dir / "squid.conf"
        conf.write_text(SQUID.format(port=self.port, folder=self.dir, auth=more + auth))
        word = PASSWORD
        if self.auth == "basic":
            word = subprocess.run(["openssl", "passwd", "-apr1", PASSWORD], check=True, text=True,
                                  capture_output=True).stdout.strip()
        (self.dir / "users").write_text(f"{USER}:{word}\n")
        if os.getuid() == 0:
            shutil.chown(self.dir, "proxy")

    def _argv(self):
        return ["squid", "-N", "-f", self.dir / "squid.conf"]


class Tinyproxy(Proxy):
    def _configure(self, more):
        auth = f"BasicAuth {USER} {PASSWORD}" if self.auth else ""
        (self.dir / "tinyproxy.conf").write_text(
            TINYPROXY.format(port=self.port, folder=self.dir, auth=auth) + more)

    def _argv(self):
        return ["tinyproxy", "-d", "-c", self.dir / "tinyproxy.conf"]
