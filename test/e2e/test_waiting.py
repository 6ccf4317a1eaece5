"""An operator's command line while it waits: what it shows, through what it goes on, and what
it says when its operator does not want to wait any more."""
import json
import os
import re
import signal
import subprocess

import pytest

from lab import wait_for
from terminal import Terminal

DEVICE = "mfp-0001"


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """One server's is enough: what differs between them is not of the command line."""
    from lab import Lab
    one = Lab(tmp_path_factory.mktemp("waiting") / "lab", devices=2)
    yield one
    one.down()


@pytest.fixture
def stopped(lab):
    """The device takes requests and answers none until the test lets it go on."""
    lab.freeze(DEVICE)
    yield lambda: lab.thaw(DEVICE)
    lab.thaw(DEVICE)


def waiting_for(lab):
    """The one request that is under way."""
    return wait_for(lambda: lab.list("requests", f"device={lab.jid(DEVICE)}",
                                     "status=transmitted"), 20, "transmitted")[0]["id"]


def test_ctrl_c_ends_the_waiting_and_not_the_request(lab, stopped):
    command = lab.start("request", lab.jid(DEVICE), "get-supplies", "--timeout", "60")
    number = waiting_for(lab)
    command.send_signal(signal.SIGINT)
    out, err = command.communicate(timeout=20)
    assert (command.returncode, out) == (130, "")
    assert err == (f"platen: interrupted: the request goes on; 'platen status {number}' asks for"
                   f" it, 'platen cancel {number}' cancels it\n")
    stopped()
    assert lab.until(number)["status"] == "responded"
    done = lab.run("status", number)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Supplies" in done.stdout


def test_who_is_interrupted_before_an_answer_can_ask_once_more(lab, tmp_path):
    """By the token, which makes it the same request if it has arrived."""
    out = tmp_path / "out"
    lab.freeze("platend")
    try:
        with Terminal(["/bin/sh", "-c", f'exec "$@" >{out}', "sh", lab.env["PLATEN"], "-c",
                       lab.env["PLATEN_CONFIG"], "--json", "request", lab.jid(DEVICE),
                       "get-status"]) as command:
            command.expect(f"{lab.jid(DEVICE)} get-status: submitting, 0 s")
            command.type("\x03")
            assert command.end() == 130
    finally:
        lab.thaw("platend")
    error = json.loads(out.read_text())["error"]
    assert error["condition"] == "interrupted"
    token = re.search("the same command with --token (\\S+) asks once", error["text"])[1]
    args = ("request", lab.jid(DEVICE), "get-status", "--token", token, "--no-wait")
    first, second = lab.run(*args), lab.run(*args)
    assert (first.returncode, first.stderr) == (0, "")
    assert re.fullmatch(r"[0-9a-f-]{36}\n", first.stdout)
    assert second.stdout == first.stdout
    assert lab.until(first.stdout.strip())["status"] == "responded"
    assert lab.executions(DEVICE).count(first.stdout.strip()) == 1


def test_it_waits_through_a_restart_of_the_server(lab, stopped):
    command = lab.start("--json", "request", lab.jid(DEVICE), "get-supplies", "--timeout", "60")
    number = waiting_for(lab)
    lab.kill("server")
    stopped()
    lab.restart("server")
    out, err = command.communicate(timeout=90)
    assert command.returncode == 0, (out, err)
    assert f'"{number}"' in out
    assert '"responded"' in out


def test_a_component_that_is_away_is_told_at_once(lab):
    lab.kill("platend")
    try:
        done = lab.run("request", lab.jid(DEVICE), "get-supplies")
        assert (done.returncode, done.stdout) == (5, "")
        assert "the component is away: see that it runs" in done.stderr
        assert "--token" not in done.stderr     # nothing of it is there
    finally:
        lab.restart("platend")
    wait_for(lambda: lab.online(DEVICE), 20, "the device is back")


def test_a_terminal_shows_what_is_waited_for(lab, stopped):
    with Terminal([lab.env["PLATEN"], "-c", lab.env["PLATEN_CONFIG"], "request",
                   lab.jid(DEVICE), "get-information", "--timeout", "60"]) as command:
        command.expect("submitting, 0 s")
        command.expect("transmitted, ")
        stopped()
        command.expect("\r\x1b[K")
        assert command.end() == 0
    assert "Information" in command.said
    assert "LAB000001" in command.said


def test_a_terminal_shows_that_the_component_is_away(lab, stopped):
    with Terminal([lab.env["PLATEN"], "-c", lab.env["PLATEN_CONFIG"], "request",
                   lab.jid(DEVICE), "get-status", "--timeout", "60"]) as command:
        command.expect("transmitted, ")
        lab.kill("platend")
        command.expect("the component is away, ", 40)
        stopped()
        lab.restart("platend")
        assert command.end(60) == 0


def test_a_list_of_nothing_says_so_to_people_only(lab):
    with Terminal([lab.env["PLATEN"], "-c", lab.env["PLATEN_CONFIG"], "devices",
                   "model=none"]) as command:
        assert command.end() == 0
    assert command.said.startswith("No device")
    assert lab.run("devices", "model=none").stdout == ""


def test_a_list_ends_with_its_reader(lab):
    """As head(1) does; but a disk that is full is an error."""
    words = [lab.env["PLATEN"], "-c", lab.env["PLATEN_CONFIG"], "devices", "--csv"]
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as pipe, open("/dev/full", "w", encoding="ascii") as full:
        gone = subprocess.run(words, stdout=pipe, stderr=subprocess.PIPE, text=True, timeout=60)
        done = subprocess.run(words, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60)
    assert (gone.returncode, gone.stderr) == (0, "")
    assert done.returncode == 1
    assert done.stderr == "platen: output: cannot write the output: No space left on device\n"


def test_a_name_of_several_devices_is_told_with_them(lab):
    state = lab.dir / "devices/mfp-0002/state.xml"
    before = state.read_text()
    state.write_text(before.replace("LAB000002", "LAB000001"))
    try:
        lab.ask("request", lab.jid("mfp-0002"), "get-information")
        done = lab.run("device", "LAB000001")
    finally:
        state.write_text(before)
        lab.ask("request", lab.jid("mfp-0002"), "get-information")
    assert done.returncode == 1
    assert (f"'LAB000001' may be one of {lab.jid('mfp-0001')}, {lab.jid('mfp-0002')}"
            in done.stderr)
    assert lab.run("device", "LAB000002").returncode == 0
    done = lab.run("device", "LAB000009")
    assert done.returncode == 1
    assert "there is no device 'LAB000009' of yours" in done.stderr


def test_a_missing_right_is_explained(lab):
    units = lab.dir / "platend/units.conf"
    before, reads = units.read_text(), lab.log("platend").count("was read again")

    def reload(text):
        nonlocal reads
        units.write_text(text)
        os.kill(int(lab.env["PLATEND_PID"]), signal.SIGHUP)
        reads += 1
        wait_for(lambda: lab.log("platend").count("was read again") == reads, 10, "read again")

    reload(before.replace("view request configure", "view"))
    try:
        for command, right in (("get-status", "request"), ("reboot", "configure")):
            done = lab.run("request", lab.jid(DEVICE), command)
            assert (done.returncode, done.stdout) == (4, "")
            assert f"({command} needs '{right}' or a right of its own)" in done.stderr
    finally:
        reload(before)
