"""Each test prints its seed, FAULT_SEED repeats it; nothing is skipped unseen."""
import pathlib
import random
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

import fault
from ci import pytest_runtest_makereport
from lab import Lab
from printers import Printers


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


SCRIPT = """\
#!/bin/sh
exec env {variables} {program} "$@"
"""


def under_shim(programs, name, below):
    """A program that runs under the shim; its control, which is about files below a folder."""
    (programs / f"{name}.d").mkdir()
    control = fault.Control(programs / f"{name}.d", below)
    variables = " ".join(f"{key}='{value}'" for key, value in control.env().items())
    (programs / name).write_text(SCRIPT.format(variables=variables, program=fault.BIN / name))
    (programs / name).chmod(0o755)
    return control


@pytest.fixture
def fault_lab(tmp_path, monkeypatch, seed):
    """fault_lab(server=…, devices=…): a lab whose programs run under the shim. lab.control is
    about platend's data directory, lab.device_control about all that devices have together.
    The second half of the devices are printers that can be restarted (lab.printers): oddity
    says how (odd_agent.py). A restart that lasts for 0.1 s is one that takes long."""
    labs = []
    monkeypatch.setenv("PLATEN_DEVICE_REQUESTS_IN_PROGRESS_AFTER", "100ms")
    monkeypatch.setenv("PLATEN_DEVICE_SOURCE_TIMEOUT", "10s")

    def make(devices, oddity="any_sometimes", **options):
        folder, programs = tmp_path / f"lab{len(labs)}", tmp_path / f"bin{len(labs)}"
        programs.mkdir()
        (programs / "platen").symlink_to(fault.BIN / "platen")
        printers = Printers(programs)
        controls = {"control": under_shim(programs, "platend", folder / "data"),
                    "device_control": under_shim(programs, "platen-device", folder / "devices")}
        monkeypatch.setenv("PLATEN_BIN", str(programs))
        names = [f"mfp-{n:04d}" for n in range(devices - devices // 2 + 1, devices + 1)]
        labs.append(Lab(folder, devices=devices - devices // 2,
                        printers={name: printers.url(name, oddity) for name in names}, **options))
        labs[-1].__dict__.update(controls, printers=printers, restartable=names,
                                 seed=seed)
        return labs[-1]

    yield make
    for one in labs:
        one.control.heal()
        one.device_control.heal()
        one.down()
        one.printers.close()
