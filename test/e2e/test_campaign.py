"""Campaigns: started, watched, ordered and shown by the command line; on both servers."""
import json
import os
import pathlib
import re
import signal
import subprocess

import pytest

from client import Client
from lab import wait_for
from schemas import OPERATION
from terminal import Terminal

CAMPAIGN = {"id", "name", "status", "cause", "by", "command", "operator", "select", "arguments", "units",
            "created", "ended", "estimate", "rate", "growth", "rate_max", "abort", "abort_after",
            "timeout", "attempts", "expires", "members", "online", "retried", "counts", "devices"}
COUNTS = {"waiting", "open", "responded", "failed", "refused", "unknown", "expired", "no_response",
          "cancelled"}
MEMBER = {"device", "unit", "status", "request", "attempts", "online", "error"}
ALL = ("--where", "device=mfp-*@*")
ID = re.compile(r"[0-9a-f-]{36}")


def start(lab, command, *options, where=ALL):
    """One that nobody waits for; its id."""
    return lab.ask("campaign", "start", command, *where, "--no-wait", *options)["id"]


def show(lab, campaign):
    return lab.ask_any("campaign", "show", campaign)


def until(lab, campaign, condition, seconds=30):
    row = {}

    def there():
        row.update(show(lab, campaign))
        return condition(row)

    wait_for(there, seconds, f"{campaign} {row}", pause=0.2)
    return row


def until_status(lab, campaign, status):
    return until(lab, campaign, lambda row: row["status"] == status)


@pytest.fixture
def broken(lab):
    """A device that cannot answer as long as its state file is no XML."""
    path = lab.dir / "devices/mfp-0002/state.xml"
    before = path.read_text()
    path.write_text("<state")
    yield lambda: path.write_text(before)
    path.write_text(before)


def test_all_devices_are_asked_and_each_outcome_is_shown(lab):
    done = lab.run("--json", "campaign", "start", "get-supplies", *ALL, "--name", "toner", "--rate",
                   "600", "--growth", "1.5")
    assert done.returncode == 0, (done.stdout, done.stderr)
    last = json.loads(done.stdout.splitlines()[-1])
    assert (last["status"], last["members"], last["devices"]) == ("finished", 3, None)
    row = lab.ask("campaign", "show", last["id"])
    assert set(row) == CAMPAIGN and set(row["counts"]) == COUNTS
    assert row["counts"]["responded"] == 3 and sum(row["counts"].values()) == 3
    assert (row["name"], row["command"], row["growth"]) == ("toner", "get-supplies", 1.5)
    assert row["units"] == [{"name": "lab", "units": None, "members": None, "online": None}]
    assert row["select"]["device"] == "mfp-*@*" and row["select"]["online"] is None
    assert [set(member) for member in row["devices"]] == [MEMBER] * 3
    assert [m["device"] for m in row["devices"]] == [lab.jid(f"mfp-000{i}") for i in (1, 2, 3)]
    for member in row["devices"]:
        assert (member["status"], member["attempts"], member["error"]) == ("responded", 1, None)
        assert lab.status(member["request"])["device"] == member["device"]
    requests = lab.list("requests", f"campaign={row['id']}")
    assert {r["id"] for r in requests} == {m["request"] for m in row["devices"]}
    listed, = lab.list("campaign", "list", f"id={row['id']}")
    assert {**listed, "devices": row["devices"]} == row


def test_a_dry_run_asks_nobody(lab):
    before = lab.list("requests", "--limit", "1")
    row = lab.ask("campaign", "start", "get-status", "--where", "unit=lab", "--where", "online=true",
                  "--dry-run")
    assert (row["id"], row["members"], row["online"], row["counts"]) == (None, 3, 3, None)
    assert row["units"] == [{"name": "lab", "units": None, "members": 3, "online": 3}]
    assert len(row["devices"]) == 3 and all(m["online"] for m in row["devices"])
    assert lab.list("requests", "--limit", "1") == before
    said = lab.run("campaign", "start", "get-status", "--where", "device=mfp-0001@*", "--dry-run").stdout
    assert "nobody was asked" in said and lab.jid("mfp-0001") in said


def test_one_on_a_terminal_has_a_bar(lab):
    words = [lab.env["PLATEN"], "-c", lab.env["PLATEN_CONFIG"], "campaign", "start", "get-status", *ALL,
             "--rate", "40"]
    with Terminal(words) as terminal:
        terminal.expect("/3 running, 0 bad")
        terminal.expect("40/min")
        terminal.expect("finished, 3 of 3: 3 responded")
        assert terminal.end() == 0


def test_ctrl_c_ends_the_waiting_only(lab):
    words = [lab.env["PLATEN"], "-c", lab.env["PLATEN_CONFIG"], "campaign", "start", "get-status", *ALL,
             "--rate", "1"]
    with Terminal(words) as terminal:
        terminal.expect("/3 running")
        terminal.type("\x03")
        assert terminal.end() == 130
    newest = lab.list("campaign", "list", "--limit", "1")[0]
    assert newest["status"] == "running"
    assert lab.run("campaign", "cancel", newest["id"]).returncode == 0
    until_status(lab, newest["id"], "cancelled")


def test_a_reader_that_goes_ends_the_waiting_only(lab):
    process = lab.start("--json", "campaign", "start", "get-status", *ALL, "--rate", "1")
    try:
        campaign = json.loads(process.stdout.readline())["id"]
        process.stdout.close()
        assert process.wait(60) == 0
        assert process.stderr.read() == ""
        assert show(lab, campaign)["status"] == "running"
    finally:
        process.kill()
        process.wait()
    lab.ask("campaign", "cancel", campaign)


def test_output_that_cannot_be_written_ends_the_waiting_only(lab):
    with open("/dev/full", "w") as full:
        done = subprocess.run([lab.env["PLATEN"], "-c", lab.env["PLATEN_CONFIG"], "campaign", "start",
                               "get-status", *ALL, "--rate", "1"], stdout=full,
                              stderr=subprocess.PIPE, text=True, timeout=60)
    assert done.returncode == 1
    assert "cannot write the output" in done.stderr and "the campaign goes on" in done.stderr
    campaign = ID.search(done.stderr)[0]
    assert show(lab, campaign)["status"] == "running"
    lab.ask("campaign", "cancel", campaign)


def test_plain_lines_where_nobody_looks(lab):
    done = lab.run("campaign", "start", "get-status", *ALL, "--rate", "600")
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert lines[0].startswith("running, 0 of 3")
    assert any("get-status  finished, 3 of 3: 3 responded" in line for line in lines)
    assert "\x1b" not in done.stdout + done.stderr


def test_pause_resume_and_cancel(lab):
    campaign = start(lab, "get-status", "--rate", "60")
    until(lab, campaign, lambda row: row["counts"]["responded"] >= 1)
    assert lab.ask("campaign", "pause", campaign)["status"] == "paused"
    row = until(lab, campaign, lambda row: row["counts"]["open"] == 0)
    assert row["counts"]["waiting"] > 0 and row["estimate"] is None
    assert lab.ask("campaign", "resume", campaign)["status"] == "running"
    until_status(lab, campaign, "finished")
    campaign = start(lab, "get-status", "--rate", "1")
    assert lab.ask("campaign", "cancel", campaign)["status"] in ("cancelling", "cancelled")
    row = until_status(lab, campaign, "cancelled")
    assert row["counts"]["waiting"] == row["counts"]["open"] == 0
    assert sum(row["counts"].values()) == 3
    done = lab.run("--json", "campaign", "resume", campaign)
    assert (done.returncode, json.loads(done.stdout)["error"]["condition"]) == (1, "conflict")
    assert lab.run("campaign", "show", campaign).returncode == 1


def test_what_failed_is_asked_again(lab, broken):
    done = lab.run("campaign", "start", "get-counters", *ALL, "--rate", "600", "--abort", "0")
    assert done.returncode == 1
    campaign = ID.search(done.stdout)[0]
    row = show(lab, campaign)
    assert (row["counts"]["failed"], row["counts"]["responded"]) == (1, 2)
    assert row["devices"][1]["error"]["condition"] == "bad-state-file"
    assert re.search(r"mfp-0002\S+ +failed .* bad-state-file: ", lab.run("campaign", "show",
                                                                       campaign).stdout)
    broken()
    row = lab.ask("campaign", "retry", campaign)
    assert (row["counts"]["waiting"], row["retried"]) == (1, 1)
    row = until_status(lab, campaign, "finished")
    assert [m["attempts"] for m in row["devices"]] == [1, 2, 1]
    assert row["counts"]["responded"] == 3
    assert len(lab.list("requests", f"campaign={campaign}")) == 4
    assert lab.ask("campaign", "retry", campaign)["retried"] == 0
    done = lab.run("campaign", "retry", campaign)
    assert (done.returncode, done.stderr) == (0, "platen: nothing to ask again\n")


def test_it_aborts_by_its_rule(lab, broken):
    done = lab.run("campaign", "start", "get-counters", "--where", "device=mfp-000?@*", "--rate", "20",
                   "--abort", "30", "--abort-after", "2")
    assert done.returncode == 1 and "aborted" in done.stdout
    row = show(lab, ID.search(done.stdout)[0])
    assert (row["status"], row["cause"]) == ("aborted", "ended")
    assert (row["counts"]["failed"], row["counts"]["cancelled"]) == (1, 1)


def test_a_token_starts_it_once(lab):
    first = start(lab, "get-status", "--token", "once")
    assert start(lab, "get-status", "--token", "once") == first
    done = lab.run("campaign", "start", "get-counters", *ALL, "--token", "once", "--no-wait")
    assert done.returncode == 1
    until_status(lab, first, "finished")


def test_who_has_no_right_starts_nothing(lab):
    path = pathlib.Path(lab.env["UNITS"])
    units = path.read_text()
    path.write_text(units.replace(" request", "").replace(" configure", ""))
    os.kill(int(lab.env["PLATEND_PID"]), signal.SIGHUP)
    try:
        wait_for(lambda: lab.run("campaign", "start", "get-status", *ALL, "--dry-run").returncode == 4,
                 10, "refused")
        done = lab.run("campaign", "start", "get-status", "--where", "unit=lab", "--no-wait")
        assert done.returncode == 4 and "needs the right" in done.stderr
    finally:
        path.write_text(units)
        os.kill(int(lab.env["PLATEND_PID"]), signal.SIGHUP)
        wait_for(lambda: lab.run("campaign", "start", "get-status", *ALL, "--dry-run").returncode == 0,
                 10, "allowed again")


@pytest.mark.parametrize("words", [
    ("start", "get-status"), ("start", "get-status", "--where", "colour=red"),
    ("start", "get-status", "--where", "unit=a", "--where", "unit=b"), ("start", "get-status", "x", *ALL),
    ("start",), ("pause",), ("show", "x"), ("stop", "x"), ("list", "colour=red"),
    ("show", "01890a5d-ac96-774b-bcce-b302099a8057", "--rate", "7"),
    *(("start", "get-status", *ALL, "--growth", growth) for growth in
      ("0.9", "nan", "10.001", "1.2345", "1.", "1e1", "0x2")),
    ("start", "get-status", *ALL, "--rate", "10", "--rate-max", "9"),
    ("start", "get-status", *ALL, "--rate-max", "59"), ("list", "status=nosuch"),
])
def test_mistakes_are_told_without_a_connection(lab, words):
    done = lab.run("campaign", *words, config=str(lab.dir / "no-such-file"))
    assert done.returncode == 2, (done.stdout, done.stderr)


def test_its_end_is_told_to_who_has_started_it(lab):
    with Client(lab, "operator") as client:
        answer = client.iq("set", lab.component, f"<campaign xmlns='{OPERATION}' command='get-status' "
                           "name='all' rate='600'><select unit='lab'/></campaign>")
        campaign = answer.find(f"{{{OPERATION}}}campaign").get("id")
        message = client.take(lambda stanza: stanza.tag.endswith("message") and
                              stanza.get("id") == campaign)
    assert "all (get-status): finished, 3 responded" in "".join(message.itertext())
    assert message.find(f"{{{OPERATION}}}campaign").get("status") == "finished"
