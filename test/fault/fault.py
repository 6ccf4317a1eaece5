"""What the tests of this folder share: the seed, and the shim's control."""
import ctypes
import errno
import mmap
import os
import pathlib
import random
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "test/e2e"))

BIN = pathlib.Path(os.environ.get("PLATEN_BIN") or ROOT / "build/bin")
SHIM = ROOT / "build/test/fault.so"
SHORT = -1
KINDS = ("write", "fdatasync", "fsync", "rename", "create", "unlink")


def seed():
    """FAULT_SEED, or a new one."""
    return int(os.environ.get("FAULT_SEED") or random.SystemRandom().randrange(1 << 31))


def preload():
    """LD_PRELOAD: what a sanitizer needs first comes first."""
    linked = subprocess.run(["ldd", BIN / "platend"], capture_output=True, text=True, check=True)
    runtimes = [line.split()[2] for line in linked.stdout.splitlines() if "san.so" in line]
    return ":".join([*runtimes, str(SHIM)])


class _Kind(ctypes.Structure):
    _fields_ = [(name, ctypes.c_int32) for name in ("error", "skip", "times", "given")]


class _Page(ctypes.Structure):
    """struct control of shim.c."""
    _fields_ = [("clock_ms", ctypes.c_int64), ("slept_ms", ctypes.c_int64),
                ("die_after", ctypes.c_int64),
                ("kind", _Kind * len(KINDS))]


class Control:
    """The shim's faults, for all programs started with env()."""

    def __init__(self, folder, below, log=None):
        self.path, self._below, self._log = pathlib.Path(folder) / "fault", below, log
        self.path.write_bytes(bytes(ctypes.sizeof(_Page)))
        with open(self.path, "r+b") as file:
            self._map = mmap.mmap(file.fileno(), 0)
        self.page = _Page.from_buffer(self._map)

    def env(self):
        found = {"LD_PRELOAD": preload(), "PLATEN_FAULT": str(self.path),
                 "PLATEN_FAULT_DIR": str(self._below)}
        return found | ({"PLATEN_FAULT_LOG": str(self._log)} if self._log else {})

    def fail(self, kind, error=errno.EIO, times=-1, skip=0):
        """Such calls fail: error is SHORT for writes of a half, times -1 for all."""
        one = self.page.kind[KINDS.index(kind)]
        one.error, one.skip, one.times = 0, skip, times
        one.error = error

    def heal(self):
        for one in self.page.kind:
            one.error = 0

    def given(self, kind):
        """How many have failed."""
        return self.page.kind[KINDS.index(kind)].given

    def step_clock(self, seconds):
        self.page.clock_ms += seconds * 1000

    def sleep(self, seconds):
        """The machine was suspended for so long; of its programs' processes the test takes care."""
        self.step_clock(seconds)
        self.page.slept_ms += seconds * 1000

    def die_after(self, calls):
        self.page.die_after = calls
