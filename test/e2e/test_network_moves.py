"""The device's network changes under way: another address, a link that goes and returns. A
stream is there again within five seconds of the link's return."""
import re
import time

import pytest

from lab import wait_for
from network import DOMAIN, ROUTER, SERVERS, XMPP, fresh, network, records

ONE = f"one.{DOMAIN}"
BOUND = 5
SETTLED = 2         # until a first login's questions are answered


@pytest.fixture
def online(fresh):
    """The device is online, by DNS."""
    fresh.router.dns(*records(("xmpp-client", 1, 0, XMPP, ONE), hosts={ONE: SERVERS}))
    fresh.start_device()
    fresh.until("stream: online")
    wait_for(lambda: "responded" in ask(fresh), 30, "an answer")
    time.sleep(SETTLED)
    return fresh


def ask(network):
    """By the operator, who sits at the server."""
    done = network.server.run("sh", "-c", '"$@" || true', "sh", network.bin / "platen", "-c",
                              network.operator_conf, "--json", "request", f"mfp-0001@{DOMAIN}",
                              "get-supplies", "--timeout", "5")
    return done.stdout


@pytest.fixture(autouse=True)
def operator_at_the_server(network):
    network.configure(network.operator_conf, "host = 127.0.0.1")
    yield
    network.configure(network.operator_conf)


def test_another_address_makes_another_stream_at_once(online):
    """The old address is gone: TCP would notice when it next sends, and wait for its answer."""
    moved = time.time()
    online.plug_in("10.77.1.9/24", "fd77:1::9/64")
    check_back(online, moved)
    assert online.times("lost: the network that it went over is gone")
    assert "responded" in ask(online)


def test_another_address_beside_it_changes_nothing(online):
    online.device.address("eth0", "10.77.1.9/24", "fd77:1::9/64")
    online.until("network: changed")
    assert "responded" in ask(online)
    assert len(online.times("stream: online")) == 1


def test_from_ipv4_to_ipv6_only(online):
    moved = time.time()
    online.plug_in("fd77:1::9/64")
    check_back(online, moved)
    assert online.tried()[-1][1] in SERVERS[2:]


def test_a_link_s_return_ends_the_waiting(online):
    """It was away for so long that the next attempt would have come later than that."""
    online.device.ip("link", "set", "dev", "eth0", "down")
    wait_for(lambda: any(int(ms) > 1000 * BOUND for ms in
                         re.findall(r"connecting again wait_ms=(\d+)", online.log())), 90,
             "a long wait")
    returned = time.time()
    online.plug_in()
    check_back(online, returned)
    assert "responded" in ask(online)


def test_a_cable_that_is_plugged_in_again_keeps_the_stream(online):
    """Nothing was lost, and the question that follows the return is answered."""
    online.router.ip("link", "set", "dev", "inside", "down")
    online.until("network: changed")
    replug(online)
    online.until("network: changed came=yes")
    assert "responded" in ask(online)
    time.sleep(SETTLED + 1)
    assert len(online.times("stream: online")) == 1


def test_a_stream_that_did_not_outlive_the_gap_is_noticed_at_the_return(online):
    """The firewall has forgotten it and is silent: no keep-alive is due for minutes."""
    streams = online.device.run("ss", "-Htn", f"dport = :{XMPP}").stdout
    port = re.findall(r":(\d+)\s", streams)[0]
    online.router.ip("link", "set", "dev", "inside", "down")
    online.until("network: changed")
    online.router.run("nft", f"insert rule inet firewall forward tcp sport {port} drop")
    returned = replug(online)
    check_back(online, returned)
    assert online.times("lost: nothing came for 2 s after the network had changed")
    assert "responded" in ask(online)


def test_an_attempt_that_hangs_is_made_anew(fresh):
    """The network swallows everything, also the questions to DNS, until its link returns."""
    fresh.router.dns(*records(("xmpp-client", 1, 0, XMPP, ONE), hosts={ONE: SERVERS}))
    fresh.router.run("nft", "add chain inet firewall deaf { type filter hook input priority 0; "
                     "policy drop; }")
    fresh.start_device()
    time.sleep(SETTLED)
    fresh.router.run("nft", "delete chain inet firewall deaf")
    fresh.router.ip("link", "set", "dev", "inside", "down")
    fresh.until("network: changed")
    returned = replug(fresh)
    check_back(fresh, returned, times=1)


def check_back(network, since, times=2):
    """By the times in the log: how long this test takes to look at it does not count."""
    seconds = network.until("stream: online", times) - since
    print(f"online again after {seconds:.2f} s")
    assert seconds <= BOUND


def replug(network):
    """The router's end is up again, with the addresses that it has lost meanwhile. When."""
    returned = time.time()
    network.router.ip("link", "set", "dev", "inside", "up")
    network.router.ip("address", "replace", f"{ROUTER[1]}/64", "dev", "inside", "nodad")
    return returned
