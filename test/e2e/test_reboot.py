"""A printer is restarted once, whatever happens meanwhile, and who asked is told what came
of it. What was set is counted at the printer."""
import contextlib
import os
import pathlib
import subprocess

import pytest

from lab import source, wait_for
from odd import Odd
from schemas import ROOT
from snmp_fixture import Printer

RECORDING = ROOT / "test/data/printer.snmprec"
RESET = ".1.3.6.1.2.1.43.5.1.1.3.1"


@pytest.fixture
def printer(tmp_path):
    with Printer(RECORDING, tmp_path / "printer") as one:
        yield one


@pytest.fixture
def odd(tmp_path):
    with contextlib.closing(Odd(tmp_path)) as one:
        yield one


def test_it_is_restarted_and_others_say_why_not(new_lab, printer):
    """The write community's SET arrives once; without one, or with one that may only read or
    that the printer does not know, nothing is set."""
    address = printer.address
    with source(timeout="300ms"):
        lab = new_lab(devices=1, printers={
            "good": f"snmp://public:private@{address}", "reads": f"snmp://public@{address}",
            "weak": f"snmp://public:public@{address}", "wrong": f"snmp://public:nobody@{address}"})
    row = lab.ask("request", lab.jid("good"), "reboot")
    assert (row["status"], row["outcome"], row["error"]) == ("responded", {}, None)
    assert [one[1:] for one in printer.sets()] == [(RESET, "4")]
    for name, status, condition, text in (
            ("reads", "refused", "not-configured", "no write-community"),
            ("weak", "failed", "printer-error", "noAccess"),
            ("wrong", "failed", "printer-timeout", "is the write-community wrong?"),
            ("mfp-0001", "refused", "not-supported", "source file can only be read")):
        row = lab.ask("request", lab.jid(name), "reboot", status=1)
        assert (row["status"], row["error"]["condition"]) == (status, condition), name
        assert text in row["error"]["text"]
    assert len(printer.sets()) == 1
    assert "private" not in lab.log("good")


def test_v1_and_a_user_of_v3_can_and_one_who_may_only_read_cannot(new_lab, printer, tmp_path):
    password = tmp_path / "password"
    community = f"snmp://public:private@{printer.address}"
    with source(version="1"):
        lab = new_lab(devices=0, printers={"v1": community})
    assert lab.ask("request", lab.jid("v1"), "reboot")["status"] == "responded"
    user = {"version": "3", "auth_protocol": "SHA-256", "auth_file": str(password),
            "priv_protocol": "AES", "priv_file": str(password)}
    for name, status in (("writer", 0), ("sha-256-aes", 1)):
        password.write_text(f"{name}-password\n")
        with source(user=name, **user):
            lab.restart("v1")
            row = lab.ask("request", lab.jid("v1"), "reboot", status=status)
    assert (row["status"], row["error"]["condition"]) == ("failed", "printer-error")
    assert len(printer.sets()) == 2


@pytest.mark.parametrize("oddity, text", [("set_no_access", "noAccess"),
                                          ("set_not_writable", "notWritable"),
                                          ("set_broken", "genError")])
def test_what_the_printer_refuses_has_failed(new_lab, odd, oddity, text):
    lab = new_lab(devices=0, printers={"odd": f"snmp://good:{oddity}@{odd.address}"})
    row = lab.ask("request", lab.jid("odd"), "reboot", status=1)
    assert (row["status"], row["error"]["condition"]) == ("failed", "printer-error")
    assert text in row["error"]["text"]
    assert odd.sets(oddity) == [[RESET, "4"]]


def test_an_answer_that_is_lost_is_unknown_and_the_set_is_not_sent_again(new_lab, odd):
    with source(timeout="200ms", retries="3"):
        lab = new_lab(devices=0, printers={"odd": f"snmp://good:set_silent@{odd.address}"})
    row = lab.ask("request", lab.jid("odd"), "reboot", status=3)
    assert (row["status"], row["error"]["condition"]) == ("unknown", "printer-timeout")
    assert odd.sets("set_silent") == [[RESET, "4"]]
    assert lab.ask("request", lab.jid("odd"), "get-counters")["status"] == "responded"


@pytest.mark.parametrize("server", ["prosody", "ejabberd"])
@pytest.mark.parametrize("victim, status", [("late", "unknown"), ("server", "responded"),
                                            ("platend", "responded")])
def test_who_is_killed_in_the_middle_does_not_restart_it_again(new_lab, odd, server, victim, status):
    """A device that died does not know; one whose answer was lost repeats it."""
    lab = new_lab(server=server, devices=0,
                  printers={"late": f"snmp://good:set_late@{odd.address}"})
    number = lab.queue("late", "reboot")
    wait_for(lambda: odd.sets("set_late"), 20, "it is set")
    lab.restart(victim)
    row = lab.until(number)
    assert row["status"] == status
    if status == "unknown":
        assert row["error"]["condition"] == "interrupted"
        lab.restart("late")
    assert lab.executions("late") == [number]
    assert odd.sets("set_late") == [[RESET, "4"]]


def test_reading_writes_nothing_and_without_a_state_directory_goes_on(new_lab, printer):
    lab = new_lab(devices=0, printers={"one": f"snmp://public:private@{printer.address}"})
    state = lab.dir / "devices/one/state"
    before = state.stat().st_mtime_ns
    for command in ("get-counters", "get-supplies", "get-status", "get-information"):
        assert lab.ask("request", lab.jid("one"), command)["status"] == "responded"
    assert [path.name for path in state.iterdir()] == ["lock"]
    assert (state / "lock").stat().st_size == 0 and state.stat().st_mtime_ns == before
    lab.kill("one")
    state.rename(state.with_name("elsewhere"))
    state.write_text("")
    lab.restart("one")
    assert "commands that change something are refused" in lab.log("one")

    def refused():
        """What may be older than the start may have been done; that is over in 10 s."""
        row = lab.ask_any("request", lab.jid("one"), "reboot")
        assert row["status"] in ("unknown", "refused")
        assert row["error"]["condition"] == "no-journal"
        assert "Not a directory" in row["error"]["text"]
        return row["status"] == "refused"

    wait_for(refused, 30, "it is refused", pause=1)
    assert lab.ask("request", lab.jid("one"), "get-counters")["status"] == "responded"
    state.unlink()
    assert lab.ask("request", lab.jid("one"), "reboot")["status"] == "responded"
    assert len(printer.sets()) == 1


def test_the_configuration_is_checked_and_hides_the_community(tmp_path):
    (tmp_path / "password").write_text("secret\n")
    conf = tmp_path / "device.conf"
    conf.write_text("[account]\njid = a@example.com\npassword-file = password\n[component]\n"
                    "obey = b.example.com\n[source]\ntype = snmp\naddress = 192.0.2.7\n"
                    "write-community-file = nowhere\n[state]\ndirectory = here\n")
    program = pathlib.Path(os.environ["PLATEN_BIN"]) / "platen-device"
    done = subprocess.run([program, "-t", "-c", conf], capture_output=True, text=True, timeout=20)
    assert done.returncode == 1
    assert done.stderr == (f"{conf}:9: [source] write-community-file: cannot read "
                           f"{tmp_path}/nowhere: No such file or directory\n")
    (tmp_path / "nowhere").write_text("private\n")
    done = subprocess.run([program, "-p", "-c", conf], capture_output=True, text=True, timeout=20)
    assert done.returncode == 0 and "private" not in done.stdout
    assert "write-community = ******\n" in done.stdout
    assert f"directory = {tmp_path}/here\n" in done.stdout
