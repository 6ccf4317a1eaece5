"""The lives of requests: who sends, who receives."""
import pytest

from client import condition
from story import progress, story


@pytest.fixture
def cast(lab):
    with story(lab) as both:
        yield both


def test_what_takes_long(cast):
    operator, device = cast
    device.comes()
    number = operator.submits("reboot")
    device.answers(device.receives("operation", number), "in-progress")
    operator.sees(number, "running")

    # What only reads passes it, what changes something waits.
    second = operator.submits("reboot")
    third = operator.submits("get-status")
    device.answers(device.receives("operation", third), "done")
    assert operator.is_told(third).get("status") == "responded"
    device.receives_nothing("operation", second)

    assert device.tells(number, "in-progress", progress(40, "it starts")).get("type") == "result"
    row = operator.sees(number, "running")
    assert row["response_ms"] is None and row["error"] is None

    assert device.tells(number, "done").get("type") == "result"
    assert operator.is_told(number).get("status") == "responded"
    device.answers(device.receives("operation", second), "done")
    assert operator.is_told(second).get("status") == "responded"

    # It has not heard that this was taken.
    assert device.tells(number, "done").get("type") == "result"


def test_a_device_that_goes_in_the_middle_and_comes_back(cast):
    operator, device = cast
    device.comes()
    number = operator.submits("reboot")
    device.answers(device.receives("operation", number), "in-progress", progress(0, "now"))
    operator.sees(number, "running")
    device.goes()
    operator.sees(number, "running")

    device.comes()
    question = device.receives("outcome", number)
    assert question.get("type") == "get"
    device.answers(question, "in-progress", progress(90, "almost"))
    device.receives_nothing("operation", number)
    device.tells(number, "done")
    assert operator.is_told(number).get("status") == "responded"


def test_a_device_that_has_forgotten_what_it_began(cast):
    operator, device = cast
    device.comes()
    number = operator.submits("reboot")
    device.answers(device.receives("operation", number), "in-progress")
    operator.sees(number, "running")
    device.goes()
    device.comes()
    device.answers(device.receives("outcome", number), "unknown",
                   "<reason condition='interrupted'>the power was off</reason>")
    told = operator.is_told(number)
    assert told.get("status") == "unknown"
    device.receives_nothing("operation", number)

    # Its panel knows it after all.
    device.tells(number, "done")
    told = operator.is_told(number)
    assert (told.get("status"), told.get("late")) == ("responded", "true")


def test_platend_dies_while_it_runs(cast, lab):
    operator, device = cast
    device.comes()
    number = operator.submits("reboot")
    device.answers(device.receives("operation", number), "in-progress")
    operator.sees(number, "running")
    lab.kill("platend")
    lab.restart("platend")
    operator.sees(number, "running")
    device.comes()
    device.answers(device.receives("outcome", number), "done")
    assert operator.is_told(number).get("status") == "responded"


# Cancelled in each state.

def test_queued_and_cancelled(cast):
    operator, device = cast
    number = operator.submits("reboot")
    assert operator.cancels(number) == "cancelled"
    told = operator.is_told(number)
    assert (told.get("status"), told.get("cause")) == ("cancelled", "cancel")
    assert operator.cancels(number) == "cancelled"
    device.comes()
    device.receives_nothing("operation", number)


def test_transmitted_and_cancelled(cast):
    operator, device = cast
    device.comes()
    number = operator.submits("reboot")
    device.receives("operation", number)
    assert operator.cancels(number) == "cancelling"
    order = device.receives("cancel", number)
    assert order.get("type") == "set" and order[0].get("command") == "reboot"
    device.answers(order, "cancelled")
    told = operator.is_told(number)
    assert (told.get("status"), told.get("cause")) == ("cancelled", "outcome")


def test_transmitted_cancelled_and_done_all_the_same(cast):
    operator, device = cast
    device.comes()
    number = operator.submits("reboot")
    execute = device.receives("operation", number)
    assert operator.cancels(number) == "cancelling"
    device.answers(device.receives("cancel", number), "done")
    assert operator.is_told(number).get("status") == "responded"
    device.answers(execute, "done")
    assert operator.sees(number)["status"] == "responded"


def test_running_and_cancelled(cast):
    operator, device = cast
    device.comes()
    number = operator.submits("reboot")
    device.answers(device.receives("operation", number), "in-progress")
    operator.sees(number, "running")
    assert operator.cancels(number) == "cancelling"
    device.answers(device.receives("cancel", number), "in-progress", progress(99, "too late"))
    assert operator.sees(number, "cancelling")["status"] == "cancelling"
    assert operator.cancels(number) == "cancelling"
    device.tells(number, "failed", "<reason condition='busy'>it prints</reason>")
    assert operator.is_told(number).get("status") == "failed"


def test_cancelled_when_nobody_answers(cast):
    operator, device = cast
    device.comes()
    number = operator.submits("reboot", timeout=2)
    device.receives("operation", number)
    assert operator.cancels(number) == "cancelling"
    device.receives("cancel", number)
    told = operator.is_told(number)
    assert (told.get("status"), told.get("cause")) == ("cancelled", "silent")

    # It was done, and the answer was late.
    device.tells(number, "done")
    told = operator.is_told(number)
    assert (told.get("status"), told.get("late")) == ("responded", "true")


def test_ended_and_cancelled(cast):
    operator, device = cast
    device.comes()
    number = operator.submits("get-status")
    device.answers(device.receives("operation", number), "done")
    operator.is_told(number)
    assert condition(operator.cancels(number)) == ("cancel", "item-not-found", "unknown-request")


def test_what_goes_first(cast):
    operator, device = cast
    device.comes()
    under_way = operator.submits("get-status")
    execute = device.receives("operation", under_way)
    old = operator.submits("get-supplies")
    other = operator.submits("get-counters")
    new = operator.submits("get-supplies", supersede="true")
    urgent = operator.submits("get-information", priority="emergency")
    told = operator.is_told(old)
    assert (told.get("status"), told.get("cause")) == ("cancelled", "superseded")
    device.answers(execute, "done")
    for number in (urgent, new, other):
        execute = device.receives("operation")
        assert execute[0].get("id") == number
        device.answers(execute, "done")
        assert operator.is_told(number).get("status") == "responded"


def test_a_link_that_dies_without_a_word(cast):
    """The server knows nothing of it: the request is sent until its attempts are used, then the
    device is asked whether it is there at all."""
    operator, device = cast
    device.comes()
    number = operator.submits("get-status", timeout=1, attempts=2)
    device.receives("operation", number)
    device.receives("operation", number)
    told = operator.is_told(number)
    assert (told.get("status"), told.get("cause")) == ("no-response", "no-answer")
    device.receives("device")
    second = operator.submits("get-status", timeout=60)
    device.receives("operation", second)

    # No answer comes to that either: from now on nothing is thrown after it.
    row = operator.sees(second, "queued")
    assert (row["cause"], row["attempts"]) == ("offline", 0)
    device.comes()
    device.answers(device.receives("operation", second), "done")
    assert operator.is_told(second).get("status") == "responded"
