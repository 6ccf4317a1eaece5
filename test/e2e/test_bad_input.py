"""What comes from strangers and from those who make mistakes, with the exact answer to it:
type, condition, our own condition, text."""
import pathlib
import signal
import os
import re

import pytest

from client import Client, condition, local
from lab import wait_for
from schemas import DEVICE, OPERATION

TEXT = ".//{urn:ietf:params:xml:ns:xmpp-stanzas}text"
GOOD = {"device": "mfp-0001@localhost", "command": "get-status"}
BAD_REQUEST = ("modify", "bad-request", None)
NOBODY = "01890a5d-ac96-774b-bcce-b302099a8057"


def submit(inside="", **changes):
    attributes = "".join(f" {key}='{value}'" for key, value in {**GOOD, **changes}.items())
    return f"<request xmlns='{OPERATION}'{attributes}>{inside}</request>"


def argument(name, value=""):
    return f"<argument name='{name}'>{value}</argument>"


MISTAKES = {
    "an unknown device": (
        submit(device="mfp-9999@localhost"), ("cancel", "item-not-found", "unknown-device"),
        "there is no device mfp-9999@localhost in your units"),
    "an unknown command": (
        submit(command="make-coffee"), ("cancel", "feature-not-implemented", "unknown-command"),
        "there is no command make-coffee"),
    "an unknown attribute": (submit(colour="blue"), BAD_REQUEST, 'unknown attribute "colour"'),
    "an id of the operator's": (submit(id=NOBODY), BAD_REQUEST, 'unknown attribute "id"'),
    "an unknown element": (submit("<colour/>"), BAD_REQUEST, "unknown element <colour/>"),
    "a wrong type": (submit(timeout="soon"), BAD_REQUEST,
                     "timeout is not a whole number from 1 to 86400"),
    "below the range": (submit(attempts=0), BAD_REQUEST,
                        "attempts is not a whole number from 1 to 100"),
    "above the range": (submit(expires=2592001), BAD_REQUEST,
                        "expires is not a whole number from 1 to 2592000"),
    "beyond all ranges": (submit(expires="9" * 40), BAD_REQUEST,
                          "expires is not a whole number from 1 to 2592000"),
    "an argument twice": (submit(argument("media", "a4") + argument("media", "a3")), BAD_REQUEST,
                          "argument media is there twice"),
    "an argument too long": (submit(argument("media", "x" * 4097)), BAD_REQUEST,
                             "argument media is longer than 4096 bytes"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_answered_by_its_name(lab, operator, mistake):
    payload, wanted, text = MISTAKES[mistake]
    answer = operator.iq("set", lab.component, payload, valid=False)
    assert (condition(answer), answer.find(TEXT).text) == (wanted, text)


def test_a_token_with_other_content_names_the_request_that_has_it(lab, operator):
    token = f"bad-input-{lab.server}"
    first = operator.iq("set", lab.component, submit(token=token))[0].get("id")
    again = operator.iq("set", lab.component, submit(token=token))[0].get("id")
    answer = operator.iq("set", lab.component, submit(token=token, command="get-counters"))
    assert again == first
    assert condition(answer) == ("cancel", "conflict", "token-used")
    assert answer.find(TEXT).text == f"this token was used for another request, {first}"


@pytest.mark.parametrize("kind, element", [("set", submit()),
                                           ("get", f"<requests xmlns='{OPERATION}'/>"),
                                           ("get", f"<devices xmlns='{OPERATION}'/>")])
def test_a_device_may_not_do_what_operators_do(lab, kind, element):
    with Client(lab, "mfp-0003", "stranger") as stranger:
        answer = stranger.iq(kind, lab.component, element)
    assert condition(answer) == ("auth", "forbidden", None)
    assert answer.find(TEXT).text == "mfp-0003@localhost is not known here as an operator"


def test_a_device_of_another_unit_is_no_device(lab, operator):
    """The answer does not say whether it is there."""
    units = pathlib.Path(lab.env["UNITS"])
    before, reads = units.read_text(), lab.log("platend").count("was read again")
    units.write_text("[unit other]\ndevices = mfp-0003@localhost\n\n" + before)
    try:
        _reload(lab, reads + 1)
        answer = operator.iq("set", lab.component, submit(device="mfp-0003@localhost"))
        assert condition(answer) == ("cancel", "item-not-found", "unknown-device")
        assert answer.find(TEXT).text == "there is no device mfp-0003@localhost in your units"
        answer = operator.iq("set", lab.component, submit(device="LAB000003"))
        assert condition(answer) == ("cancel", "item-not-found", "unknown-device")
    finally:
        units.write_text(before)
        _reload(lab, reads + 2)
    assert operator.iq("set", lab.component, submit(device="LAB000003")).get("type") == "result"


def test_a_right_that_is_missing_is_named(lab, operator):
    units = pathlib.Path(lab.env["UNITS"])
    before, reads = units.read_text(), lab.log("platend").count("was read again")
    units.write_text(re.sub("= view .*", "= view", before))
    try:
        _reload(lab, reads + 1)
        answer = operator.iq("set", lab.component, submit())
        assert condition(answer) == ("auth", "forbidden", "missing-right")
        assert answer.find(f".//{{{OPERATION}}}missing-right").get("name") == "request"
        assert answer.find(TEXT).text == 'get-status needs the right "request" in unit lab'
    finally:
        units.write_text(before)
        _reload(lab, reads + 2)


def _reload(lab, reads):
    os.kill(int(lab.env["PLATEND_PID"]), signal.SIGHUP)
    wait_for(lambda: lab.log("platend").count("was read again") == reads, 10, "read again")


@pytest.fixture
def device(lab):
    """A newer stream of a device than its own: requests go there."""
    with Client(lab, "mfp-0002", "platen-b") as client:
        client.send(f"<presence to='{lab.component}'><device xmlns='{DEVICE}' model='odd'/>"
                    "</presence>")
        yield client


def outcome(text):
    return (f"<outcome xmlns='{OPERATION}' status='failed'><reason condition='printer-error'>"
            f"{text}</reason></outcome>")


def executed(lab, device):
    """A new request of this device, and the stanza that it came with."""
    number = lab.queue("mfp-0002")
    return number, device.take(lambda stanza: local(stanza) == "iq" and len(stanza)
                               and stanza[0].get("id") == number)


def test_an_outcome_counts_from_who_was_asked_and_once(lab, device, operator):
    number, operation = executed(lab, device)
    forged = (f"<iq type='result' to='{lab.component}' id='{operation.get('id')}'>"
              f"{outcome('forged')}</iq>")
    with Client(lab, "mfp-0003", "stranger") as stranger:
        for client in (stranger, operator):
            client.send(forged)
            assert client.iq("get", lab.component,
                             "<ping xmlns='urn:xmpp:ping'/>").get("type") == "result"
    assert lab.status(number)["status"] == "transmitted"
    device.reply(operation, outcome("the first"))
    row = lab.until(number)
    assert row["error"]["text"] == "the first"
    device.reply(operation, outcome("the second"))
    assert device.iq("get", lab.component, "<ping xmlns='urn:xmpp:ping'/>").get("type") == "result"
    assert lab.status(number) == row


def test_a_device_whose_server_ends_its_stream_costs_its_own_stream(lab):
    """Broken XML, and a stanza of over 256 KiB: the request goes to its other stream."""
    for bad in ("</nothing-of-this-kind>", f"<iq type='result' id='x'><x>{'x' * 300000}</x></iq>"):
        client = Client(lab, "mfp-0002", "platen-b")
        client.send(f"<presence to='{lab.component}'><device xmlns='{DEVICE}' model='odd'/>"
                    "</presence>")
        number, _ = executed(lab, client)
        client.send(bad, valid=False)
        assert lab.until(number)["status"] == "responded"
        assert number in lab.executions("mfp-0002")
        client.close()
    assert lab.log("platend").count(" link: online ") == 1
    assert lab.log("mfp-0002").count("stream: online") == 1
