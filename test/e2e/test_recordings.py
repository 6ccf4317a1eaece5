"""Real printers, as others have recorded them (../shared/printers), through the whole
way: agent, device, component, operator. What is right stands in the recording, and in
what LibreNMS made of it."""
import contextlib
import json

import pytest

from lab import Lab, environment
from conftest import PRINTERS
from schemas import ROOT
from snmp_fixture import Many, Printer

MARKER, SUPPLIES = "1.3.6.1.2.1.43.10.2.1", "1.3.6.1.2.1.43.11.1.1"
LIFE_COUNT, COUNTER_UNIT = "4", "3"
CLASS, TYPE, DESCRIPTION, UNIT, CAPACITY, LEVEL = "4", "5", "6", "7", "8", "9"
STATES = {-1: "other", -2: "unknown", -3: "some-remaining"}
RECORDINGS = sorted(path.stem for path in PRINTERS.glob("snmprec/*.snmprec"))
EXPECTED = sorted(path.stem for path in PRINTERS.glob("expected/*.json"))
VENDOR = ROOT / "device/vendor/konica-minolta.conf"


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


@contextlib.contextmanager
def snmpd(folder):
    """{name: URL} of one snmpd for each recording."""
    with contextlib.ExitStack() as stack:
        yield {name: f"snmp://public@{one.address}" for name in RECORDINGS for one in [
            stack.enter_context(Printer(PRINTERS / f"snmprec/{name}.snmprec", folder / name))]}


@contextlib.contextmanager
def snmpsimd(folder):
    """{name: URL} of one snmpsimd for all."""
    with Many(PRINTERS / "snmprec", RECORDINGS, folder / "snmpsim") as many:
        yield {name: f"snmp://{name}@{many.address}" for name in RECORDINGS}


USER = {"PLATEN_DEVICE_SOURCE_USER": "sha-256-aes", "PLATEN_DEVICE_SOURCE_AUTH_PROTOCOL": "SHA-256",
        "PLATEN_DEVICE_SOURCE_PRIV_PROTOCOL": "AES"}


@pytest.fixture(scope="module", params=[(snmpd, "2c"), (snmpsimd, "1"), (snmpd, "3")],
                ids=["snmpd-2c", "snmpsimd-1", "snmpd-3"])
def printers(request, tmp_path_factory):
    """A lab with a device beside each recorded printer."""
    folder = tmp_path_factory.mktemp("printers")
    agents, version = request.param
    password = folder / "password"
    password.write_text("sha-256-aes-password\n")
    with agents(folder) as urls:
        with environment(PLATEN_DEVICE_SOURCE_VERSION=version,
                         PLATEN_DEVICE_SOURCE_VENDOR=str(VENDOR),
                         PLATEN_DEVICE_SOURCE_AUTH_FILE=str(password),
                         PLATEN_DEVICE_SOURCE_PRIV_FILE=str(password), **USER):
            lab = Lab(folder / "lab", devices=0, printers=urls)
        yield lab
        lab.down()


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


@pytest.mark.parametrize("name", EXPECTED)
def test_percentages_are_those_of_librenms(printers, name):
    """Where it has a capacity and a level: it makes 50 of "some remaining"."""
    outcome = printers.ask("request", printers.jid(name), "get-supplies")["outcome"]
    supplies = {supply["index"]: supply["percent"] for supply in outcome["supplies"]}
    expected = json.loads((PRINTERS / f"expected/{name}.json").read_text())
    level = f".{SUPPLIES}.{LEVEL}."
    wanted = {one["supply_oid"].removeprefix(level): int(one["supply_current"])
              for one in expected["printer-supplies"]["discovery"]["printer_supplies"]
              if one["supply_oid"].startswith(level)}
    known = {index: percent for index, percent in supplies.items() if percent is not None}
    assert known
    assert known == {index: wanted[index] for index in known}


def test_counters_of_the_vendor_come_by_configuration(printers):
    counters = printers.ask("request", printers.jid("konica_c250i"), "get-counters")["outcome"]
    found = {one["name"]: one["value"] for one in counters["counters"] if one["index"] is None}
    assert found == {"copy-mono": 3672, "copy-color": 544, "print-mono": 22876,
                     "print-color": 6711, "scan": 5653, "duplex": 7357}


@pytest.mark.parametrize("name, errors", [("konica_c250i", ["serviceRequested"]), ("epson", []),
                                          ("konica_2", [])])
def test_the_error_state_may_have_any_length(printers, name, errors):
    outcome = printers.ask("request", printers.jid(name), "get-status")["outcome"]
    assert outcome["errors"] == errors


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
