"""Printers that are dead do not keep anybody else waiting."""
import contextlib
import json

import pytest

from lab import wait_for
from relay import Relay
from schemas import ROOT
from snmp_fixture import Printer

RECORDING = ROOT / "test/data/printer.snmprec"
LIVING = [f"living-{n}" for n in range(1, 8)]
# The dead: how they are, how the device waits, how their requests end. A port where nobody
# listens is told at once; the silent one is until its port is closed.
DEAD = {"silent": ("silent", "timeout = 2s\nretries = 10\n", "printer-unreachable"),
        "short": ("silent", "timeout = 500ms\nretries = 1\n", "printer-timeout"),
        "closed": ("closed", "", "printer-unreachable")}


@pytest.fixture
def fleet(new_lab, tmp_path):
    """Ten devices: the lab, and a relay for each of three that can die."""
    with contextlib.ExitStack() as stack:
        printers = [stack.enter_context(Printer(RECORDING, tmp_path / f"printer-{n}"))
                    for n in range(2)]
        relays = {name: Relay(printers[0].address) for name in DEAD}
        for relay in relays.values():
            stack.callback(relay.close)
        urls = {name: f"snmp://public@{printers[n % 2].address}" for n, name in enumerate(LIVING)}
        urls |= {name: f"snmp://public@{relay.address}" for name, relay in relays.items()}
        lab = new_lab(devices=0, printers=urls)
        for name, (_, patience, _) in DEAD.items():
            with (lab.dir / f"devices/{name}/platen-device.conf").open("a") as conf:
                conf.write("\n" + patience)
            lab.restart(name)
        yield lab, relays


def test_the_living_answer_while_the_dead_are_open(fleet):
    lab, relays = fleet
    for name, (kind, _, _) in DEAD.items():
        relays[name].set(kind)
    dead = {name: lab.queue(name, "get-counters") for name in DEAD}
    for name, request in dead.items():
        wait_for(lambda: request in lab.executions(name), 20, f"{name} executes")
    living = [lab.start("--json", "request", lab.jid(name), "get-counters") for name in LIVING]
    rows = [json.loads(one.communicate()[0]) for one in living]
    assert [row["status"] for row in rows] == ["responded"] * len(LIVING)
    assert all(row["outcome"]["counters"][0]["value"] == 271871 for row in rows)
    assert lab.status(dead["silent"])["status"] == "transmitted"
    relays["silent"].set("closed")
    for name, request in dead.items():
        row = lab.until(request)
        assert (row["status"], row["error"]["condition"]) == ("failed", DEAD[name][2])
    for name, relay in relays.items():
        relay.set("live")
        assert lab.ask("request", lab.jid(name), "get-counters")["status"] == "responded"
