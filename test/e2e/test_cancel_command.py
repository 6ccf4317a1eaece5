"""`platen cancel`, what `request` says of a request that runs, and what else a component may be
asked of its life: against a component that is not ours."""
import json
import os
import signal

import pytest

from client import local
from lab import Lab, wait_for
from schemas import OPERATION
from terminal import Terminal
from test_double import ID, Double, row, submitted

NUMBER = ID.format(9)
PROGRESS = ("<outcome status='in-progress'><progress percent='{}'>Writing the flash</progress>"
            "</outcome>")
UNKNOWN = (f"<unknown-request xmlns='{OPERATION}'/>", "item-not-found")


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    one = Lab(tmp_path_factory.mktemp("cancel") / "lab", devices=0)
    platend = one.env["PLATEND_PID"]
    os.kill(int(platend), signal.SIGTERM)
    wait_for(lambda: not os.path.exists(f"/proc/{platend}"), 10, "platend ended")
    yield one
    one.down()


@pytest.fixture
def component(lab):
    with Double.component(lab) as one:
        yield one


def take(component, kind, name):
    """The next IQ with this element."""
    return component.take(lambda stanza: local(stanza) == "iq" and stanza.get("type") == kind
                          and len(stanza) and stanza[0].tag == f"{{{OPERATION}}}{name}", 20)


def cancelled(component, status):
    """Answers the cancel of a command line that has been started."""
    iq = take(component, "set", "cancel")
    assert iq[0].attrib == {"id": NUMBER}
    component.reply(iq, f"<request xmlns='{OPERATION}' id='{NUMBER}' status='{status}'/>")
    return iq


def refuse(component, iq, own, defined, text="there is no such request that is open"):
    component.send(f"<iq type='error' from='{component.jid}' to='{iq.get('from')}'"
                   f" id='{iq.get('id')}'><error type='cancel'>"
                   f"<{defined} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
                   f"<text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>{text}</text>{own}"
                   "</error></iq>")


def tell(component, *rows):
    """Answers the next question for the request."""
    iq = take(component, "get", "requests")
    assert iq[0].get("id") == NUMBER
    component.reply(iq, f"<requests xmlns='{OPERATION}'>{''.join(rows)}</requests>")


def headline(component, to, content):
    component.send(f"<message type='headline' from='{component.jid}' to='{to}' id='{NUMBER}'>"
                   f"{content}</message>")


def end(command, status):
    out, err = command.communicate(timeout=30)
    assert command.returncode == status, (out, err)
    return out, err


@pytest.mark.parametrize("status, content", [("cancelled", ""), ("cancelling", ""),
                                             ("cancelling", PROGRESS.format(40))])
def test_what_is_cancelled_or_will_be_is_shown(lab, component, status, content):
    command = lab.start("--json", "cancel", NUMBER)
    cancelled(component, status)
    tell(component, row(status, content))
    out, err = end(command, 0)
    answer = json.loads(out)
    assert (answer["id"], answer["status"], err) == (NUMBER, status, "")
    assert answer["outcome"] == ({"percent": 40, "text": "Writing the flash"} if content else None)


def test_people_get_what_status_prints(lab, component):
    command = lab.start("cancel", NUMBER)
    cancelled(component, "cancelling")
    tell(component, row("cancelling", PROGRESS.format(40)))
    out, _ = end(command, 0)
    assert out.startswith("mfp-0001@localhost  get-status  cancelling, 40 % Writing the flash\n")
    assert f"  id             {NUMBER}\n" in out


def test_an_answer_without_the_row_is_enough(lab, component):
    command = lab.start("--json", "cancel", NUMBER)
    cancelled(component, "cancelled")
    tell(component)
    out, _ = end(command, 0)
    assert json.loads(out)["status"] == "cancelled"


@pytest.mark.parametrize("status", ["responded", "failed", "no-response"])
def test_what_has_ended_is_told_with_its_end(lab, component, status):
    command = lab.start("--json", "cancel", NUMBER)
    refuse(component, take(component, "set", "cancel"), *UNKNOWN)
    tell(component, row(status))
    out, err = end(command, 1)
    assert (json.loads(out)["status"], err) == (status, "")
    command = lab.start("cancel", NUMBER)
    refuse(component, take(component, "set", "cancel"), *UNKNOWN)
    tell(component, row(status))
    out, err = end(command, 1)
    assert out.startswith(f"mfp-0001@localhost  get-status  {status}")
    assert err == f"platen: ended: it was not cancelled, it has ended: {status}\n"


def test_an_unknown_request_is_not_found(lab, component):
    command = lab.start("--json", "cancel", NUMBER)
    refuse(component, take(component, "set", "cancel"), *UNKNOWN)
    tell(component)
    out, err = end(command, 1)
    error = json.loads(out)["error"]
    assert (error["condition"], err) == ("item-not-found", "")
    assert error["text"] == ("there is no such request that is open; 'platen requests' shows what"
                             " is yours")


@pytest.mark.parametrize("error, own, status", [
    ("forbidden", f"<missing-right xmlns='{OPERATION}' name='configure'/>", 4),
    ("service-unavailable", "", 5),
])
def test_a_refusal_is_told(lab, component, error, own, status):
    command = lab.start("--json", "cancel", NUMBER)
    refuse(component, take(component, "set", "cancel"), own, error)
    out, _ = end(command, status)
    assert json.loads(out)["error"]["condition"] == error


def test_an_answer_that_is_none_is_told(lab, component):
    command = lab.start("cancel", NUMBER)
    iq = take(component, "set", "cancel")
    component.reply(iq, f"<request xmlns='{OPERATION}' id='{NUMBER}' status='queued'/>")
    assert "bad-answer" in end(command, 5)[1]


@pytest.mark.parametrize("status, exit_status", [("cancelled", 0), ("responded", 1)])
def test_who_waits_gets_the_end(lab, component, status, exit_status):
    command = lab.start("--json", "cancel", NUMBER, "--wait")
    iq = cancelled(component, "cancelling")
    tell(component, row("cancelling"))
    headline(component, iq.get("from"), row(status))
    out, _ = end(command, exit_status)
    assert json.loads(out)["status"] == status


def test_ctrl_c_ends_the_waiting_for_the_end(lab, component):
    command = lab.start("cancel", NUMBER, "--wait")
    cancelled(component, "cancelling")
    tell(component, row("cancelling"))
    command.send_signal(signal.SIGINT)
    out, err = end(command, 130)
    assert (out, err) == ("", "platen: interrupted: the request is being cancelled;"
                              f" 'platen status {NUMBER}' asks for it\n")


def test_a_submit_says_that_it_supersedes_and_is_urgent(lab, component):
    command = lab.start("--json", "request", "mfp-0001", "reboot", "--supersede", "--priority",
                        "emergency", "--no-wait")
    iq = submitted(component)
    assert (iq[0].get("supersede"), iq[0].get("priority")) == ("true", "emergency")
    end(command, 0)
    command = lab.start("--json", "request", "mfp-0001", "reboot", "--no-wait")
    iq = submitted(component)
    assert not {"supersede", "priority"} & set(iq[0].attrib)
    end(command, 0)


def test_a_running_request_shows_its_progress_on_a_terminal(lab, component):
    with Terminal([lab.env["PLATEN"], "-c", lab.env["PLATEN_CONFIG"], "request", "mfp-0001",
                   "install-firmware"]) as command:
        iq = submitted(component)
        headline(component, iq.get("from"), row("running", PROGRESS.format(7)))
        command.expect("mfp-0001 install-firmware: running, 7 % Writing the flash, ")
        tell(component, row("running", PROGRESS.format(40)))
        command.expect("running, 40 % Writing the flash, ")
        tell(component, row("running", PROGRESS.format(41)))
        command.expect("running, 41 % Writing the flash, ")
        headline(component, iq.get("from"), row("responded"))
        assert command.end() == 0


def test_status_and_lists_show_progress(lab, component):
    for words, name in (["status", NUMBER], "status"), (["requests"], "requests"):
        command = lab.start(*words)
        iq = take(component, "get", "requests")
        component.reply(iq, f"<requests xmlns='{OPERATION}'>{row('running', PROGRESS.format(40))}"
                        "</requests>")
        out, err = end(command, 0)
        assert "running, 40 % Writing" in out, (name, out, err)
