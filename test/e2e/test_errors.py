"""What is wrong is refused, with the condition that the protocol names."""
import secrets

import pytest

from client import Client, condition, local
from lab import wait_for
from schemas import DEVICE, OPERATION

GOOD = {"device": "mfp-0001@localhost", "command": "get-status"}


def submit(**changes):
    attributes = "".join(f" {key}='{value}'" for key, value in {**GOOD, **changes}.items()
                         if value is not None)
    return f"<request xmlns='{OPERATION}'{attributes}/>"


WRONG = {
    "unknown attribute": (submit(colour="blue"), ("modify", "bad-request")),
    "unknown element": (submit()[:-2] + "><colour/></request>", ("modify", "bad-request")),
    "argument whose name is none": (submit()[:-2] + "><argument name='a b'/></request>",
                                    ("modify", "bad-request")),
    "no device": (submit(device=None), ("modify", "bad-request")),
    "no command": (submit(command=None), ("modify", "bad-request")),
    "timeout of zero": (submit(timeout=0), ("modify", "bad-request")),
    "timeout over a day": (submit(timeout=86401), ("modify", "bad-request")),
    "attempts of zero": (submit(attempts=0), ("modify", "bad-request")),
    "101 attempts": (submit(attempts=101), ("modify", "bad-request")),
    "attempts no number": (submit(attempts="3x"), ("modify", "bad-request")),
    "expires out of range": (submit(expires=2592001), ("modify", "bad-request")),
    "empty token": (submit(token=""), ("modify", "bad-request")),
    "long token": (submit(token="t" * 129), ("modify", "bad-request")),
    "unknown device": (submit(device="mfp-9999@localhost"), ("cancel", "item-not-found")),
    "device of nobody's unit": (submit(device="other@localhost"), ("cancel", "item-not-found")),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_bad_submit_is_refused(lab, operator, name):
    payload, wanted = WRONG[name]
    before = len(lab.list("requests"))
    answer = operator.iq("set", lab.component, payload, valid=False)
    assert answer.get("type") == "error"
    assert condition(answer)[:2] == wanted
    assert answer.find(".//{urn:ietf:params:xml:ns:xmpp-stanzas}text") is not None
    assert len(lab.list("requests")) == before


def test_an_unknown_command_is_refused_and_named(lab, operator):
    answer = operator.iq("set", lab.component, submit(command="make-coffee"))
    assert condition(answer) == ("cancel", "feature-not-implemented", "unknown-command")


def test_a_token_for_something_else_is_a_conflict(lab, operator):
    assert operator.iq("set", lab.component, submit(token="c1")).get("type") == "result"
    answer = operator.iq("set", lab.component, submit(token="c1", command="get-counters"))
    assert condition(answer)[:2] == ("cancel", "conflict")


def test_what_the_device_has_not_in_its_list_is_refused(lab):
    device = lab.jid("mfp-0001")
    for words, condition_, text in (
            (("get-status", "colour=blue"), "bad-request", "get-status takes no argument colour"),
            (("identify",), "feature-not-implemented", f"{device} has no command identify")):
        error = lab.ask("request", device, *words, status=1)["error"]
        assert error["condition"] == condition_ and error["text"].startswith(text), error


def test_a_stranger_sees_and_does_nothing(lab):
    """An account of the server that units.conf does not know: a device of the lab."""
    with Client(lab, "mfp-0003", "stranger") as stranger:
        assert condition(stranger.iq("set", lab.component, submit()))[1] in ("forbidden",
                                                                             "item-not-found")
        for question in ("requests", "devices"):
            answer = stranger.iq("get", lab.component, f"<{question} xmlns='{OPERATION}'/>")
            rows = [] if answer.get("type") == "error" else [
                row for row in answer[0] if local(row) in ("request", "device")]
            assert rows == []


def test_a_device_does_not_obey_a_stranger(lab, operator):
    operator.send(f"<presence to='{lab.jid('mfp-0001')}'/>")
    answer = operator.iq("set", f"{lab.jid('mfp-0001')}/platen-a",
                         f"<operation xmlns='{OPERATION}' command='get-status'"
                         " id='01890a5d-ac96-774b-bcce-b302099a8057'"
                         " not-after='2099-01-01T00:00:00.000Z'/>")
    assert condition(answer)[1] == "forbidden"
    assert "01890a5d-ac96-774b-bcce-b302099a8057" not in lab.executions("mfp-0001")


def test_what_the_component_does_not_know_is_answered_once(lab, operator):
    answer = operator.iq("get", lab.component, "<x xmlns='urn:unheard-of'/>")
    assert condition(answer)[1] in ("service-unavailable", "feature-not-implemented")
    token = secrets.token_hex(4)
    operator.send(f"<iq type='result' to='{lab.component}' id='{token}'/>")
    operator.send(f"<iq type='error' to='{lab.component}' id='{token}'/>")
    assert operator.iq("get", lab.component, "<ping xmlns='urn:xmpp:ping'/>").get("type") == "result"
    assert not [text for text in operator.kept() if token in text]


def test_nobody_lives_at_a_node_of_the_component(lab, operator):
    for node in (f"printer@{lab.component}", f"{lab.component}/web"):
        answer = operator.iq("get", node, "<ping xmlns='urn:xmpp:ping'/>")
        assert condition(answer) == ("cancel", "service-unavailable", None)
        assert answer.get("from") == node


def test_a_stanza_id_without_measure_is_refused(lab, operator):
    long = "i" * 1025
    operator.send(f"<iq type='get' to='{lab.component}' id='{long}'>"
                  "<ping xmlns='urn:xmpp:ping'/></iq>")
    assert condition(operator.answer(long, lab.component)) == ("modify", "bad-request", None)


def test_an_account_that_no_unit_has_is_told_so(lab, operator):
    operator.send(f"<presence to='{lab.component}'><device xmlns='{DEVICE}' model='x'/></presence>")
    answer = operator.take(lambda stanza: local(stanza) == "presence"
                           and stanza.get("type") == "error")
    assert condition(answer)[1] == "forbidden"


def test_large_and_deep_payloads_harm_nobody(lab, operator):
    deep = "<a>" * 100 + "</a>" * 100
    answer = operator.iq("set", lab.component,
                         f"<request xmlns='{OPERATION}'>{deep}</request>", valid=False)
    assert answer.get("type") == "error"
    large = f"<argument name='a'>{'x' * 100000}</argument>"
    answer = operator.iq("set", lab.component, submit()[:-2] + f">{large}</request>")
    assert answer.get("type") == "error"
    wait_for(lambda: lab.online("mfp-0001"), 10, "the component lives")
