"""The JSON of `platen --json`, key by key, and its exit statuses; its CSV."""
import csv
import io
import json
import re

import pytest

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")

REQUEST = {"id", "device", "via", "command", "operator", "unit", "status", "cause", "created",
           "transmitted", "responded", "ended", "response_ms", "attempts", "expires", "late",
           "error", "outcome"}
DEVICE = {"device", "via", "unit", "online", "since", "manufacturer", "model", "serial", "firmware",
          "location", "mac", "name", "address", "host", "supplies", "counters", "taken",
          "decommissioned", "successor", "predecessor", "warnings"}
SUPPLY = {"index", "description", "class", "type", "colorant", "unit", "capacity", "level",
          "percent", "state"}


def times(row, *names):
    for name in names:
        assert TIME.fullmatch(row[name]), (name, row[name])


def test_a_request(lab):
    row = lab.ask("request", lab.jid("mfp-0001"), "get-supplies")
    assert set(row) == REQUEST
    assert UUID7.fullmatch(row["id"])
    times(row, "created", "transmitted", "responded", "ended", "expires")
    assert row["operator"] == lab.env["OPERATOR"]
    assert (row["device"], row["via"], row["unit"]) == (lab.jid("mfp-0001"), None, "lab")
    assert (row["command"], row["error"], row["late"]) == ("get-supplies", None, False)
    assert isinstance(row["response_ms"], int) and row["attempts"] == 1
    assert set(row["outcome"]) == {"source", "taken", "supplies"}
    times(row["outcome"], "taken")
    for supply in row["outcome"]["supplies"]:
        assert set(supply) == SUPPLY
    assert lab.ask("status", row["id"]) == row
    assert lab.list("requests", f"id={row['id']}") == [row]


def test_counters_status_and_information(lab):
    counters = lab.ask("request", lab.jid("mfp-0001"), "get-counters")["outcome"]
    assert set(counters) == {"source", "taken", "counters"}
    assert set(counters["counters"][0]) == {"name", "index", "value", "unit"}
    status = lab.ask("request", lab.jid("mfp-0001"), "get-status")["outcome"]
    assert set(status) == {"source", "taken", "state", "errors", "alerts", "console",
                           "power_on_s", "operation_s"}
    assert set(status["alerts"][0]) == {"index", "severity", "group", "code", "description"}
    facts = lab.ask("request", lab.jid("mfp-0001"), "get-information")["outcome"]
    assert set(facts) == {"source", "taken", "manufacturer", "model", "serial", "firmware",
                          "location", "mac", "name", "address", "host"}


def cells(lab, *args):
    """What a reader of CSV makes of it: one object a line, by the names in the head."""
    done = lab.run(*args, "--csv")
    assert (done.returncode, done.stderr) == (0, "")
    return list(csv.DictReader(io.StringIO(done.stdout, newline="")))


def test_lists_as_csv_hold_what_json_holds(lab):
    lab.ask("request", lab.jid("mfp-0001"), "get-counters")
    for command in ("devices", "requests"):
        rows = cells(lab, command)
        assert rows and None not in rows[0]
        for row, same in zip(rows, lab.list(command), strict=True):
            same["warnings"] = " ".join(w["condition"] for w in same.get("warnings", []))
            for name in set(row) & set(same):
                value = same[name]
                text = value if isinstance(value, str) else json.dumps(value)
                assert row[name] == ("" if value is None else text), name


def test_csv_of_nothing_is_its_head(lab):
    assert cells(lab, "requests", "device=mfp-9999@localhost") == []
    done = lab.run("requests", "device=mfp-9999@localhost", "--csv")
    assert done.stdout.startswith("id,device,") and done.stdout.count("\n") == 1
    assert lab.run("devices", "--csv", "--json").returncode == 2
    assert lab.run("status", "x", "--csv").returncode == 2


def test_a_device(lab):
    lab.ask("request", lab.jid("mfp-0001"), "get-supplies")
    row = lab.ask("device", lab.jid("mfp-0001"))
    assert set(row) == DEVICE
    times(row, "since", "taken")
    assert row["online"] is True
    assert all(set(supply) == SUPPLY for supply in row["supplies"])
    assert row in lab.list("devices")


def test_a_request_that_nobody_waits_for(lab):
    row = lab.ask("request", lab.jid("mfp-0001"), "get-status", "--no-wait")
    assert set(row) == REQUEST
    assert (row["status"], row["outcome"], row["ended"]) == ("queued", None, None)
    assert lab.until(row["id"])["status"] == "responded"


def test_options_stand_anywhere(lab):
    one = lab.run("request", lab.jid("mfp-0001"), "--timeout", "9", "get-status", "--json",
                  "--attempts=2")
    assert one.returncode == 0, one.stderr
    assert one.stdout.count("\n") == 1


@pytest.mark.parametrize("args, status", [
    (["request"], 2),
    (["request", "mfp-0001@localhost"], 2),
    (["no-such-command"], 2),
    (["requests", "colour=blue"], 2),
    (["request", "mfp-0001@localhost", "get-status", "--attempts", "many"], 2),
    (["device", "mfp-9999@localhost"], 1),
    (["status", "01890a5d-ac96-774b-bcce-b302099a8057"], 1),
    (["request", "mfp-9999@localhost", "get-status"], 1),
    (["request", "mfp-0001@localhost", "make-coffee"], 1),
])
def test_exit_statuses(lab, args, status):
    done = lab.run("--json", *args)
    assert done.returncode == status, (done.returncode, done.stdout, done.stderr)
    error = json.loads(done.stdout)["error"]
    assert set(error) == {"condition", "text"} and error["text"]
    assert (error["condition"] == "usage") == (status == 2)


def test_people_get_a_table(lab):
    done = lab.run("request", lab.jid("mfp-0002"), "get-supplies")
    assert done.returncode == 0
    assert "Black Toner" in done.stdout
    assert "\x1b" not in done.stdout + done.stderr, "escape sequences in a pipe"


def test_no_connection_is_5(lab, tmp_path):
    conf = tmp_path / "platen.conf"
    text = open(lab.env["PLATEN_CONFIG"], encoding="utf-8").read()
    conf.write_text(re.sub(r"(?m)^port = .*", "port = 1", text))
    done = lab.run("--json", "devices", config=str(conf))
    assert done.returncode == 5, (done.stdout, done.stderr)
