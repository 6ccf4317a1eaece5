"""Something is away for a while; every request still comes to its end, once."""
import time

import pytest

from conftest import SERVERS
from lab import source, wait_for
from odd import RECORDING
from snmp_fixture import Printer

pytestmark = pytest.mark.parametrize("server", SERVERS)


def test_a_request_waits_for_a_device_that_is_away(new_lab, server):
    lab = new_lab(server=server)
    lab.kill("mfp-0001")
    wait_for(lambda: not lab.online("mfp-0001"), 10, "seen as offline")
    number = lab.queue("mfp-0001", "get-supplies")
    time.sleep(1)
    assert lab.status(number)["status"] == "queued"
    lab.restart("mfp-0001")
    row = lab.until(number, "responded", seconds=20)
    assert row["attempts"] == 1
    assert lab.executions("mfp-0001") == [number]


def test_a_request_under_way_when_its_device_dies_is_sent_again(new_lab, server):
    """A stopped device takes the request and answers nothing; then it dies."""
    lab = new_lab(server=server)
    lab.freeze("mfp-0001")
    number = lab.queue("mfp-0001", "get-supplies", "--timeout", "60")
    lab.until(number, "transmitted", seconds=10)
    lab.kill("mfp-0001")
    lab.restart("mfp-0001")
    row = lab.until(number, "responded", seconds=30)
    assert lab.executions("mfp-0001") == [number]
    assert row["error"] is None


def test_what_a_device_had_acknowledged_when_it_died_ends(new_lab, monkeypatch, server):
    """With stream management the server neither bounces it nor says that the device is away,
    before its next life logs in."""
    monkeypatch.setenv("PLATEN_DEVICE_ACCOUNT_STREAM_MANAGEMENT", "yes")
    gone, back = "mfp-0001", "mfp-0002"
    with Printer(RECORDING) as printer, source(type="snmp", address=printer.address):
        lab = new_lab(server=server, devices=2)
        for name in (gone, back):
            lab.until(lab.queue(name), "responded")
        printer.pause()
        first = under_way(lab, gone, "--timeout", "3", "--attempts", "2")
        second = under_way(lab, back, "--timeout", "60")
        lab.kill(gone)
        lab.kill(back)
        printer.resume()
        lab.restart(back)
        row = lab.until(second, "responded")
        assert (row["attempts"], lab.executions(back).count(second)) == (1, 2)
        row = lab.until(first, "no-response")
        assert (row["attempts"], row["cause"]) == (2, "no-answer")
        # Its next life is not given what the server has kept.
        lab.restart(gone)
        assert lab.ask("request", lab.jid(gone), "get-status")["status"] == "responded"
        assert lab.executions(gone).count(first) == 1


def under_way(lab, name, *args):
    """A request that the device has begun with."""
    number = lab.queue(name, "get-supplies", *args)
    wait_for(lambda: number in lab.executions(name), 20, "it has begun")
    return number


def test_a_device_that_never_answers_ends_in_no_response(new_lab, server):
    lab = new_lab(server=server)
    lab.freeze("mfp-0001")
    row = lab.ask("request", lab.jid("mfp-0001"), "get-supplies", "--timeout", "1",
                  "--attempts", "2", status=3)
    assert row["status"] == "no-response"
    assert row["attempts"] == 2
    # Both transmissions are at the device, and nobody wants them any more.
    lab.thaw("mfp-0001")
    assert lab.ask("request", lab.jid("mfp-0001"), "get-status")["status"] == "responded"
    assert row["id"] not in lab.executions("mfp-0001")


def test_a_request_for_a_device_that_stays_away_expires(new_lab, server):
    lab = new_lab(server=server)
    lab.kill("mfp-0001")
    wait_for(lambda: not lab.online("mfp-0001"), 10, "seen as offline")
    row = lab.ask("request", lab.jid("mfp-0001"), "get-status", "--expires", "1", status=3)
    assert row["status"] == "expired"


def test_platend_killed_and_started_again_remembers(new_lab, server):
    lab = new_lab(server=server, devices=2)
    lab.kill("mfp-0002")
    wait_for(lambda: not lab.online("mfp-0002"), 10, "seen as offline")
    done = lab.ask("request", lab.jid("mfp-0001"), "get-supplies")
    waiting = lab.queue("mfp-0002", "get-counters")
    lab.freeze("mfp-0001")
    under_way = lab.queue("mfp-0001", "get-counters", "--timeout", "60")
    lab.until(under_way, "transmitted", seconds=10)
    lab.kill("platend")
    lab.thaw("mfp-0001")
    lab.restart("platend")
    assert lab.status(done["id"]) == done
    assert lab.until(under_way, "responded", seconds=30)["device"] == lab.jid("mfp-0001")
    assert lab.status(waiting)["status"] == "queued"
    lab.restart("mfp-0002")
    lab.until(waiting, "responded", seconds=30)
    assert lab.executions("mfp-0001") == [done["id"], under_way]
    assert lab.executions("mfp-0002") == [waiting]


def test_an_operator_waits_through_a_restart_of_platend(new_lab, server):
    lab = new_lab(server=server)
    lab.freeze("mfp-0001")
    waiting = lab.start("--json", "request", lab.jid("mfp-0001"), "get-supplies")
    wait_for(lambda: lab.list("requests", "status=transmitted"), 10, "transmitted")
    lab.kill("platend")
    lab.thaw("mfp-0001")
    lab.restart("platend")
    out, err = waiting.communicate(timeout=60)
    assert waiting.returncode == 0, (out, err)
    assert '"status": "responded"' in out or '"status":"responded"' in out


def test_the_server_restarts_and_everybody_comes_back(new_lab, server):
    lab = new_lab(server=server, devices=2)
    before = lab.ask("request", lab.jid("mfp-0001"), "get-supplies")
    lab.restart("server")
    after = lab.ask("request", lab.jid("mfp-0002"), "get-supplies")
    assert after["status"] == "responded"
    assert lab.status(before["id"]) == before
    assert lab.executions("mfp-0001") == [before["id"]]
    assert lab.executions("mfp-0002") == [after["id"]]


def test_a_request_queued_before_the_server_restarts_ends_after_it(new_lab, server):
    lab = new_lab(server=server)
    lab.freeze("mfp-0001")
    number = lab.queue("mfp-0001", "get-supplies", "--timeout", "300")
    lab.until(number, "transmitted", seconds=10)
    lab.kill("server")
    lab.thaw("mfp-0001")
    lab.restart("server")
    assert lab.until(number, "responded", seconds=60)["error"] is None
    assert lab.executions("mfp-0001") == [number]
