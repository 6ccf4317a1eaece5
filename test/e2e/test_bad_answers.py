"""A device whose answers are no outcomes costs its own request, and nothing else."""
import pytest

from client import Client, local
from schemas import DEVICE, MFP, OPERATION

NAME = "mfp-0002"
CSI = "&#x9b;"


def outcome(inside, status="done"):
    return f"<outcome xmlns='{OPERATION}' status='{status}'>{inside}</outcome>"


ANSWERS = {
    "nothing": ("", "bad-outcome"),
    "something else": ("<x xmlns='urn:x'/>", "bad-outcome"),
    "an outcome of another house": ("<outcome xmlns='urn:x' status='done'/>", "bad-outcome"),
    "a status that is none": (outcome("", "splendid"), "bad-outcome"),
    "a level that cannot be": (
        outcome(f"<supplies xmlns='{MFP}' source='snmp' taken='2026-01-02T03:04:05.678Z'>"
                "<supply index='1.1' level='-9' capacity='7'/></supplies>"), "bad-outcome"),
    "deep": (outcome("<a xmlns='urn:x'>" + "<a>" * 20 + "</a>" * 20 + "</a>"), "too-large"),
    "over 64 KiB": (outcome("<a xmlns='urn:x'>" + "x" * 70000 + "</a>"), "too-large"),
}


@pytest.fixture(scope="module")
def device(lab):
    """A stream of the device that is newer than its own: requests go there."""
    with Client(lab, NAME, "platen-b") as client:
        client.send(f"<presence to='{lab.component}'><device xmlns='{DEVICE}' model='odd'/>"
                    "</presence>")
        yield client


def answer_next(lab, device, payload):
    """The row of a request that is answered with this."""
    number = lab.queue(NAME)
    operation = device.take(lambda stanza: local(stanza) == "iq" and len(stanza)
                            and stanza[0].get("id") == number)
    device.reply(operation, payload, valid=False)
    return lab.until(number, seconds=20)


@pytest.mark.parametrize("name", ANSWERS)
def test_a_bad_answer_is_a_failure_that_says_why(lab, device, name):
    payload, reason = ANSWERS[name]
    row = answer_next(lab, device, payload)
    assert (row["status"], row["error"]["condition"]) == ("failed", reason)
    assert row["error"]["text"]
    assert answer_next(lab, device, outcome(""))["status"] == "responded"
    assert lab.ask("request", lab.jid("mfp-0001"), "get-status")["status"] == "responded"


def test_what_a_device_says_reaches_no_terminal_raw(lab, device):
    reason = f"<reason condition='printer-error'>{CSI}2J &#x202e;moc</reason>"
    row = answer_next(lab, device, outcome(reason, "failed"))
    assert "\x9b" in row["error"]["text"]
    for args in (["status", row["id"]], ["requests", f"id={row['id']}", "--csv"]):
        shown = lab.run(*args).stdout
        assert "printer-error" in shown
        assert not set(shown) & {"\x9b", "\x1b", "\u202e"}
    assert "\x9b" not in lab.log("platend")


def test_the_stream_of_the_component_has_lasted(lab, device):
    """The first one: there is no word of a second."""
    assert answer_next(lab, device, outcome(""))["status"] == "responded"
    assert lab.log("platend").count(" link: online ") == 1
