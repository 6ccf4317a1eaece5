"""`platen stats`: what is counted, in which form."""
import collections
import csv
import io
import os
import re
import signal

import pytest

KEYS = ["key", "requests", "responded", "failed", "refused", "unknown", "expired", "no-response",
        "cancelled", "open", "p50", "p90", "p99", "max"]


@pytest.fixture(scope="module")
def asked(lab):
    """The rows of all requests that there are then."""
    for n, command in enumerate(("get-status", "get-supplies", "get-counters"), 1):
        for _ in range(n):
            lab.ask("request", lab.jid(f"mfp-000{n}"), command)
    lab.ask("request", lab.jid("mfp-0001"), "identify", status=1)
    os.kill(lab.pid("mfp-0003"), signal.SIGTERM)
    lab.ask("request", lab.jid("mfp-0003"), "get-status", "--expires", "1", status=3)
    lab.queue("mfp-0003", "get-status")
    return lab.list("requests")


def count(rows, by):
    """What stats should say of them, but for percentiles."""
    counts = collections.defaultdict(lambda: dict.fromkeys(KEYS[1:10], 0))
    for row in rows:
        status = row["status"] if row["status"] in KEYS else "open"
        counts[row[by]]["requests"] += 1
        counts[row[by]][status] += 1
    return dict(counts)


@pytest.mark.parametrize("by", ["command", "unit", "device"])
def test_counts_are_those_of_the_list(lab, asked, by):
    rows = lab.list("stats", f"by={by}")
    assert {row["key"]: {key: row[key] for key in KEYS[1:10]} for row in rows} == count(asked, by)
    assert all(list(row) == KEYS for row in rows)
    assert [(row["requests"], row["key"]) for row in rows] == sorted(
        ((row["requests"], row["key"]) for row in rows), key=lambda pair: (-pair[0], pair[1]))


def test_times_are_those_of_the_list(lab, asked):
    """Up to 127 ms exactly, above 0.8 % off."""
    for row in lab.list("stats"):
        times = sorted(request["response_ms"] for request in asked
                       if request["command"] == row["key"] and request["response_ms"] is not None)
        assert row["max"] == (times[-1] if times else None)
        for percent in (50, 90, 99):
            got = row[f"p{percent}"]
            exact = times[-(-len(times) * percent // 100) - 1] if times else None
            assert got == exact or abs(got - exact) <= (exact * 0.008 if exact > 127 else 0)


def test_filters(lab, asked):
    assert [row["key"] for row in lab.list("stats", "command=get-counters")] == ["get-counters"]
    assert [row["key"] for row in lab.list("stats", "by=device", "device=mfp-0002")] == [
        lab.jid("mfp-0002")]
    assert lab.list("stats", "unit=none") == []
    assert lab.list("stats", "since=2100-01-01T00:00:00Z") == []
    assert lab.list("stats", f"until={asked[-1]['created']}")[0]["requests"] == 1


def test_people_get_a_table(lab, asked):
    done = lab.run("stats", "by=device")
    assert (done.returncode, done.stderr) == (0, "")
    head, *lines = done.stdout.splitlines()
    assert re.sub(" {2,}", "|", head) == ("DEVICE|REQUESTS|RESPONDED|FAILED|NO ANSWER|CANCELLED|"
                                          "OPEN|P50|P90|P99|MAX")
    assert len(lines) == 3
    assert {len(line) for line in lines} == {len(head)}


def test_csv(lab, asked):
    text = lab.run("stats", "--csv").stdout
    rows = list(csv.DictReader(io.StringIO(text)))
    assert list(rows[0]) == KEYS
    assert sum(int(row["requests"]) for row in rows) == len(asked)


def test_it_pages_by_itself_and_ends_where_it_should(lab, asked):
    assert lab.list("stats", "--limit", "1") == lab.list("stats")[:1]
