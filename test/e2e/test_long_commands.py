"""Commands that take long, between our device and a component that is not ours: who sends,
who receives."""
import contextlib
import time

import pytest

from client import condition, local
from conftest import SERVERS
from double import ID, double_of, later
from lab import freeze, thaw, wait_for
from odd import Odd
from schemas import OPERATION

REBOOT = ID.format(1)


@pytest.fixture
def slow(monkeypatch, tmp_path):
    """Devices ask a printer that takes 0.4 s for an answer, and 2.5 s to be restarted; 0.1 s
    is long for a command."""
    with contextlib.closing(Odd(tmp_path)) as printer:
        for key, value in (("SOURCE_TYPE", "snmp"), ("SOURCE_ADDRESS", printer.address),
                           ("SOURCE_COMMUNITY", "good"), ("SOURCE_WRITE_COMMUNITY", "any_slow"),
                           ("SOURCE_TIMEOUT", "10s"), ("REQUESTS_IN_PROGRESS_AFTER", "100ms")):
            monkeypatch.setenv(f"PLATEN_DEVICE_{key}", value)
        yield printer


def told(component, device, status):
    """The next outcome that the device sends by itself."""
    return component.take(lambda stanza: local(stanza) == "iq" and stanza.get("type") == "set"
                          and stanza.get("from") == device and len(stanza)
                          and stanza[0].tag == f"{{{OPERATION}}}outcome"
                          and stanza[0].get("status") == status, 30)


def became(component, device, number):
    """What the device says that became of it."""
    answer = component.iq("get", device, f"<outcome xmlns='{OPERATION}' id='{number}'/>")
    assert answer.get("type") == "result"
    return answer[0]


def nothing_is_told(component, device):
    """What it would have sent by itself is before its answer."""
    became(component, device, ID.format(99))
    assert not any("-outcome\"" in stanza for stanza in component.kept()), component.kept()


def refuse(component, iq):
    component.send(f"<iq type='error' from='{component.jid}' to='{iq.get('from')}'"
                   f" id='{iq.get('id')}'><error type='cancel'><item-not-found"
                   " xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>")


def test_a_device_dies_in_the_middle_and_owes_what_it_knows(slow, double):
    lab, component, device = double
    component.hint()
    # The component asks; the device says that it is at it, and how far.
    first = component.execute(device, REBOOT, "reboot")
    assert (first.get("status"), first[0].text) == ("in-progress", f"looking at {slow.address}")
    progress = told(component, device, "in-progress")
    component.reply(progress)
    assert progress[0][0].text == f"asked {slow.address} to restart"
    # Asked again it says so at once.
    again = component.execute(device, REBOOT, "reboot", transmission=2)
    assert again.get("status") == "in-progress"
    assert slow.sets("any_slow") != []
    # It is killed, and starts again: an outcome is owed, until it is acknowledged.
    component.kill(lab)
    component.hint()
    outcome = told(component, device, "unknown")
    assert outcome[0][0].get("condition") == "interrupted"
    refuse(component, outcome)
    repeated = told(component, device, "unknown")
    assert repeated.get("id") == outcome.get("id")
    component.reply(repeated)
    nothing_is_told(component, device)
    journal = lab.dir / "devices/mfp-0001/state/journal.tsv"
    wait_for(lambda: "\ttold\t" in journal.read_text(), 20, "that is on disk")
    # Also not by its next life, which still knows it.
    component.kill(lab)
    component.hint()
    nothing_is_told(component, device)
    assert became(component, device, REBOOT).get("status") == "unknown"
    assert component.execute(device, REBOOT, "reboot", transmission=3).get("status") == "unknown"
    assert len(slow.sets("any_slow")) == 1


def test_an_outcome_is_told_until_it_is_acknowledged(slow, double):
    lab, component, device = double
    component.hint(interval=2)
    assert component.execute(device, REBOOT, "reboot").get("status") == "in-progress"
    told(component, device, "done")
    # Nobody says that it has come; a component that has restarted gets it at once.
    component.hint(interval=300, instance="two")
    outcome = told(component, device, "done")
    component.reply(outcome)
    assert became(component, device, REBOOT).get("status") == "done"
    nothing_is_told(component, device)


def test_what_waits_behind_another_is_cancelled_and_what_has_begun_is_not(slow, double):
    lab, component, device = double
    component.hint()
    assert component.execute(device, REBOOT, "reboot").get("status") == "in-progress"
    waits, never = ID.format(2), ID.format(3)
    assert component.execute(device, waits, "reboot").get("status") == "in-progress"

    def cancel(number, command="reboot"):
        answer = component.iq("set", device, f"<cancel xmlns='{OPERATION}' id='{number}'"
                              f" command='{command}'/>")
        assert answer.get("type") == "result"
        return answer[0].get("status")

    assert cancel(waits) == "cancelled"
    assert cancel(never) == "cancelled"
    wait_for(lambda: slow.sets("any_slow"), 20, "it is set")
    assert cancel(REBOOT) == "in-progress"
    component.reply(told(component, device, "cancelled"))
    component.reply(told(component, device, "done"))
    component.kill(lab)
    component.hint()
    for number in (waits, never):
        assert component.execute(device, number, "reboot", 2).get("status") == "cancelled"
    assert len(slow.sets("any_slow")) == 1


def test_a_command_that_comes_before_the_time_is_judged_by_it(double):
    """As a server may deliver it that has kept it for a device that was away."""
    lab, component, device = double
    late, good = ID.format(4), ID.format(5)
    for number, seconds in ((late, -5), (good, 30)):
        component.send(f"<iq type='set' from='{component.jid}' to='{device}' id='{number}-1'>"
                       f"<operation xmlns='{OPERATION}' id='{number}' command='get-status'"
                       f" not-after='{later(seconds)}'/></iq>")
    component.hint()
    assert component.answer(f"{late}-1", device)[0].get("status") == "expired"
    assert component.answer(f"{good}-1", device)[0].get("status") == "done"
    assert lab.executions("mfp-0001") == [good]


def send(component, device, number, transmission, seconds):
    """An operation that is valid for seconds; nobody waits for its outcome."""
    component.send(f"<iq type='set' from='{component.jid}' to='{device}'"
                   f" id='{number}-{transmission}'><operation xmlns='{OPERATION}' id='{number}'"
                   f" command='get-status' not-after='{later(seconds)}'/></iq>")


@pytest.fixture(params=SERVERS)
def managed(request, new_lab, monkeypatch):
    """(lab, double, full JID of its device, whose stream is managed)"""
    monkeypatch.setenv("PLATEN_DEVICE_ACCOUNT_STREAM_MANAGEMENT", "yes")
    with double_of(new_lab(server=request.param)) as one:
        yield one


@pytest.mark.parametrize("ends", ["wakes up", "dies"])
def test_with_stream_management_nothing_runs_late(managed, ends):
    """The server keeps a command for a device that sleeps, and bounces it when its next life
    logs in."""
    lab, component, device = managed
    number = ID.format(6)
    component.hint()
    freeze(component.device.pid)
    send(component, device, number, 1, seconds=1)
    time.sleep(2)
    if ends == "dies":
        component.kill(lab)
        component.hint()
    else:
        thaw(component.device.pid)
    answer = component.answer(f"{number}-1", device, seconds=60)
    if ends == "dies":
        assert condition(answer)[1] in ("service-unavailable", "recipient-unavailable")
    else:
        assert answer[0].get("status") == "expired"
    assert lab.executions("mfp-0001") == []
    assert component.execute(device, ID.format(7)).get("status") == "done"


def test_what_a_dead_device_had_acknowledged_is_not_bounced(managed):
    """libstrophe acknowledges what it has read, whether it is answered or not: a device holds
    it until it knows the time, and dies. Asked again its next life sees that it is late."""
    lab, component, device = managed
    number = ID.format(8)
    send(component, device, number, 1, seconds=1)
    # The acknowledgement is before the answer to what was sent later.
    for _ in range(2):
        component.iq("get", device, f"<commands xmlns='{OPERATION}'/>")
    time.sleep(1)
    component.kill(lab)
    component.hint()
    send(component, device, number, 2, seconds=-1)
    assert component.answer(f"{number}-2", device)[0].get("status") == "expired"
    assert not any(f'"{number}-1"' in stanza for stanza in component.kept()), component.kept()
    assert lab.executions("mfp-0001") == []
    assert component.execute(device, ID.format(9)).get("status") == "done"


def test_a_device_says_what_it_can(double):
    lab, component, device = double
    number = component.ask("get", device, f"<commands xmlns='{OPERATION}'/>")
    commands = component.answer(number, device)[0]
    assert [one.get("name") for one in commands] == sorted(one.get("name") for one in commands)
    facts = component.iq("get", device, "<device xmlns='urn:platen:device:1'/>")[0]
    assert facts.get("commands") == commands.get("hash")
    answer = component.iq("set", device, f"<cancel xmlns='{OPERATION}' command='reboot'/>", valid=False)
    assert condition(answer)[1] == "bad-request"
