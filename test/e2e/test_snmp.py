"""SNMPv3 by configuration, printers that are dead while they are asked, and what no
printer should say."""
import os
import pathlib
import re
import signal
import time

import pytest

from lab import source, wait_for
from schemas import ROOT
from snmp_fixture import Printer

RECORDING = ROOT / "test/data/printer.snmprec"


@pytest.fixture
def printer(tmp_path):
    with Printer(RECORDING, tmp_path / "printer") as one:
        yield one


def command_line(pid):
    return pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().decode()


def test_v3_is_read_and_a_wrong_password_is_said(new_lab, printer, tmp_path):
    password = tmp_path / "password"
    password.write_text("sha-256-aes-password\n")
    user = {"version": "3", "user": "sha-256-aes", "auth_protocol": "SHA-256",
            "auth_file": str(password), "priv_protocol": "AES", "priv_file": str(password)}
    with source(**user):
        lab = new_lab(devices=0, printers={"v3": f"snmp://unused@{printer.address}"})
        outcome = lab.ask("request", lab.jid("v3"), "get-counters")["outcome"]
        assert outcome["counters"][0]["value"] == 271871
        password.write_text("another-password\n")
        lab.restart("v3")
    row = lab.ask("request", lab.jid("v3"), "get-counters", status=1)
    assert row["error"]["condition"] == "printer-error"
    assert "authentication password" in row["error"]["text"]
    told = lab.log("v3") + command_line(lab.pid("v3")) + row["error"]["text"]
    assert "sha-256-aes-password" not in told and "another-password" not in told


def test_a_dead_printer_fails_in_time_and_is_read_when_it_is_back(new_lab, printer):
    with source(timeout="500ms", retries="1"):
        lab = new_lab(devices=1, printers={"dead": f"snmp://public@{printer.address}"})
    printer.pause()
    row = lab.ask("request", lab.jid("dead"), "get-supplies", status=1)
    assert row["error"]["condition"] == "printer-timeout"
    assert row["response_ms"] < 2 * 500 + 500
    printer.resume()
    assert lab.ask("request", lab.jid("dead"), "get-supplies")["status"] == "responded"


def test_a_read_under_way_does_not_hold_up_the_end(new_lab, printer):
    with source(timeout="60s", retries="0"):
        lab = new_lab(devices=0, printers={"slow": f"snmp://public@{printer.address}"})
    printer.pause()
    number = lab.queue("slow")
    wait_for(lambda: number in lab.executions("slow"), 10, "executed")
    begun, pid = time.monotonic(), lab.pid("slow")
    os.kill(pid, signal.SIGTERM)
    wait_for(lambda: not pathlib.Path(f"/proc/{pid}/exe").exists(), 10, "ended")
    assert time.monotonic() - begun < 3
    wait_for(lambda: "main: ended" in lab.log("slow"), 1, "said so")
    printer.resume()


def test_a_counter_that_runs_backwards_is_told_and_not_smoothed(new_lab):
    lab = new_lab(devices=1)
    state = lab.dir / "devices/mfp-0001/state.xml"

    def count(value):
        text, n = re.subn(r"(name='marker-life-count' index='1.1' value=)'\d+'", rf"\1'{value}'",
                          state.read_text())
        assert n == 1
        state.write_text(text)
        outcome = lab.ask("request", lab.jid("mfp-0001"), "get-counters")["outcome"]
        return outcome["counters"][0]["value"]

    assert count(500) == 500
    assert "backwards" not in lab.log("mfp-0001")
    assert count(499) == 499
    assert re.search(r"warn watch: a counter runs backwards name=marker-life-count index=1.1 "
                     r"was=500 is=499", lab.log("mfp-0001"))
