"""A device whose clock begins in 1970: certificates are judged by what it knows of the time."""
import os
import time

import pytest

from lab import wait_for

pytestmark = pytest.mark.short
DAY = 86400
over_both = pytest.mark.parametrize("transport", ["tcp", "bosh"])


def state(lab, name="mfp-0001"):
    return lab.dir / f"devices/{name}/state"


def start_in_1970(lab):
    lab.device_control.step_clock(-int(time.time()))
    with open(lab.dir / "devices/mfp-0001/log", "a", encoding="utf-8") as log:
        log.write("1970\n")


def log_since(lab):
    return lab.log("mfp-0001").partition("1970\n")[2]


@over_both
def test_it_comes_online_and_keeps_the_time_it_was_told(fault_lab, transport):
    """The certificate is newer than the program, so by its build's time not valid yet."""
    lab = fault_lab(devices=2, transport=transport)
    start_in_1970(lab)
    os.utime(state(lab) / "lock", (0, 0))
    lab.restart("mfp-0001")
    assert "info stream: online" in log_since(lab) and "1970-01-01" in log_since(lab)
    assert lab.ask("request", lab.jid("mfp-0001"), "get-supplies")["status"] == "responded"
    assert abs((state(lab) / "lock").stat().st_mtime - time.time()) < DAY


@over_both
def test_a_certificate_that_has_expired_is_refused(fault_lab, transport):
    """The lab's is valid for 30 days, and it was told a time after that."""
    lab = fault_lab(devices=2, transport=transport)
    start_in_1970(lab)
    lab.kill("mfp-0001")
    os.utime(state(lab) / "lock", (time.time() + 60 * DAY,) * 2)
    device = lab.start_device("mfp-0001")
    try:
        wait_for(lambda: "certificate has expired" in log_since(lab), 20, "it is refused")
        assert "online" not in log_since(lab)
        # Of what cannot be, it believes nothing.
        device.terminate()
        device.wait(10)
        os.utime(state(lab) / "lock", (time.time() + 60 * 365 * DAY,) * 2)
        device = lab.start_device("mfp-0001")
        wait_for(lambda: "stream: online" in log_since(lab), 20, "it is online")
    finally:
        device.terminate()
        device.wait(10)
