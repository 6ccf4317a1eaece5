"""What operators did and were denied is recorded, and shown to administrators."""
import csv
import io
import os
import pathlib
import signal

from client import Client, condition
from lab import wait_for
from schemas import OPERATION

EVENT = {"id", "time", "operator", "asked_by", "action", "device", "unit", "command", "request",
         "result", "condition", "text", "suppressed"}
SUBMIT = f"<request xmlns='{OPERATION}' device='{{}}' command='get-counters'/>"


def reload_units(lab, text):
    """units.conf is this from now on; the newest event."""
    before = lab.list("audit", "action=reload")
    pathlib.Path(lab.env["UNITS"]).write_text(text)
    os.kill(int(lab.env["PLATEND_PID"]), signal.SIGHUP)
    return wait_for(lambda: (rows := lab.list("audit", "action=reload")) != before and rows[0],
                    10, "recorded")


def test_a_request_is_recorded(lab):
    row = lab.ask("request", lab.jid("mfp-0001"), "get-counters")
    event, = lab.list("audit", f"request={row['id']}")
    assert set(event) == EVENT
    assert event["asked_by"].startswith(lab.env["OPERATOR"] + "/")
    wanted = {"operator": lab.env["OPERATOR"], "action": "request", "device": lab.jid("mfp-0001"),
              "unit": "lab", "command": "get-counters", "request": row["id"],
              "result": "accepted", "condition": None, "text": None, "suppressed": None}
    assert {key: event[key] for key in wanted} == wanted


def test_what_is_denied_is_recorded(lab):
    assert lab.run("request", "no-such-device", "get-counters").returncode == 1
    event = lab.list("audit", "result=denied", "--limit", "1")[0]
    assert (event["device"], event["unit"], event["request"]) == ("no-such-device", None, None)
    assert event["condition"] == "item-not-found"
    assert "no-such-device" in event["text"]
    assert lab.run("request", lab.jid("mfp-0001"), "make-coffee").returncode == 1
    event = lab.list("audit", "unit=lab", "result=denied", "--limit", "1")[0]
    assert (event["device"], event["command"]) == (lab.jid("mfp-0001"), "make-coffee")


def test_what_a_device_tries_is_recorded(lab):
    with Client(lab, "mfp-0003", "curious") as device:
        answer = device.iq("set", lab.component, SUBMIT.format(lab.jid("mfp-0001")))
        assert condition(answer)[:2] == ("auth", "forbidden")
    event = lab.list("audit", f"operator={lab.jid('mfp-0003')}")[0]
    assert event["asked_by"] == lab.jid("mfp-0003") + "/curious"
    assert (event["device"], event["result"]) == (lab.jid("mfp-0001"), "denied")


def test_lists_for_people_and_spreadsheets(lab):
    lab.ask("request", lab.jid("mfp-0002"), "get-status")
    assert lab.run("request", "=1+1", "get-status").returncode == 1
    head, newest, before = lab.run("audit", "--limit", "2").stdout.splitlines()
    assert head.split() == ["TIME", "OPERATOR", "ACTION", "DEVICE", "RESULT"]
    assert newest.split()[2:7] == [lab.env["OPERATOR"], "request", "get-status", "=1+1", "denied:"]
    assert before.split()[-1] == "accepted"
    text = lab.run("audit", "--limit", "1", "--csv").stdout
    row, = csv.DictReader(io.StringIO(text, newline=""))
    assert set(row) == EVENT
    assert row["device"] == "'=1+1"
    assert lab.run("audit", "colour=red").returncode == 2


def test_a_list_longer_than_a_page(lab, operator):
    questions = [operator.ask("set", lab.component, SUBMIT.format(f"page-{n}")) for n in range(130)]
    for question in questions:
        assert condition(operator.answer(question, lab.component))[1] == "item-not-found"
    rows = lab.list("audit", "order=oldest", "result=denied")
    assert [row["device"] for row in rows if row["device"].startswith("page-")] == \
        [f"page-{n}" for n in range(130)]
    ids = [row["id"] for row in rows]
    assert ids == sorted(set(ids))
    assert [row["id"] for row in lab.list("audit", "result=denied")][::-1] == ids


def test_none_of_a_flood_is_lost_from_the_count(new_lab):
    lab = new_lab(devices=0)
    sent = 600
    with Client(lab, "operator", "flood") as client:
        questions = [client.ask("set", lab.component, SUBMIT.format("flood")) for _ in range(sent)]
        for question in questions:
            assert condition(client.answer(question, lab.component))[1] == "item-not-found"

        def recorded():
            rows = lab.list("audit", f"operator={lab.env['OPERATOR']}")
            told = sum(row["suppressed"] or 0 for row in rows)
            return len([row for row in rows if row["action"] == "request"]) + told == sent

        wait_for(recorded, 60, "the number of those without a row", pause=0.5)
    assert {row["unit"] for row in lab.list("audit") if row["suppressed"]} == {None}


def test_only_administrators_may_see_it(new_lab):
    lab = new_lab(devices=1)
    units = pathlib.Path(lab.env["UNITS"]).read_text()
    event = reload_units(lab, units + "\n[unit other]\noperator admin@localhost = admin\n")
    assert (event["result"], event["operator"], event["text"]) == ("accepted", None, None)
    event = reload_units(lab, units + "\ncolour = red\n")
    assert event["result"] == "denied"
    assert event["text"] == "1 mistake, which the log has"
    pathlib.Path(lab.env["UNITS"]).write_text(units.replace(" admin", ""))
    os.kill(int(lab.env["PLATEND_PID"]), signal.SIGHUP)
    wait_for(lambda: lab.run("audit").returncode == 4, 10, "refused")
    error = lab.ask("audit", status=4)["error"]
    assert error["condition"] == "forbidden"
    assert 'the right "admin"' in error["text"]
    pathlib.Path(lab.env["UNITS"]).write_text(units)
    os.kill(int(lab.env["PLATEND_PID"]), signal.SIGHUP)
    wait_for(lambda: lab.run("audit").returncode == 0, 10, "allowed again")
    refused = lab.list("audit", "action=audit")
    assert {row["condition"] for row in refused} == {"forbidden"}


def test_who_was_denied_finds_it_recorded_after_platend_was_killed(new_lab):
    lab = new_lab(devices=0)
    with Client(lab, "operator", "crash") as client:
        client.iq("set", lab.component, SUBMIT.format("before-the-crash"))
        lab.restart("platend")
    assert lab.list("audit", "device=before-the-crash")[0]["condition"] == "item-not-found"
