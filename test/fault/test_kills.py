"""platend, devices and the server die and stand still under load."""

import pytest

from lab import wait_for
from load import Load


def devices(requests):
    return 4 if requests < 1000 else 10


@pytest.mark.parametrize("server, requests, kills", [
    pytest.param("prosody", 200, 2, marks=pytest.mark.short),
    ("prosody", 2000, 20), ("ejabberd", 2000, 20)])
def test_platend_is_killed(fault_lab, rng, server, requests, kills):
    """Half of the times in the middle of a call that it makes for its files."""
    lab = fault_lab(server=server, devices=devices(requests))
    load = Load(lab, requests, devices=devices(requests))
    for kill in range(kills):
        load.reach((kill + rng.random()) / (kills + 1))
        if kill % 2:
            pid = int(lab.env["PLATEND_PID"])
            lab.control.die_after(rng.randrange(1, 60))
            wait_for(lambda: not running(pid) or len(load.acknowledged) == requests, 60, "it dies")
            lab.control.die_after(0)
        load.kill("platend")
    load.account()


@pytest.mark.parametrize("server, requests, kills", [
    pytest.param("prosody", 200, 2, marks=pytest.mark.short),
    ("prosody", 2000, 20), ("ejabberd", 2000, 20)])
def test_a_device_is_killed(fault_lab, rng, server, requests, kills):
    """Half of the times in the middle of a call that it makes for its journal: of those that
    can restart their printer whichever makes it."""
    lab = fault_lab(server=server, devices=devices(requests))
    load = Load(lab, requests, devices=devices(requests))
    for kill in range(kills):
        load.reach((kill + rng.random()) / (kills + 1))
        name = f"mfp-{rng.randrange(devices(requests)) + 1:04d}"
        if kill % 2:
            lab.device_control.die_after(rng.randrange(1, 12))
            wait_for(lambda: dead(lab) or len(load.acknowledged) == requests, 60, "one dies")
            lab.device_control.die_after(0)
            name = dead(lab) or name
        load.kill(name)
    # One that died when nobody looked any more.
    if name := dead(lab):
        load.kill(name)
    load.account()


def dead(lab):
    """The name of a device that has died by itself."""
    return next((name for name in lab.restartable if not running(lab.pid(name))), None)


def running(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
            return stat.read().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


@pytest.mark.parametrize("server", ["prosody", "ejabberd"])
def test_the_server_is_killed(fault_lab, rng, server):
    lab = fault_lab(server=server, devices=10)
    load = Load(lab, 2000)
    for kill in range(20):
        load.reach((kill + rng.random()) / 21)
        load.kill("server")
    load.account()


@pytest.mark.parametrize("server", ["prosody", "ejabberd"])
def test_each_stands_still_for_a_while(fault_lab, rng, server):
    lab = fault_lab(server=server, devices=10)
    load = Load(lab, 2000)
    for stop in range(12):
        load.reach((stop + rng.random()) / 13)
        load.stop(("platend", "server", f"mfp-{rng.randrange(10) + 1:04d}")[stop % 3],
                  rng.uniform(0.2, 4))
    load.account()
