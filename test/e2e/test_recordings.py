"""Real printers, as others have recorded them (../shared/printers), through the whole
way: snmpd, device, component, operator. What is right stands in the recording."""
import pytest

from lab import Lab
from conftest import PRINTERS
from snmp_fixture import Printer

MARKER, SUPPLIES = "1.3.6.1.2.1.43.10.2.1", "1.3.6.1.2.1.43.11.1.1"
LIFE_COUNT, COUNTER_UNIT = "4", "3"
CLASS, TYPE, DESCRIPTION, UNIT, CAPACITY, LEVEL = "4", "5", "6", "7", "8", "9"
STATES = {-1: "other", -2: "unknown", -3: "some-remaining"}
RECORDINGS = ["ricoh_mpc3002", "konica_c250i", "canonprinter_tm", "brother", "jetdirect",
              "konica", "okilan_9450g", "epson"]


def table(name, root):
    """{row index: {column: value}} of a recording's table."""
    rows = {}
    for line in (PRINTERS / f"snmprec/{name}.snmprec").read_text(errors="replace").splitlines():
        oid, tag, value = line.split("|", 2)
        if oid.startswith(root + "."):
            column, _, index = oid[len(root) + 1:].partition(".")
            if tag.endswith("x"):
                value = bytes.fromhex(value).decode("utf-8", errors="replace")
            rows.setdefault(index, {})[column] = value
    return rows


@pytest.fixture(scope="module")
def printers(tmp_path_factory):
    """A lab with a device beside each recorded printer."""
    folder = tmp_path_factory.mktemp("printers")
    running = {}
    try:
        for name in RECORDINGS:
            running[name] = Printer(PRINTERS / f"snmprec/{name}.snmprec", folder / name)
        lab = Lab(folder / "lab", devices=0, printers={
            name: f"snmp://public@{one.address}" for name, one in running.items()})
        yield lab
        lab.down()
    finally:
        for one in running.values():
            one.close()


@pytest.mark.parametrize("name", RECORDINGS)
def test_supplies_are_the_recorded_ones(printers, name):
    outcome = printers.ask("request", printers.jid(name), "get-supplies")["outcome"]
    assert outcome["source"] == "snmp"
    supplies = {supply["index"]: supply for supply in outcome["supplies"]}
    recorded = table(name, SUPPLIES)
    assert set(supplies) == set(recorded)
    for index, row in recorded.items():
        supply = supplies[index]
        level, capacity = int(row[LEVEL]), int(row[CAPACITY])
        assert supply["level"] == (level if level >= 0 else None)
        assert supply["capacity"] == (capacity if capacity >= 0 else None)
        assert supply["state"] == STATES.get(level)
        wanted = (200 * level + capacity) // (2 * capacity) if capacity > 0 and level >= 0 else None
        assert supply["percent"] == wanted
        if DESCRIPTION in row:
            assert supply["description"] == row[DESCRIPTION].rstrip("\0")


@pytest.mark.parametrize("name, life, unit", [("ricoh_mpc3002", 271871, "sheets"),
                                              ("konica_c250i", 33810, None)])
def test_life_count_is_the_recorded_one(printers, name, life, unit):
    counters = printers.ask("request", printers.jid(name), "get-counters")["outcome"]["counters"]
    found = {one["index"]: one for one in counters if one["name"] == "marker-life-count"}
    recorded = {index: int(row[LIFE_COUNT]) for index, row in table(name, MARKER).items()}
    assert {index: one["value"] for index, one in found.items()} == recorded
    assert [one["value"] for one in found.values()] == [life]
    if unit:
        assert [one["unit"] for one in found.values()] == [unit]


def test_the_waste_box_of_the_konica_has_no_figure(printers):
    outcome = printers.ask("request", printers.jid("konica_c250i"), "get-supplies")["outcome"]
    assert len(outcome["supplies"]) == 5
    waste = [supply for supply in outcome["supplies"] if supply["state"]]
    assert [(one["state"], one["percent"], one["level"], one["capacity"]) for one in waste] == [
        ("some-remaining", None, None, None)]


def test_a_printer_that_is_switched_off_fails_by_name(printers, tmp_path_factory):
    """The device client stays, the printer does not answer."""
    folder = tmp_path_factory.mktemp("off")
    printer = Printer(PRINTERS / "snmprec/ricoh_mpc3002.snmprec", folder / "printer")
    lab = Lab(folder / "lab", devices=0, printers={"gone": f"snmp://public@{printer.address}"})
    try:
        printer.close()
        row = lab.ask("request", lab.jid("gone"), "get-supplies", status=1)
        assert row["status"] == "failed"
        assert row["error"]["condition"] in ("printer-timeout", "printer-unreachable")
        assert printer.address.split(":")[0] in row["error"]["text"]
    finally:
        lab.down()
