"""Servers keep for devices what they were sent while they slept, died or were cut off: it is not
executed when its time is over, and no restart twice."""
import itertools
import time

import pytest

from load import Load
from proxy import Proxy

DEVICES = 4
FOREVER = 1 << 60


@pytest.fixture
def managed(monkeypatch):
    monkeypatch.setenv("PLATEN_DEVICE_ACCOUNT_STREAM_MANAGEMENT", "yes")


def sleep(load, name, seconds):
    load.stop(name, seconds)


def sleep_and_die(load, name, seconds):
    load.lab.freeze(name)
    time.sleep(seconds)
    load.kill(name)


@pytest.mark.usefixtures("managed")
@pytest.mark.parametrize("server, requests, faults", [
    pytest.param("prosody", 120, 3, marks=pytest.mark.short),
    ("prosody", 600, 16), ("ejabberd", 600, 16)])
def test_nothing_runs_when_its_time_is_over(fault_lab, rng, server, requests, faults):
    """A second after it was sent that is."""
    lab = fault_lab(server=server, devices=DEVICES)
    load = Load(lab, requests, devices=DEVICES, pace=0.3, timeout=1, attempts=1)
    proxy = Proxy(int(lab.env["XMPP_PORT"]), cut_after=itertools.repeat(FOREVER))
    if faults > 3:
        load.reroute_devices(proxy)
    for fault in range(faults):
        load.reach((fault + 1) / (faults + 1))
        name, seconds = f"mfp-{rng.randrange(DEVICES) + 1:04d}", rng.uniform(1.5, 4)
        (sleep, sleep_and_die, lambda *_: proxy.cut_all(), lambda *_: load.kill(name))[fault % 4](
            load, name, seconds)
    rows = load.account(allowed=("responded", "expired", "no-response"), kept=True)
    proxy.close()
    assert any(row["status"] in ("expired", "no-response") or row["late"] for row in rows.values())
