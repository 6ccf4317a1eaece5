"""Makers' own counters by the files that come with the programs, through the whole way,
from recordings of our own."""
import contextlib
import os

import pytest

from lab import Lab
from schemas import ROOT
from snmp_fixture import Many, Printer

DATA = ROOT / "test/data"
# A maker's file, a recording as that maker has it, and what is to come out.
MAKERS = {
    "ricoh": ("table", {
        "total": 50210, "print": 42080, "fax": 12, "copy": 8118, "copy-mono": 6904,
        "copy-two-color": 11, "copy-color": 1203, "print-mono": 30001, "print-two-color": 2,
        "print-color": 12077}),
    "brother": ("records", {
        "total": 9120, "mono": 3970, "color": 5150, "duplex": 254, "images": 24570,
        "images-black": 9120, "images-cyan": 5150, "images-magenta": 5151,
        "images-yellow": 5149}),
    "konica-minolta": ("gaps", {
        "total": 33803, "copy-mono": 3672, "print-mono": 22876, "copy-color": 544,
        "print-color": 6711, "scan": 5653, "duplex": 7357}),
}
UNITS = {"duplex": {"impressions", "sheets"}}


@contextlib.contextmanager
def snmpd(folder):
    """{maker: URL} of one snmpd for each recording."""
    with contextlib.ExitStack() as stack:
        yield {maker: f"snmp://public@{one.address}" for maker, (name, _) in MAKERS.items()
               for one in [stack.enter_context(Printer(DATA / f"{name}.snmprec", folder / maker))]}


@contextlib.contextmanager
def snmpsimd(folder):
    """{maker: URL} of one snmpsimd for all."""
    names = [name for name, _ in MAKERS.values()]
    with Many(DATA, names, folder / "snmpsim") as many:
        yield {maker: f"snmp://{name}@{many.address}" for maker, (name, _) in MAKERS.items()}


@contextlib.contextmanager
def variable(name, value):
    os.environ[name] = value
    try:
        yield
    finally:
        del os.environ[name]


@pytest.fixture(scope="module", params=[(snmpd, "2c"), (snmpsimd, "1")],
                ids=["snmpd-2c", "snmpsimd-1"])
def printers(request, tmp_path_factory):
    """A lab with a device for each maker, which has that maker's file."""
    folder = tmp_path_factory.mktemp("makers")
    agents, version = request.param
    with agents(folder) as urls, variable("PLATEN_DEVICE_SOURCE_VERSION", version):
        lab = Lab(folder / "lab", devices=0, printers=urls)
        for maker in MAKERS:
            with variable("PLATEN_DEVICE_SOURCE_VENDOR", str(ROOT / f"device/vendor/{maker}.conf")):
                lab.restart(maker)
        yield lab
        lab.down()


def test_every_file_that_is_installed_is_read_here():
    assert {path.stem for path in (ROOT / "device/vendor").glob("*.conf")} == set(MAKERS)


def counters(lab, maker):
    """Those of the maker: without an index."""
    found = lab.ask("request", lab.jid(maker), "get-counters")["outcome"]["counters"]
    return [one for one in found if one["index"] is None]


@pytest.mark.parametrize("maker", MAKERS)
def test_the_maker_s_counters_are_the_recorded_ones(printers, maker):
    found = counters(printers, maker)
    assert {one["name"]: one["value"] for one in found} == MAKERS[maker][1]
    for one in found:
        assert one["unit"] in UNITS.get(one["name"], {"impressions"})
