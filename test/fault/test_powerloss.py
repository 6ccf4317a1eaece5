"""Power is lost after any call that the component, or a device, has made for its files."""
import errno
import os
import pathlib
import tempfile

import pytest

import powerloss
from fault import KINDS, SHORT


@pytest.fixture
def folder(tmp_path):
    """In memory where that is possible: thousands of states are made there."""
    if not os.access("/dev/shm", os.W_OK):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir="/dev/shm", prefix="platen.") as made:
        yield pathlib.Path(made)


def some_fail(control, rng):
    """Calls fail once or twice, after the start."""
    for kind in rng.sample(KINDS, 3):
        error = rng.choice([errno.EIO, errno.ENOSPC, *([SHORT] if kind == "write" else [])])
        control.fail(kind, error, times=rng.choice([1, 2]), skip=rng.randrange(12, 30))


def some_fail_early(control, rng):
    """The same for a device, which makes fewer of them: after the start, that writes anew what
    a failed sync in the life before may have left doubtful."""
    for kind in rng.sample(KINDS, 3):
        error = rng.choice([errno.EIO, errno.ENOSPC, *([SHORT] if kind == "write" else [])])
        first = {"fsync": 8, "create": 3, "rename": 2, "unlink": 4}.get(kind, 0)
        control.fail(kind, error, times=rng.choice([1, 2, 5]), skip=first + rng.randrange(20))


def starts_fail(control, rng):
    """The file cannot be written anew, and no sync fails."""
    for kind in rng.sample(["create", "rename", "unlink"], 2):
        control.fail(kind, rng.choice([errno.EIO, errno.ENOSPC]), times=rng.choice([1, 2, 5]),
                     skip=rng.randrange(4))


@pytest.mark.short
def test_every_state_of_a_short_run(folder, seed):
    assert powerloss.check(folder, seed, most=300, steps=8) > 50


@pytest.mark.short
@pytest.mark.parametrize("lives", [1, 3])
def test_some_states_of_each_moment(folder, seed, lives):
    assert powerloss.check(folder, seed, most=4, steps=60, lives=lives) > 20


@pytest.mark.short
@pytest.mark.parametrize("lives", [1, 4])
def test_every_state_of_a_device_s_journal(folder, seed, lives):
    assert powerloss.check(folder, seed, of=powerloss.Device, most=300, steps=60, lives=lives) > 50


@pytest.mark.short
def test_some_states_of_a_device_s_journal_when_calls_fail(folder, seed):
    assert powerloss.check(folder, seed, of=powerloss.Device, most=20, steps=60, lives=4,
                           faults=some_fail_early) > 20


@pytest.mark.parametrize("run", range(5))
@pytest.mark.parametrize("faults", [lambda control, rng: None, some_fail_early, starts_fail],
                         ids=["sound", "failing", "starts"])
def test_many_states_of_a_device_s_journal(folder, seed, faults, run):
    assert powerloss.check(folder, seed + run, of=powerloss.Device, most=60, steps=300, lives=6,
                           faults=faults) > 100


@pytest.mark.short
def test_some_states_when_calls_fail(folder, seed):
    assert powerloss.check(folder, seed, most=4, steps=60, lives=2, faults=some_fail) > 20


@pytest.mark.parametrize("run", range(5))
@pytest.mark.parametrize("lives", [1, 2, 5])
@pytest.mark.parametrize("faults", [lambda control, rng: None, some_fail], ids=["sound", "failing"])
def test_many_states_of_long_runs(folder, seed, lives, faults, run):
    assert powerloss.check(folder, seed + run, most=12, steps=120, lives=lives, faults=faults,
                           every=1 + lives // 2) > 100
