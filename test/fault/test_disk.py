"""The disk under the component fails, or is full, and is well again."""
import ctypes
import errno
import os
import shutil
import subprocess
import time

import pytest

from fault import SHORT
from lab import wait_for
from load import Load

CLONE_NEWNS = 0x20000
SIZES = [pytest.param(200, marks=pytest.mark.short), 2000]


def devices(requests):
    return 4 if requests < 1000 else 10


@pytest.mark.parametrize("requests", SIZES)
@pytest.mark.parametrize("kind", ["fdatasync", "write"])
def test_an_error_once(fault_lab, rng, requests, kind):
    lab = fault_lab(devices=devices(requests))
    load = Load(lab, requests, devices=devices(requests))
    load.reach(rng.uniform(0.1, 0.5))
    lab.control.fail(kind, rng.choice([errno.EIO, SHORT]) if kind == "write" else errno.EIO,
                     times=1)
    wait_for(lambda: lab.control.given(kind) == 1, 20, "it has failed")
    load.account()


@pytest.mark.parametrize("error", [errno.EIO, errno.ENOSPC], ids=["EIO", "ENOSPC"])
@pytest.mark.parametrize("requests, seconds", [pytest.param(200, 2, marks=pytest.mark.short),
                                               (2000, 20)])
def test_errors_for_a_while(fault_lab, rng, requests, seconds, error):
    lab = fault_lab(devices=devices(requests))
    load = Load(lab, requests, devices=devices(requests))
    load.reach(rng.uniform(0.1, 0.5))
    for kind in (rng.choice(["write", "fdatasync"]), *rng.sample(["fsync", "create", "unlink"], 2)):
        lab.control.fail(kind, error)
    load.wait_for_refusal()
    time.sleep(seconds)
    lab.control.heal()
    load.account()
    assert load.refused["wait", "resource-constraint", "limit"] > 0


@pytest.fixture
def small_disk(fault_lab):
    """A lab whose data directory is a disk of 4 MB, in a mount namespace of this thread and
    of what it starts."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNS) != 0 or subprocess.run(["mount", "--make-rprivate", "/"]).returncode:
        pytest.skip("a file system cannot be mounted here")
    lab = fault_lab(devices=10)
    lab.kill("platend")
    shutil.copytree(lab.dir / "data", lab.dir / "before")
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "none", lab.dir / "data"])
    if mounted.returncode:
        pytest.skip("a file system cannot be mounted here")
    shutil.copytree(lab.dir / "before", lab.dir / "data", dirs_exist_ok=True)
    lab.restart("platend")
    yield lab


def fill(folder):
    with open(folder / "filler", "ab", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError as error:
            assert error.errno == errno.ENOSPC


@pytest.mark.parametrize("seconds", [60])
def test_a_full_disk_and_back(small_disk, rng, seconds):
    lab = small_disk
    load = Load(lab, 2000)
    load.reach(rng.uniform(0.1, 0.5))
    fill(lab.dir / "data")
    wait_for(lambda: "reserve given up" in lab.log("platend"), 20, "the reserve is given up")
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        fill(lab.dir / "data")
        time.sleep(1)
    # Killed and started on a full disk, too.
    load.kill("platend")
    os.unlink(lab.dir / "data/filler")
    load.account()
    assert load.refused["wait", "resource-constraint", "limit"] > 0
