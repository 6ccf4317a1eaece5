"""Fixtures, and two rules: nothing is skipped unseen, and a lab leaves nothing behind."""
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from ci import pytest_runtest_makereport
from lab import Lab
from schemas import ROOT

SERVERS = ("prosody", "ejabberd")
PRINTERS = ROOT.parent / "shared/printers"
NEEDS_PRINTERS = ["test_recordings.py"]

collect_ignore = [] if PRINTERS.is_dir() else NEEDS_PRINTERS


def pytest_terminal_summary(terminalreporter):
    if collect_ignore:
        terminalreporter.write_line(f"not run, {PRINTERS} is not there: {', '.join(collect_ignore)}")


@pytest.fixture
def new_lab(tmp_path):
    """Makes labs that this test alone uses: new_lab(server=…, devices=…)."""
    labs = []

    def make(**options):
        labs.append(Lab(tmp_path / f"lab{len(labs)}", **options))
        return labs[-1]

    yield make
    for one in labs:
        one.down()


@pytest.fixture
def double(new_lab):
    """(lab, double, full JID of its one device, which has announced itself)"""
    from double import double_of
    with double_of(new_lab()) as one:
        yield one


@pytest.fixture(scope="module", params=SERVERS)
def lab(request, tmp_path_factory):
    """One lab with three devices for all tests of a module that leave it as it was."""
    one = Lab(tmp_path_factory.mktemp(request.param) / "lab", server=request.param, devices=3)
    yield one
    one.down()


@pytest.fixture
def operator(lab):
    """The operator as a raw client."""
    from client import Client
    with Client(lab, "operator") as client:
        yield client
