"""Requests to devices on BOSH: many, and through what loses answers."""
import itertools
import re
import time

import pytest

from http_proxy import HttpProxy
from load import Load
from proxy import Proxy

on_both = pytest.mark.parametrize("server", ["prosody", "ejabberd"])


def over_bosh(load, lab, front):
    """The devices' next lives go to a proxy before the server."""
    path = lab.env["BOSH_URL"].rpartition("/")[2]
    for conf in sorted(lab.dir.glob("devices/*/platen-device.conf")):
        text = re.sub(r"(?m)^url = .*$", f"url = {front}/{path}", conf.read_text(),
                      count=1)
        load.kill(conf.parent.name, lambda conf=conf, text=text: conf.write_text(text))


def endpoint(lab):
    return int(re.search(r":(\d+)/", lab.env["BOSH_URL"])[1])


def losses(lab):
    return sum(lab.log(conf.parent.name).count("stream: lost")
               for conf in lab.dir.glob("devices/*/platen-device.conf"))


@on_both
def test_ten_thousand_requests(fault_lab, server):
    lab = fault_lab(server=server, devices=10, transport="bosh")
    Load(lab, 10000, sessions=8, expires=3600).account(seconds=1200)
    assert losses(lab) == 0


def lose_some(lab, rng, requests, share):
    """Most sessions live through all of it."""
    load = Load(lab, requests, devices=4)
    proxy = HttpProxy(endpoint(lab), rng, share)
    over_bosh(load, lab, f"http://127.0.0.1:{proxy.port}")
    load.account()
    proxy.close()
    faults = sum(proxy.faults.values())
    assert faults >= 5
    assert losses(lab) < faults / 4


@pytest.mark.short
def test_some_answers_are_lost(fault_lab, rng):
    lose_some(fault_lab(devices=4, transport="bosh"), rng, 120, 0.2)


@on_both
def test_requests_and_answers_are_lost(fault_lab, rng, server):
    lose_some(fault_lab(server=server, devices=4, transport="bosh"), rng, 400, 0.1)


def over_tls(lab):
    return int(re.search(r":(\d+)/", lab.env["BOSH_TLS_URL"])[1])


@on_both
def test_connections_are_cut_anywhere(fault_lab, rng, server):
    """Also within a TLS record, a head, a body, the login."""
    lab = fault_lab(server=server, devices=4, transport="bosh")
    load = Load(lab, 400, devices=4)
    sizes = (rng.randrange(3000, 20000) for _ in itertools.count())
    proxy = Proxy(over_tls(lab), cut_after=sizes)
    over_bosh(load, lab, f"https://localhost:{proxy.port}")
    load.account()
    proxy.close()
    assert proxy.cuts >= 5
    assert losses(lab) < proxy.cuts / 4


@on_both
@pytest.mark.parametrize("seconds", [8, 90], ids=["short", "long"])
def test_nothing_passes_for_a_while(fault_lab, rng, server, seconds):
    """No reset, no end of file. The server forgets the sessions when it lasts."""
    lab = fault_lab(server=server, devices=4, transport="bosh")
    load = Load(lab, 300, devices=4, pace=0.2)
    proxy = Proxy(over_tls(lab), cut_after=itertools.repeat(1 << 40))
    over_bosh(load, lab, f"https://localhost:{proxy.port}")
    for share in (0.3, 0.6):
        load.reach(share)
        proxy.swallow()
        time.sleep(seconds)
        proxy.pass_on()
    load.account()
    proxy.close()
