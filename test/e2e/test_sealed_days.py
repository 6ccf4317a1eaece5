"""Days that are over: sealed, listed with the others, followed by what comes late, removed,
and copied while the component runs."""
import shutil
import time

import pytest

from client import Client
from days import DAY_MS, OUTCOME, Day, stamp
from lab import wait_for
from schemas import OPERATION

RSM = "http://jabber.org/protocol/rsm"


@pytest.fixture
def lab(new_lab):
    return new_lab(devices=1)


def full_day(lab, days_ago, n=9):
    """In two segments: the second begins in the middle of the requests."""
    day = Day(lab, days_ago)
    for number in range(n):
        request = day.accept()
        if number == n // 2:
            day.write()
        status = "failed" if number % 4 == 3 else "responded"
        day.end(request, status, outcome=OUTCOME)
    day.write(segment=1)
    return day


def start_with(lab, make):
    """platend is away while make() writes; its result."""
    lab.kill("platend")
    made = make()
    lab.restart("platend")
    return made


def seal(*days):
    wait_for(lambda: all(day.is_sealed() for day in days), 30, "sealed")


def pages(lab, operator, order, backwards, size=4):
    """The ids of a whole list, page by page, in the direction of the walk."""
    place, found = "", []
    while True:
        element = f"<before>{place}</before>" if backwards else f"<after>{place}</after>"
        element = element if place else "<before/>" if backwards else ""
        answer = operator.iq("get", lab.component,
                             f"<requests xmlns='{OPERATION}' order='{order}'><set xmlns='{RSM}'>"
                             f"<max>{size}</max>{element}</set></requests>")
        rows = [child.get("id") for child in answer[0] if child.get("id")]
        found += rows[::-1] if backwards else rows
        if answer[0].get("more") != "true":
            return found
        place = rows[0] if backwards else rows[-1]


def test_old_days_are_sealed_and_read_as_before(lab):
    days = start_with(lab, lambda: [full_day(lab, days_ago) for days_ago in (5, 3, 2)])
    seal(*days)
    today = lab.ask("request", lab.jid("mfp-0001"), "get-counters")["id"]
    ids = [request for day in days for request in day.ids] + [today]
    row = lab.ask("status", days[0].ids[2])
    assert (row["status"], row["command"]) == ("responded", "get-counters")
    assert [row["id"] for row in lab.list("requests")] == ids[::-1]
    assert [row["id"] for row in lab.list("requests", "order=oldest")] == ids
    failed = [row["id"] for row in lab.list("requests", "status=failed")]
    assert failed == [request for day in days[::-1] for request in day.ids[::-1]
                      if day.ids.index(request) % 4 == 3]
    since = lab.list("requests", f"since={stamp(days[1].begin)}", f"until={stamp(days[2].begin)}")
    assert [row["id"] for row in since] == [days[2].ids[0], *days[1].ids[::-1]]
    with Client(lab, "operator") as operator:
        for order in ("newest", "oldest"):
            for backwards in (False, True):
                ascending = (order == "oldest") != backwards
                assert pages(lab, operator, order, backwards) == (ids if ascending else ids[::-1])
    lab.restart("platend")
    assert [row["id"] for row in lab.list("requests")] == ids[::-1]


def test_a_day_stays_open_for_its_late_outcome_and_has_it_when_sealed(lab):
    def make():
        day = full_day(lab, 3)
        request = day.accept(hour=23)
        day.add(request, status="transmitted", transmission="1", attempts="1", cause="sent")
        day.end(request, "no-response", ended=int(time.time() * 1000) - 3600000,
                error="no-answer the device did not answer in time")
        day.write(segment=2)
        other = full_day(lab, 2)
        return day, request, other

    day, request, other = start_with(lab, make)
    seal(other)
    assert not day.is_sealed()
    assert lab.status(request)["status"] == "no-response"
    with Client(lab, "mfp-0001", "late") as device:
        device.send(f"<iq type='result' to='{lab.component}' id='{request}-1'>{OUTCOME}</iq>")
        row = lab.until(request, "responded")
    assert row["late"] is True
    lab.restart("platend")
    seal(day)
    row = lab.status(request)
    assert (row["status"], row["late"]) == ("responded", True)


def test_what_follows_a_sealed_day_is_shown_at_once_and_sealed_with_it(lab):
    day = start_with(lab, lambda: full_day(lab, 2))
    seal(day)

    def follow():
        day.end(day.ids[1], "failed", error="printer-error what")
        late = day.accept(hour=0.5)
        day.end(late, "refused")
        day.write(segment=2)
        return late

    late = follow()
    row = lab.ask_any("status", day.ids[1])
    assert (row["status"], row["command"]) == ("failed", "get-counters")
    expected = [day.ids[0], late, *day.ids[1:9]]
    assert [row["id"] for row in lab.list("requests", "order=oldest")] == expected
    assert not day.is_sealed()
    lab.restart("platend")
    seal(day)
    assert lab.ask_any("status", day.ids[1])["status"] == "failed"
    assert [row["id"] for row in lab.list("requests", "order=oldest")] == expected


def test_days_are_removed_when_they_have_been_kept_long_enough(lab):
    days = start_with(lab, lambda: [full_day(lab, days_ago) for days_ago in (6, 5, 2)])
    waiting = Day(lab, 7)
    request = waiting.accept(device="mfp-0099", hour=20)
    waiting.add(request, expires=stamp(int(time.time() * 1000) + DAY_MS))
    seal(*days)

    def configure():
        waiting.write()
        conf = lab.dir / "platend/platend.conf"
        conf.write_text(conf.read_text().replace("[data]\n", "[data]\nkeep-requests = 4\n"))

    start_with(lab, configure)
    wait_for(lambda: not days[0].path().exists() and not days[1].path().exists(), 30, "removed")
    assert days[2].is_sealed()
    assert waiting.path().exists() and not waiting.is_sealed()
    assert lab.status(request)["status"] == "queued"
    assert f"removed, kept long enough file={days[0].path()}" in lab.log("platend")


def test_a_copy_made_while_days_are_sealed_has_everything(lab, tmp_path):
    """Each day's files are copied in another order, the first before it is sealed and the
    others after that; and requests run."""
    early = {4: (0,), 3: (1,), 2: ()}
    copy, data = tmp_path / "copy", lab.dir / "data"
    days = {}

    def make():
        for days_ago, first in early.items():
            days[days_ago] = full_day(lab, days_ago)
            for segment in first:
                copy_file(days[days_ago].path(segment), copy, data)

    start_with(lab, make)
    before = [lab.ask("request", lab.jid("mfp-0001"), "get-counters")["id"] for _ in range(3)]
    seal(*days.values())
    runs = [lab.start("request", lab.jid("mfp-0001"), "get-counters") for _ in range(5)]
    for path in sorted(data.rglob("*")):
        if path.is_file() and not (copy / path.relative_to(data)).exists():
            copy_file(path, copy, data)
    assert [run.wait(60) for run in runs] == [0] * 5
    for run in runs:
        run.communicate()
    rows = {row["id"]: row for row in lab.list("requests")}

    def restore():
        shutil.rmtree(data)
        shutil.copytree(copy, data)

    start_with(lab, restore)
    seal(*days.values())
    wait_for(lambda: not lab.list("requests", "status=queued") and
             not lab.list("requests", "status=transmitted"), 60, "ended again", pause=0.5)
    restored = {row["id"]: row for row in lab.list("requests")}
    old = [request for day in days.values() for request in day.ids] + before
    assert len(old) == 30
    assert {request: restored.get(request) for request in old} == \
        {request: rows[request] for request in old}
    assert {restored[request]["status"] for request in restored} <= {"responded", "failed"}


def copy_file(path, copy, data):
    target = copy / path.relative_to(data)
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(path, target)
