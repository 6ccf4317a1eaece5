"""Printers that answer half, late, wrongly, or not at all: the request fails with the
reason, the next one works, and no stream ends because of it."""
import contextlib
import csv
import io
import os
import pathlib
import signal
import subprocess
import sys

import pytest

from schemas import ROOT

# What else is served well, but is odd itself: a recording each.
RECORDINGS = {"strings": "mixed", "mistyped": "mistyped"}
AGENT = ROOT / "test/e2e/odd_agent.py"
DATA = ROOT / "test/data"
TIMEOUT_MS = 400

# The oddity of each answer, the reason and its text behind the printer's address.
ODD = {
    "half": ("any_half", "printer-error", "answers what is no SNMP"),
    "garbage": ("any_garbage", "printer-error", "answers what is no SNMP"),
    "nothing": ("any_nothing", "printer-error", "answers with no variables"),
    "broken": ("any_broken", "printer-error", "answers with (genError) A general failure occured"),
    "circle": ("any_backwards", "printer-error", "answers with object identifiers that do not increase"),
    "elsewhere": ("any_port", "printer-timeout", "did not answer within 400 ms"),
    "late": ("any_late", "printer-timeout", "did not answer within 400 ms"),
}


@contextlib.contextmanager
def agent(recording, stderr):
    """odd_agent.py; its address."""
    process = subprocess.Popen([sys.executable, AGENT, DATA / f"{recording}.snmprec"], text=True,
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=stderr)
    try:
        yield process.stdout.readline().strip()
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(10)
        process.stdout.close()


@pytest.fixture(scope="module")
def addresses(tmp_path_factory):
    """Agents for each oddity, so that one that is late holds up no other."""
    with contextlib.ExitStack() as stack:
        log = stack.enter_context(open(tmp_path_factory.mktemp("agents") / "log", "wb"))
        yield {name: stack.enter_context(agent(RECORDINGS.get(name, "printer"), log))
               for name in [*ODD, *RECORDINGS]}


@pytest.fixture
def lab(new_lab, addresses, monkeypatch):
    monkeypatch.setenv("PLATEN_DEVICE_SOURCE_TIMEOUT", f"{TIMEOUT_MS}ms")
    monkeypatch.setenv("PLATEN_DEVICE_SOURCE_RETRIES", "0")
    printers = {name: f"snmp://{ODD[name][0] if name in ODD else 'good'}@{address}"
                for name, address in addresses.items()}
    return new_lab(devices=1, printers=printers)


def mend(lab, name):
    """The printer answers well from now on; the device is told by its configuration."""
    conf = pathlib.Path(lab.env["DEVICE_DIR"]) / name / "platen-device.conf"
    conf.write_text(conf.read_text().replace(f"community = {ODD[name][0]}", "community = good"))
    lab.restart(name)


def test_each_is_a_failure_with_its_reason_and_costs_nobody_else_anything(lab, addresses):
    numbers = {name: [lab.queue(name), lab.queue(name, "get-counters")] for name in ODD}
    assert lab.ask("request", lab.jid("mfp-0001"), "get-supplies")["status"] == "responded"
    for name, (_, condition, text) in ODD.items():
        for number in numbers[name]:
            row = lab.until(number, seconds=30)
            assert (row["status"], row["error"]["condition"]) == ("failed", condition), name
            assert row["error"]["text"] == f"{addresses[name]} {text}"
            assert row["attempts"] == 1
    for name in ODD:
        assert lab.log(name).count("stream: online") == 1, name
    assert lab.log("platend").count(" link: online ") == 1


def test_when_it_answers_well_again_so_does_the_device(lab):
    assert lab.ask_any("request", lab.jid("half"), "get-supplies")["status"] == "failed"
    mend(lab, "half")
    assert lab.ask("request", lab.jid("half"), "get-supplies")["status"] == "responded"


def test_strings_of_any_bytes_are_shown_and_reach_no_terminal_raw(lab):
    outcome = lab.ask("request", lab.jid("strings"), "get-status")["outcome"]
    assert outcome["console"] == ["Bereit \ufffd", "\ufffd[31mRed"]
    shown = lab.run("request", lab.jid("strings"), "get-status").stdout
    assert "Bereit" in shown and "\x1b" not in shown
    row = lab.ask("request", lab.jid("strings"), "get-information")["outcome"]
    assert row["serial"] == "SN123"


def test_of_wrong_types_only_what_is_right_is_told(lab, addresses):
    supplies = lab.ask("request", lab.jid("mistyped"), "get-supplies")["outcome"]["supplies"]
    assert [(s["index"], s["level"]) for s in supplies] == [("1.2", 40)]
    for command, table in (("get-counters", "prtMarkerTable"), ("get-status", "hrPrinterTable")):
        row = lab.ask("request", lab.jid("mistyped"), command, status=1)
        assert row["error"] == {"condition": "printer-error", "text":
                                f"{addresses['mistyped']} gave nothing usable of its {table}"}


def test_a_formula_stays_text_in_a_spreadsheet(lab):
    state = pathlib.Path(lab.env["DEVICE_DIR"]) / "mfp-0001/state.xml"
    state.write_text(state.read_text().replace("location='Room 1'", "location='=1+1'")
                     .replace("serial='LAB000001'", "serial='@SUM(A1)'"))
    assert lab.ask("request", lab.jid("mfp-0001"), "get-information")["status"] == "responded"
    listed = lab.run("devices", "--csv", f"device={lab.jid('mfp-0001')}").stdout
    row = next(csv.DictReader(io.StringIO(listed)))
    assert (row["location"], row["serial"]) == ("'=1+1", "'@SUM(A1)")
