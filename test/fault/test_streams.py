"""Streams are cut between any two stanzas, stanzas come late and twice."""
import itertools

import pytest

from load import Load, reroute
from proxy import FROM_SERVER, TO_SERVER, Proxy, Splitter

KINDS = [(FROM_SERVER, "<request "), (TO_SERVER, "status='queued'"), (TO_SERVER, "<operation "),
         (FROM_SERVER, "<outcome "), (TO_SERVER, "type='headline'")]
PROGRESS = (FROM_SERVER, "-progress'")
# What takes long, and what is cancelled: that it runs, its outcome, and that this has come.
LONG = [(FROM_SERVER, "status='in-progress'"), (FROM_SERVER, "-outcome'"),
        (TO_SERVER, "-outcome'"), (FROM_SERVER, "<cancel "), (TO_SERVER, "<cancel ")]
# What only a start of the component, or a new stream of it, brings about.
AFTER_START = [(TO_SERVER, "<outcome xmlns='urn:platen:operation:1' id="),
               (FROM_SERVER, "id='outcome-"), (TO_SERVER, "<commands "), (FROM_SERVER, "<commands ")]


@pytest.fixture
def proxied(request, fault_lab):
    """(lab, the proxy of its component's link). request.param: the server, how its printers
    restart."""
    server, oddity = getattr(request, "param", ("prosody", "any_sometimes"))
    lab = fault_lab(server=server, devices=4, oddity=oddity)
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


on_both = pytest.mark.parametrize("proxied", [("prosody", "set_lazy"), ("ejabberd", "set_lazy")],
                                  indirect=True, ids=["prosody", "ejabberd"])
around = pytest.mark.parametrize("where", ["before", "after"])


def cut_often(proxied, rng, direction, text, where, cuts=3, most=8, **options):
    """More would only make the component wait longer before it connects again."""
    lab, proxy = proxied
    load = Load(lab, 60 * cuts, devices=4, **options)
    for number in range(cuts):
        load.reach(number / (cuts + 1))
        rule = proxy.add(direction, text, where, nth=rng.randint(1, most))
        assert rule.done.wait(90), f"no {text} {direction}"
    load.account()
    assert proxy.cuts == cuts


@pytest.mark.short
def test_the_link_is_cut_somewhere(proxied, rng):
    cut_often(proxied, rng, *rng.choice(KINDS), rng.choice(["before", "after"]), cuts=2)


@around
@pytest.mark.parametrize("direction, text", KINDS)
def test_the_link_is_cut_around_a_stanza(proxied, rng, direction, text, where):
    cut_often(proxied, rng, direction, text, where)


@around
def test_the_link_is_cut_around_a_word_of_progress(proxied, rng, where):
    cut_often(proxied, rng, *PROGRESS, where, cuts=2, most=1)


@on_both
@around
@pytest.mark.parametrize("direction, text", LONG)
def test_the_link_is_cut_around_one_of_what_takes_long(proxied, rng, direction, text, where):
    cut_often(proxied, rng, direction, text, where, cuts=2, most=2, pace=0.5, unwanted=0.4)


@on_both
@around
@pytest.mark.parametrize("direction, text", AFTER_START)
def test_the_link_is_cut_around_one_that_follows_a_start(proxied, rng, direction, text, where):
    """While something runs the component is killed: what it then asks devices is cut off."""
    lab, proxy = proxied
    load = Load(lab, 240, devices=4, pace=0.5)
    for number in range(2):
        load.reach((number + 1) / 4)
        rule = proxy.add(direction, text, where)
        while not rule.done.is_set():
            runs = proxy.add(FROM_SERVER, "status='in-progress'", "note")
            assert runs.done.wait(60), "nothing runs"
            load.kill("platend")
            rule.done.wait(3)
    load.account()
    assert proxy.cuts == 2


@pytest.mark.parametrize("direction, text", KINDS)
def test_a_stanza_comes_twice(proxied, rng, direction, text):
    lab, proxy = proxied
    load = Load(lab, 200, devices=4)
    rules = [proxy.add(direction, text, "twice", nth=n) for n in rng.sample(range(1, 130), 30)]
    load.account()
    assert all(rule.done.is_set() for rule in rules)


@on_both
def test_what_takes_long_comes_twice(proxied, rng):
    lab, proxy = proxied
    load = Load(lab, 120, devices=4, pace=0.5, unwanted=0.4)
    rules = [proxy.add(direction, text, "twice", nth=n)
             for direction, text in LONG for n in rng.sample(range(1, 5), 2)]
    later = [proxy.add(direction, text, "twice") for direction, text in AFTER_START]
    load.reach(0.5)
    load.kill("platend")
    load.account()
    assert all(rule.done.is_set() for rule in rules)
    assert all(rule.done.is_set() for rule in later if b"commands" in rule.text)


@on_both
def test_the_link_is_held_up(proxied, rng):
    lab, proxy = proxied
    load = Load(lab, 400, devices=4)
    for direction, text in KINDS:
        for _ in range(4):
            proxy.add(direction, text, rng.uniform(0.1, 1), nth=rng.randrange(1, 300))
    for direction, text in LONG:
        for _ in range(2):
            proxy.add(direction, text, rng.uniform(0.1, 1), nth=rng.randrange(1, 9))
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
    load.reroute_devices(proxy)
    load.account()
    proxy.close()
    assert proxy.cuts > 0
