"""Our device and our command line against a component that is not ours."""
import json
import signal
import time

import pytest

from client import Client, condition, local
from double import ID, Double, later
from schemas import DEVICE, OPERATION


def test_a_device_announces_itself_and_asks_for_its_interval(double):
    lab, component, device = double
    assert device == f"{lab.jid('mfp-0001')}/platen-a"
    keepalive = component.hint()
    assert keepalive.get("stream") == "a"
    number = component.ask("get", device, f"<device xmlns='{DEVICE}'/>")
    facts = component.answer(number, device)[0]
    assert (facts.get("manufacturer"), facts.get("serial")) == ("Platen", "LAB000001")


def test_a_device_obeys_the_interval(double):
    lab, component, _ = double
    component.hint(interval=4)
    before = time.monotonic()
    keepalive = component.hint(interval=300)
    assert 3 <= time.monotonic() - before <= 6
    assert 3 <= int(keepalive.get("idle")) <= 6


def test_the_same_id_is_executed_once_and_its_outcome_repeated(double):
    lab, component, device = double
    component.hint()
    number = ID.format(1)
    first = component.execute(device, number)
    again = component.execute(device, number, transmission=2)
    assert first.get("status") == again.get("status") == "done"
    assert first[0].get("taken") == again[0].get("taken")
    assert lab.executions("mfp-0001") == [number]


def test_an_operation_that_has_expired_is_not_executed(double):
    lab, component, device = double
    component.hint()
    assert component.execute(device, ID.format(2), seconds=-5).get("status") == "expired"
    assert lab.executions("mfp-0001") == []


def test_expiry_is_by_the_components_clock(double):
    """The component's clock is an hour behind ours: what has expired for us has not."""
    lab, component, device = double
    component.hint(seconds=-3600)
    assert component.execute(device, ID.format(3), seconds=-1800).get("status") == "done"
    assert component.execute(device, ID.format(4), seconds=-5400).get("status") == "expired"


@pytest.mark.parametrize("command, arguments, reason", [
    ("make-coffee", "", "unknown-command"),
    ("get-status", "<argument name='colour'>blue</argument>", "unknown-argument"),
])
def test_what_a_device_does_not_know_it_refuses(double, command, arguments, reason):
    _, component, device = double
    component.hint()
    outcome = component.execute(device, ID.format(5), command, arguments=arguments)
    assert outcome.get("status") == "refused"
    assert outcome[0].get("condition") == reason


def test_a_device_comes_back_when_the_component_does(double):
    lab, component, device = double
    component.hint()
    component.close()
    with Double.component(lab) as again:
        # Nobody tells a device that the component was away: its next keep-alive does, or
        # a question to it.
        number = again.ask("get", device, f"<device xmlns='{DEVICE}'/>")
        assert again.answer(number, device)[0].get("serial") == "LAB000001"
        assert again.execute(device, ID.format(6)).get("status") == "done"


def test_a_device_announces_itself_to_a_component_that_has_restarted(double):
    """Which the answer to a keep-alive shows, on a stream that has lasted."""
    lab, component, device = double
    component.hint(interval=2, instance="one")
    component.hint(interval=2, instance="one")
    component.hint(interval=300, instance="two")
    assert component.presence(lab.jid("mfp-0001")).get("from") == device


REQUEST = ("<request xmlns='{ns}' id='{id}' device='mfp-0001@localhost' command='get-status'"
           " operator='operator@localhost' unit='lab' status='{status}' created='{time}'"
           " expires='{time}' attempts='1' max_attempts='3'>{content}</request>")


def row(status, content=""):
    return REQUEST.format(ns=OPERATION, id=ID.format(9), status=status, time=later(0),
                          content=content)


def submitted(component):
    """The submit of a command line that has been started, answered."""
    iq = component.take(lambda stanza: local(stanza) == "iq" and stanza.get("type") == "set"
                        and stanza[0].tag == f"{{{OPERATION}}}request", 20)
    component.reply(iq, f"<request xmlns='{OPERATION}' id='{ID.format(9)}' status='queued'/>")
    return iq


def test_the_command_line_waits_for_what_it_is_told(double):
    lab, component, _ = double
    command = lab.start("--json", "request", lab.jid("mfp-0001"), "get-status")
    iq = submitted(component)
    assert iq[0].get("device") == lab.jid("mfp-0001")
    component.send(f"<message type='headline' from='{component.jid}' to='{iq.get('from')}'"
                   f" id='{ID.format(9)}'><body>done</body>"
                   + row("failed", "<error condition='printer-error'>paper \u009b31m jam</error>")
                   + "</message>")
    out, err = command.communicate(timeout=20)
    assert command.returncode == 1, (out, err)
    answer = json.loads(out)
    assert answer["status"] == "failed"
    assert answer["error"]["condition"] == "printer-error"


def test_the_command_line_asks_when_it_is_not_told(double):
    lab, component, _ = double
    command = lab.start("--json", "request", lab.jid("mfp-0001"), "get-status")
    submitted(component)
    question = component.take(lambda stanza: local(stanza) == "iq" and stanza.get("type") == "get"
                              and stanza[0].tag == f"{{{OPERATION}}}requests", 20)
    assert question[0].get("id") == ID.format(9)
    component.reply(question, f"<requests xmlns='{OPERATION}'>{row('no-response')}</requests>")
    out, err = command.communicate(timeout=20)
    assert command.returncode == 3, (out, err)


def test_the_command_line_believes_nobody_but_the_component(double):
    lab, component, _ = double
    command = lab.start("--json", "request", lab.jid("mfp-0001"), "get-status")
    iq = submitted(component)
    with Client(lab, "mfp-0001", "liar") as liar:
        liar.send(f"<message type='headline' to='{iq.get('from')}' id='{ID.format(9)}'>"
                  + row("failed") + "</message>")
        question = component.take(lambda stanza: local(stanza) == "iq"
                                  and stanza.get("type") == "get" and len(stanza)
                                  and stanza[0].tag == f"{{{OPERATION}}}requests", 20)
        component.reply(question, f"<requests xmlns='{OPERATION}'>{row('cancelled')}</requests>")
        out, err = command.communicate(timeout=20)
    assert json.loads(out)["status"] == "cancelled", err


def test_control_characters_do_not_reach_the_terminal(double):
    lab, component, _ = double
    command = lab.start("request", lab.jid("mfp-0001"), "get-status")
    iq = submitted(component)
    component.send(f"<message type='headline' from='{component.jid}' to='{iq.get('from')}'"
                   f" id='{ID.format(9)}'>"
                   + row("failed", "<error condition='printer-error'>a\u009b31mb\u202ec</error>")
                   + "</message>")
    out, err = command.communicate(timeout=20)
    assert command.returncode == 1
    assert not {"\u009b", "\u202e", "\x1b"} & set(out + err)


@pytest.mark.parametrize("error, status", [("forbidden", 4), ("item-not-found", 1),
                                           ("resource-constraint", 5)])
def test_an_error_becomes_an_exit_status(double, error, status):
    lab, component, _ = double
    command = lab.start("--json", "request", lab.jid("mfp-0001"), "get-status")
    iq = component.take(lambda stanza: local(stanza) == "iq" and stanza.get("type") == "set", 20)
    component.send(f"<iq type='error' from='{component.jid}' to='{iq.get('from')}'"
                   f" id='{iq.get('id')}'><error type='cancel'>"
                   f"<{error} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
                   "<text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>no</text></error></iq>")
    out, err = command.communicate(timeout=60)
    assert command.returncode == status, (out, err)
    assert json.loads(out)["error"]["condition"] == error


def test_the_command_line_serves_nobody(double):
    """But each question has its answer (RFC 6120 section 8.2.3)."""
    lab, component, _ = double
    command = lab.start("--json", "request", lab.jid("mfp-0001"), "get-status")
    where = submitted(component).get("from")
    for kind, payload in (("get", "<ping xmlns='urn:xmpp:ping'/>"),
                          ("set", "<x xmlns='urn:unheard-of'/>")):
        answer = component.iq(kind, where, payload, valid=False)
        assert condition(answer) == ("cancel", "service-unavailable", None)
    command.send_signal(signal.SIGINT)
    assert command.wait(20) == 130
    command.communicate()


BAD_ANSWERS = {
    "nothing": ("", ["devices"], "devices.localhost answered without <devices/>"),
    "something else": ("<x xmlns='urn:x'/>", ["devices"],
                       "devices.localhost answered without <devices/>"),
    "no request": ("<x xmlns='urn:x'/>", ["request", "mfp-0001", "get-status"],
                   "devices.localhost answered without a request's id"),
    "a request without an id": (f"<request xmlns='{OPERATION}' status='queued'/>",
                                ["request", "mfp-0001", "get-status"],
                                "devices.localhost answered without a request's id"),
}


def test_an_answer_that_is_none_is_told(double):
    lab, component, _ = double
    for name, (payload, words, said) in BAD_ANSWERS.items():
        command = lab.start(*words)
        iq = component.take(lambda stanza: local(stanza) == "iq" and len(stanza)
                            and stanza[0].tag.startswith(f"{{{OPERATION}}}"))
        component.reply(iq, payload, valid=False)
        out, err = command.communicate(timeout=20)
        assert (command.returncode, out) == (5, ""), (name, out, err)
        assert f"platen: bad-answer: {said}; see that it is a Platen component\n" == err
