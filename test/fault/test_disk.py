"""The disk under the component, or under devices' journals, fails, or is full, and is well
again."""
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


# A device's disk: only what restarts printers needs it.

@pytest.mark.parametrize("requests", SIZES)
@pytest.mark.parametrize("kind", ["fdatasync", "write"])
def test_an_error_once_at_a_device(fault_lab, rng, requests, kind):
    lab = fault_lab(devices=devices(requests))
    load = Load(lab, requests, devices=devices(requests))
    load.reach(rng.uniform(0.1, 0.5))
    lab.device_control.fail(kind, rng.choice([errno.EIO, SHORT]) if kind == "write" else errno.EIO,
                            times=1)
    wait_for(lambda: lab.device_control.given(kind) == 1, 20, "it has failed")
    rows = load.account(refused=True)
    assert sum(row["status"] == "refused" for row in rows.values()) <= 1


@pytest.mark.parametrize("error", [errno.EIO, errno.ENOSPC], ids=["EIO", "ENOSPC"])
@pytest.mark.parametrize("requests, seconds", [pytest.param(200, 2, marks=pytest.mark.short),
                                               (2000, 20)])
def test_errors_for_a_while_at_devices(fault_lab, rng, requests, seconds, error):
    # One that runs and whose outcome cannot be written would hold back all others.
    lab = fault_lab(devices=devices(requests), oddity="good")
    load = Load(lab, requests, devices=devices(requests), pace=6 * seconds / requests)
    load.reach(rng.uniform(0.1, 0.3))
    # Of a new file, too, which the journal goes to when it cannot be appended to.
    for kind in ("fsync", rng.choice(["write", "fdatasync"]), rng.choice(["create", "rename"])):
        lab.device_control.fail(kind, error)
    time.sleep(seconds)
    assert one_refused(lab)["error"]["condition"] == "no-journal"
    lab.device_control.heal()
    load.account(refused=True)


def one_refused(lab):
    """A restart that its device has refused, as soon as there is one."""
    return wait_for(lambda: lab.list("requests", "status=refused"), 60, "a restart is refused",
                    pause=0.5)[0]


def own_mounts():
    """Mounts of this thread, and of what it starts, are nobody else's from now on."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNS) != 0 or subprocess.run(["mount", "--make-rprivate", "/"]).returncode:
        pytest.skip("a file system cannot be mounted here")


def mount(folder, size, before):
    """A file system of its own with what the folder holds."""
    shutil.copytree(folder, before)
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "none", folder])
    if mounted.returncode:
        pytest.skip("a file system cannot be mounted here")
    shutil.copytree(before, folder, dirs_exist_ok=True)


@pytest.fixture
def small_disk(fault_lab):
    """A lab whose data directory is a disk of 4 MB, and a device's state directory one of
    64 KB."""
    own_mounts()
    lab = fault_lab(devices=10)
    name = lab.restartable[0]
    lab.kill("platend")
    lab.kill(name)
    mount(lab.dir / "data", "4m", lab.dir / "before")
    mount(lab.dir / "devices" / name / "state", "64k", lab.dir / "state-before")
    lab.restart("platend")
    lab.restart(name)
    yield lab


def fill(folder):
    with open(folder / "filler", "ab", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError as error:
            assert error.errno == errno.ENOSPC
    room = os.statvfs(folder)
    assert room.f_bavail == 0, room


def keep_full(folder, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        fill(folder)
        time.sleep(1)


@pytest.mark.parametrize("seconds", [60])
def test_a_device_s_full_disk_and_back(small_disk, rng, seconds):
    lab, name = small_disk, small_disk.restartable[0]
    load = Load(lab, 2000, pace=6 * seconds / 2000)
    load.reach(rng.uniform(0.05, 0.15))
    state = lab.dir / "devices" / name / "state"
    keep_full(state, seconds / 2)
    assert one_refused(lab)["device"] == lab.jid(name)
    # Killed and started on a full disk, too.
    load.kill(name)
    keep_full(state, seconds / 2)
    os.unlink(state / "filler")
    before = len(lab.printers.restarts(name))
    rows = load.account(refused=True)
    assert {row["device"] for row in rows.values() if row["status"] == "refused"} == {lab.jid(name)}
    assert len(lab.printers.restarts(name)) > before, "it is well again"


@pytest.mark.parametrize("seconds", [60])
def test_a_full_disk_and_back(small_disk, rng, seconds):
    lab = small_disk
    load = Load(lab, 2000)
    load.reach(rng.uniform(0.1, 0.5))
    fill(lab.dir / "data")
    wait_for(lambda: "reserve given up" in lab.log("platend"), 20, "the reserve is given up")
    keep_full(lab.dir / "data", seconds)
    # Killed and started on a full disk, too.
    load.kill("platend")
    os.unlink(lab.dir / "data/filler")
    load.account()
    assert load.refused["wait", "resource-constraint", "limit"] > 0
