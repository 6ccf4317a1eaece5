"""A fresh Debian 12 in a folder, to install the packages of build/deb in: needs root and
a Debian mirror."""
import pathlib
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEBS = ROOT / "build/deb"


class System:
    """Debian below dir. What runs there has its own processes and mounts, which go with it."""

    def __init__(self, folder):
        self.dir = pathlib.Path(folder)
        done = subprocess.run(["debootstrap", "--variant=minbase", "bookworm", self.dir],
                              capture_output=True, text=True, timeout=900)
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr
        (self.dir / "var/tmp/debs").mkdir()
        for deb in DEBS.glob("*.deb"):
            if "-dbgsym_" not in deb.name:
                shutil.copy(deb, self.dir / "var/tmp/debs")
        self.run("apt-get", "-q", "update")

    def path(self, absolute):
        return self.dir / absolute.lstrip("/")

    def run(self, *command, status=0):
        """What a command has written, both streams together."""
        done = subprocess.run(
            ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c",
             'mount -t proc proc "$0/proc" && exec chroot "$0" env -i LC_ALL=C.UTF-8 '
             'DEBIAN_FRONTEND=noninteractive PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"',
             self.dir, *command],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True,
            timeout=600)
        assert done.returncode == status, (command, done.returncode, done.stdout[-4000:])
        return done.stdout

    def install(self, *names):
        self.run("apt-get", "-q", "install", "-y", "--no-install-recommends", *names)

    def boot(self, script):
        """Starts it as a machine without a network, and runs script as its last unit; what
        that has written."""
        self.path("/etc/systemd/system/last.service").write_text(LAST)
        self.run("systemctl", "enable", "last")
        self.path("/root/last").write_text(f"set -eux\n{script}")
        self.path("/root/log").unlink(missing_ok=True)
        done = subprocess.run(
            ["systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--private-network",
             "--console=pipe", "--boot", "-D", self.dir],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
            timeout=300)
        log = self.path("/root/log")
        text = log.read_text() if log.exists() else done.stdout.decode(errors="replace")
        assert done.returncode == 0 and text.endswith("\ngood\n"), text[-8000:]
        return text


LAST = """\
[Unit]
After=platend.service platen-device.service prosody.service
[Service]
Type=oneshot
ExecStart=/bin/sh -c '(sh /root/last && echo good || { echo bad; journalctl --no-pager -n 80; }) >/root/log 2>&1; systemctl poweroff'
TimeoutStartSec=240
[Install]
WantedBy=multi-user.target
"""


@pytest.fixture(scope="session")
def debs():
    found = {deb.name.split("_")[0]: deb for deb in DEBS.glob("*.deb")}
    assert {"platend", "platen-device", "platen"} <= found.keys(), "make deb"
    return found


@pytest.fixture(scope="session")
def system(debs, tmp_path_factory):
    """One for all tests, which follow each other as an administrator's steps do."""
    folder = tmp_path_factory.mktemp("debian") / "root"
    yield System(folder)
    shutil.rmtree(folder)
