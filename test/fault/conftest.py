"""Each test prints its seed, FAULT_SEED repeats it; nothing is skipped unseen."""
import pathlib
import random
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

import fault
from ci import pytest_runtest_makereport
from lab import Lab


def pytest_configure(config):
    config.addinivalue_line("markers", "short: a part of make check")


@pytest.fixture
def seed():
    number = fault.seed()
    print(f"FAULT_SEED={number}")
    return number


@pytest.fixture
def rng(seed):
    return random.Random(seed)


PLATEND = """\
#!/bin/sh
exec env {variables} {program} "$@"
"""


@pytest.fixture
def fault_lab(tmp_path, monkeypatch):
    """fault_lab(server=…, devices=…): a lab whose platend runs under the shim; its control
    is lab.control, and what is said to it of the file system is about its data directory."""
    labs = []

    def make(**options):
        folder, programs = tmp_path / f"lab{len(labs)}", tmp_path / f"bin{len(labs)}"
        programs.mkdir()
        control = fault.Control(programs, folder / "data")
        for name in ("platen", "platen-device"):
            (programs / name).symlink_to(fault.BIN / name)
        variables = " ".join(f"{key}='{value}'" for key, value in control.env().items())
        (programs / "platend").write_text(PLATEND.format(variables=variables,
                                                         program=fault.BIN / "platend"))
        (programs / "platend").chmod(0o755)
        monkeypatch.setenv("PLATEN_BIN", str(programs))
        labs.append(Lab(folder, **options))
        labs[-1].control = control
        return labs[-1]

    yield make
    for one in labs:
        one.control.heal()
        one.down()
