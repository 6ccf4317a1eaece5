"""Devices that sleep, die and are cut off, and a component that dies: who sends, who receives."""
import collections
import contextlib
import itertools
import time

import pytest

from crowd import OPERATION, Crowd
from lab import wait_for
from load import owed, reroute
from proxy import Proxy
from story import NAME, Operator

HOUR, DAY = 3600, 86400
READS = ("get-counters", "get-supplies", "get-status", "get-information")


class Printer:
    """A lab's device NAME, its process and its printer."""

    def __init__(self, lab):
        self._lab = lab

    def goes(self):
        """Its power is off."""
        self._lab.kill(NAME)
        wait_for(lambda: not self._lab.online(NAME), 20, "seen as offline")

    def comes(self):
        self._lab.restart(NAME)

    def freezes(self):
        """Nobody is told: its stream is there."""
        self._lab.freeze(NAME)

    def thaws(self):
        self._lab.thaw(NAME)

    def executed(self):
        return self._lab.executions(NAME)

    def restarts(self):
        return len(self._lab.printers.restarts(NAME))

    def acknowledged(self):
        """Ids whose outcome it was owed to say, each time."""
        return [line.rpartition("id=")[2] for line in self._lab.log(NAME).splitlines()
                if "acknowledged: id=" in line]

    def owes(self):
        return owed(self._lab, NAME)

    def log(self):
        return self._lab.log(NAME)


@pytest.fixture
def cast(request, fault_lab):
    """(lab, operator, printer)"""
    lab = fault_lab(devices=4, oddity=getattr(request, "param", "good"))
    with contextlib.closing(Operator(lab)) as operator:
        yield lab, operator, Printer(lab)


slow = pytest.mark.parametrize("cast", ["set_slow"], indirect=True)


# Asleep for a day.

@pytest.mark.short
def test_a_printer_is_off_for_a_day(cast):
    lab, operator, printer = cast
    printer.goes()
    reads = [operator.submits(command) for command in READS]
    impatient = operator.submits("reboot", expires=HOUR)
    patient = operator.submits("get-status", expires=2 * DAY)
    restart = operator.submits("reboot")
    lab.control.step_clock(DAY - 60)
    printer.comes()
    for number in (*reads, impatient):
        told = operator.is_told(number)
        assert (told.get("status"), told.get("cause")) == ("expired", "expired")
    for number in (patient, restart):
        assert operator.is_told(number).get("status") == "responded"
    assert printer.executed() == [patient, restart]

    # A restart waits for a day, and no longer.
    printer.goes()
    restart, patient = operator.submits("reboot"), operator.submits("reboot", expires=2 * DAY)
    lab.control.step_clock(DAY + 60)
    printer.comes()
    assert operator.is_told(restart).get("status") == "expired"
    assert operator.is_told(patient).get("status") == "responded"
    assert restart not in printer.executed() and printer.restarts() == 2


def test_a_machine_sleeps_for_a_day_with_a_command_in_its_socket(cast):
    """No clock of it but the one that counts sleep tells that this is late."""
    lab, operator, printer = cast
    printer.freezes()
    number = operator.submits("reboot", timeout=600, attempts=1)
    operator.sees(number, "transmitted")
    time.sleep(1)
    lab.device_control.sleep(DAY)
    printer.thaws()
    assert operator.is_told(number).get("status") == "expired"
    assert printer.executed() == [] and printer.restarts() == 0
    # In its next life it asks for the time.
    printer.goes()
    printer.comes()
    number = operator.submits("reboot")
    assert operator.is_told(number).get("status") == "responded"


# It dies in the middle of a restart that takes four seconds.

@slow
def test_a_device_dies_in_the_middle_of_a_restart(cast):
    lab, operator, printer = cast
    number = operator.submits("reboot")
    operator.sees(number, "running")
    wait_for(lambda: printer.restarts() == 1, 20, "the printer is told")
    printer.goes()
    assert operator.sees(number, "running")["status"] == "running"
    printer.comes()
    assert operator.is_told(number).get("status") == "unknown"
    wait_for(lambda: printer.acknowledged() == [number], 20, "it is acknowledged")
    wait_for(lambda: not printer.owes(), 20, "that is on its disk")

    # Its next life says nothing of it, and is free for others.
    printer.goes()
    printer.comes()
    second = operator.submits("reboot")
    assert operator.is_told(second).get("status") == "responded"
    wait_for(lambda: printer.acknowledged() == [number, second], 20, "it is acknowledged")
    assert printer.executed() == [number, second] and printer.restarts() == 2


@slow
@pytest.mark.parametrize("life", range(4))
def test_a_device_dies_anywhere_in_a_restart(cast, rng, life):
    lab, operator, printer = cast
    number = operator.submits("reboot")
    time.sleep(rng.uniform(0, 0.1) if life % 2 else rng.uniform(0, 5))
    printer.goes()
    printer.comes()
    status = operator.is_told(number).get("status")
    assert status in ("responded", "unknown")
    assert printer.restarts() <= 1 and (status == "unknown" or printer.restarts() == 1)
    assert printer.executed() in ([], [number])
    wait_for(lambda: not printer.owes(), 20, "it owes nothing")
    assert not lab.list("requests", "status=running")
    assert operator.is_told(operator.submits("reboot")).get("status") == "responded"


# Its link dies without a word.

def test_a_device_freezes(cast):
    _, operator, printer = cast
    printer.freezes()
    first = operator.submits("reboot", timeout=1, attempts=2)
    told = operator.is_told(first)
    assert (told.get("status"), told.get("cause")) == ("no-response", "no-answer")
    second, third = operator.submits("reboot", timeout=60), operator.submits("get-status")
    # It does not answer when it is asked whether it is there.
    assert operator.sees(second, "queued")["cause"] == "offline"
    printer.thaws()
    for number in (second, third):
        assert operator.is_told(number).get("status") == "responded"
    assert sorted(printer.executed()) == sorted([second, third]) and printer.restarts() == 1
    # What came out of its socket was too late for the first one.
    assert operator.sees(first)["status"] in ("no-response", "expired")


def test_a_link_swallows_all(cast, monkeypatch):
    monkeypatch.setenv("PLATEN_DEVICE_KEEPALIVE_INTERVAL", "2s")
    monkeypatch.setenv("PLATEN_DEVICE_KEEPALIVE_MIN_INTERVAL", "1s")
    monkeypatch.setenv("PLATEN_DEVICE_KEEPALIVE_MAX_INTERVAL", "2s")
    lab, operator, printer = cast
    proxy = Proxy(int(lab.env["XMPP_PORT"]), cut_after=itertools.repeat(1 << 60))
    printer.goes()
    reroute(lab.dir / f"devices/{NAME}/platen-device.conf", proxy)
    printer.comes()
    proxy.swallow()
    first = operator.submits("reboot", timeout=1, attempts=1)
    assert operator.is_told(first).get("status") == "no-response"
    second = operator.submits("reboot")
    # Both ends find out by themselves.
    wait_for(lambda: "nothing came for 20 s after a keep-alive" in printer.log(), 60, "it is lost")
    wait_for(lambda: not lab.online(NAME), 60, "seen as offline")
    proxy.pass_on()
    assert operator.is_told(second, 90).get("status") == "responded"
    assert printer.executed() == [second] and printer.restarts() == 1
    proxy.close()


# The component dies.

@pytest.mark.parametrize("seconds", [HOUR, -HOUR])
def test_platend_starts_again_with_another_clock(cast, seconds):
    """What it orders is judged by that, from the first one on."""
    lab, operator, printer = cast
    lab.control.step_clock(seconds)
    lab.kill("platend")
    lab.restart("platend")
    number = operator.submits("reboot")
    assert operator.is_told(number).get("status") == "responded"
    printer.freezes()
    late = operator.submits("reboot", timeout=1, attempts=1)
    assert operator.is_told(late).get("status") == "no-response"
    printer.thaws()
    assert operator.is_told(operator.submits("get-status"), 60).get("status") == "responded"
    assert late not in printer.executed() and printer.restarts() == 1


OUTCOME = f"<outcome xmlns='{OPERATION}'{{}} status='{{}}'/>"
RUNNING = 50


@pytest.mark.short
def test_platend_dies_while_fifty_run(tmp_path, rng):
    """Each device is asked once what became of it, and none again to do it: a third has done it
    meanwhile, a third still is at it, a third does not know."""
    answers = ("done", "in-progress", "unknown")
    crowd = Crowd(tmp_path, RUNNING, lambda number: OUTCOME.format("", "in-progress"),
                  lambda number: OUTCOME.format("", answers[number % 3]))
    ids = [crowd.ask("set", f"<request xmlns='{OPERATION}' device='mfp-{number:04d}@example.com'"
                     " command='reboot'/>").get("id") for number in range(RUNNING)]

    def statuses():
        rows = crowd.ask("get", f"<requests xmlns='{OPERATION}'/>")
        return collections.Counter(row.get("status") for row in rows if row.get("id") in ids)

    wait_for(lambda: statuses() == {"running": RUNNING}, 20, "all run", pause=0.2)
    crowd.kill()
    done, unknown = (sum(answers[n % 3] == what for n in range(RUNNING))
                     for what in ("done", "unknown"))
    wait_for(lambda: statuses() == {"responded": done, "unknown": unknown,
                                    "running": RUNNING - done - unknown}, 20, "asked", pause=0.2)
    assert crowd.questions == collections.Counter(ids)

    # In any order those that were at it tell their outcome, some once more.
    left = [number for number in range(RUNNING) if number % 3 == 1]
    for number in rng.sample(left, len(left)) + left[:5]:
        crowd.tell(number, f"{ids[number]}-outcome",
                   OUTCOME.format(f" id='{ids[number]}'", "done"))
    wait_for(lambda: len(crowd.acknowledged) == len(left) + 5, 20, "acknowledged", pause=0.2)
    assert statuses() == {"responded": RUNNING - unknown, "unknown": unknown}
    assert set(crowd.acknowledged) == {f"{ids[number]}-outcome" for number in left}
    assert all(crowd.asked[number] == [ids[number]] for number in range(RUNNING))
    assert crowd.close() == 0
