"""Streams are cut between any two stanzas, stanzas come late and twice."""
import itertools
import re

import pytest

from load import Load
from proxy import FROM_SERVER, TO_SERVER, Proxy, Splitter

KINDS = [(FROM_SERVER, "<request "), (TO_SERVER, "status='queued'"), (TO_SERVER, "<operation "),
         (FROM_SERVER, "<outcome "), (TO_SERVER, "type='headline'")]


def reroute(conf, proxy):
    """Who reads this configuration connects by the proxy from its next start on."""
    conf.write_text(re.sub(r"(?m)^port = .*$", f"port = {proxy.port}", conf.read_text(), count=1))


@pytest.fixture
def proxied(fault_lab):
    """(lab, the proxy of its component's link)"""
    lab = fault_lab(devices=4)
    proxy = Proxy(int(lab.env["COMPONENT_PORT"]))
    reroute(lab.dir / "platend/platend.conf", proxy)
    lab.restart("platend")
    yield lab, proxy
    proxy.close()


def test_a_splitter_finds_where_stanzas_end():
    stream = [b"<?xml version='1.0'?>", b"<stream:stream a='>'>", b" <iq><a b='/>'/>x</iq>",
              b"<presence/>", b"</stream:stream>"]
    for size in range(1, 20):
        text, splitter, found = b"".join(stream), Splitter(), []
        for start in range(0, len(text), size):
            found += splitter.feed(text[start:start + size])
        assert found == stream


def cut_often(proxied, rng, direction, text, where, cuts=3):
    """More would only make the component wait longer before it connects again."""
    lab, proxy = proxied
    load = Load(lab, 60 * cuts, devices=4)
    for number in range(cuts):
        load.reach(number / (cuts + 1))
        rule = proxy.add(direction, text, where, nth=rng.randrange(1, 9))
        assert rule.done.wait(90), f"no {text} {direction}"
    load.account()
    assert proxy.cuts == cuts


@pytest.mark.short
def test_the_link_is_cut_somewhere(proxied, rng):
    cut_often(proxied, rng, *rng.choice(KINDS), rng.choice(["before", "after"]), cuts=2)


@pytest.mark.parametrize("where", ["before", "after"])
@pytest.mark.parametrize("direction, text", KINDS)
def test_the_link_is_cut_around_a_stanza(proxied, rng, direction, text, where):
    cut_often(proxied, rng, direction, text, where)


@pytest.mark.parametrize("direction, text", KINDS)
def test_a_stanza_comes_twice(proxied, rng, direction, text):
    lab, proxy = proxied
    load = Load(lab, 200, devices=4)
    rules = [proxy.add(direction, text, "twice", nth=n) for n in rng.sample(range(1, 150), 30)]
    load.account()
    assert all(rule.done.is_set() for rule in rules)


def test_the_link_is_held_up(proxied, rng):
    lab, proxy = proxied
    load = Load(lab, 400, devices=4)
    for direction, text in KINDS:
        for _ in range(4):
            proxy.add(direction, text, rng.uniform(0.1, 1), nth=rng.randrange(1, 300))
    load.account()


def test_devices_streams_are_cut_anywhere(fault_lab, rng):
    """After some bytes, also within a stanza, a TLS record, the login."""
    lab = fault_lab(devices=4)
    load = Load(lab, 400, devices=4)
    # The first streams last beyond the login, which their restart waits for.
    first = (rng.randrange(20000, 40000) for _ in range(4))
    later = (rng.randrange(200, 8000) if rng.random() < 0.2 else rng.randrange(8000, 40000)
             for _ in itertools.count())
    proxy = Proxy(int(lab.env["XMPP_PORT"]), cut_after=itertools.chain(first, later))
    for conf in sorted(lab.dir.glob("devices/*/platen-device.conf")):
        load.kill(conf.parent.name, lambda conf=conf: reroute(conf, proxy))
    load.account()
    proxy.close()
    assert proxy.cuts > 0
