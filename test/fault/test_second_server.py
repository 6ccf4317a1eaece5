"""The link between a second server and the outer one is cut, and each of them is lost, for
longer than a request's transmission may take: what was accepted waits, is answered, and nothing
runs twice."""
import contextlib
import time

import pytest

import fault  # noqa: F401  the path of the next ones
import federation
import lan
from federation import COMPONENT, INNER, OUTER, Federation
from lab import wait_for

pytestmark = pytest.mark.skipif(lan.missing() is not None, reason=str(lan.missing()))

# As 30 s, 3 attempts and a loss of minutes stand to the pings of a minute.
LIMITS = ("--timeout", "4", "--attempts", "3", "--expires", "300")
LOST_S = 30


@pytest.fixture
def federated(tmp_path):
    one = None

    def make(**options):
        nonlocal one
        one = Federation(tmp_path / "net", **options)
        one.until_online()
        for number, server in enumerate(one.inner):
            if isinstance(server, federation.ProsodyServer):
                one.keep_up(number)
        return one

    yield make
    if one:
        one.close()


@contextlib.contextmanager
def cut(fed):
    fed.network.lans[0].firewall.cut()
    yield
    fed.network.lans[0].firewall.mend()


@contextlib.contextmanager
def cut_and_forgotten(fed):
    """What was connected is not any more, and neither end is told."""
    with cut(fed):
        yield
        fed.network.lans[0].firewall.forget()


@contextlib.contextmanager
def inner_lost(fed):
    fed.inner[0].kill()
    yield
    fed.inner[0].start()


@contextlib.contextmanager
def inner_without_power(fed):
    """Nobody hears of it: no segment leaves any more."""
    with cut(fed):
        fed.inner[0].kill()
        yield
        fed.inner[0].start()


@contextlib.contextmanager
def outer_lost(fed):
    fed.outer.kill()
    yield
    fed.outer.start()


def submitted(fed, seconds):
    """Requests for the first device, one after the other for so long."""
    ids, end = [], time.monotonic() + seconds
    while time.monotonic() < end:
        ids.append(fed.queue(fed.devices[0], *LIMITS))
        time.sleep(1)
    return ids


def check(fed, ids):
    rows = [fed.until(number) for number in ids]
    assert {row["status"] for row in rows} == {"responded"}, rows
    ran = fed.devices[0].executions()
    assert all(ran.count(number) == 1 for number in ids), (ids, ran)


def test_pings_keep_the_streams_through_a_firewall_that_forgets(federated):
    """It forgets what was idle for 8 s; pings come every 3 s and what they take."""
    fed = federated()
    fed.network.lans[0].firewall.forget_after(8)
    both = [(INNER[0], "<->", COMPONENT), (INNER[0], "<->", OUTER)]
    wait_for(lambda: fed.inner[0].streams() == both, 30, "both streams are there")
    check(fed, submitted(fed, 1))
    since = len(fed.inner[0].log())
    time.sleep(16)
    check(fed, submitted(fed, 1))
    assert "s2s connection" not in fed.inner[0].log()[since:]


@pytest.mark.parametrize("loss", [cut, cut_and_forgotten, inner_lost, inner_without_power])
def test_what_is_asked_while_the_inner_server_is_away_waits(federated, loss):
    fed = federated(lans=2)
    waiting = fed.start_asking("request", fed.devices[0].jid, "get-counters", *LIMITS)
    ids = submitted(fed, 2)
    with loss(fed):
        told = fed.start_asking("request", fed.devices[0].jid, "get-supplies", *LIMITS)
        ids += submitted(fed, LOST_S)
        assert {fed.until(number, "queued", "responded")["status"] for number in ids[2:]} == {
            "queued"}
        assert fed.request(fed.devices[1])["status"] == "responded", "the other LAN"
        assert not fed.online(fed.devices[0])
    check(fed, ids)
    for one in (waiting, told):
        assert '"responded"' in one.communicate(timeout=90)[0]
    assert fed.outer.streams().count((COMPONENT, "<->", INNER[0])) == 1


def test_what_was_asked_before_the_outer_server_was_lost_is_answered(federated):
    fed = federated()
    ids = submitted(fed, 2)
    federation.process.end([fed.devices[0].process])
    wait_for(lambda: not fed.online(fed.devices[0]), 20, "offline")
    ids += submitted(fed, 2)
    with outer_lost(fed):
        fed.devices[0].start()
        asked = fed.start_asking("devices")
        asked.communicate(timeout=60)
        assert asked.returncode == 5, "no connection"
        time.sleep(LOST_S)
    check(fed, ids)
    check(fed, submitted(fed, 2))


def test_a_restart_of_the_outer_server_does_not_wait_for_keep_alives(federated):
    """Nobody tells the component that the way to the inner one is back, which it asks for before
    it is: a request finds out."""
    fed = federated()
    with outer_lost(fed):
        time.sleep(1)
    wait_for(lambda: "cause=bounced" in fed.platend.log(), 30, "the component asks too early")
    check(fed, submitted(fed, 2))


@pytest.mark.parametrize("loss", [cut, cut_and_forgotten, inner_lost, outer_lost])
def test_an_ejabberd_in_the_lan_is_lost(federated, loss):
    fed = federated(inner="ejabberd")
    ids = submitted(fed, 2)
    with loss(fed):
        if loss is not outer_lost:
            ids += [fed.queue(fed.devices[0], "--timeout", "4", "--attempts", "20")]
        time.sleep(LOST_S)
    check(fed, ids)
    check(fed, submitted(fed, 2))


RECORDS = """\
host-record=xmpp.example.com,{live}
host-record=dead.example.com,{dead}
srv-host=_xmpp-server._tcp.devices.example.com,xmpp.example.com,5269,20
srv-host=_xmpp-server._tcp.devices.example.com,dead.example.com,5269,10
"""


def test_the_outer_server_is_found_behind_a_silent_one(federated):
    """Prosody waits for 20 s before it tries the next address."""
    fed = federated(records=RECORDS.format(live=lan.OUTER, dead=lan.NOWHERE))
    check(fed, submitted(fed, 1))
