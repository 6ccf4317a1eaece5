"""The component's clock is set under load, forward and back."""
import time

import pytest

from load import Load, seconds_of

HOUR, DAYS = 3600, 86400


@pytest.mark.parametrize("seconds", [HOUR, -HOUR, 30 * DAYS, -30 * DAYS])
def test_the_clock_is_set(fault_lab, rng, seconds):
    lab = fault_lab(devices=4)
    load = Load(lab, 400, devices=4, expires=600)
    load.reach(rng.uniform(0.2, 0.8))
    lab.control.step_clock(seconds)
    at = time.time()
    # What waits when the clock jumps over its end has expired; nothing else has.
    rows = load.account(allowed=("responded", "expired"), seconds=60)
    for row in rows.values():
        assert row["status"] != "expired" or seconds > 0 and seconds_of(row["created"]) <= at, row
    load.kill("platend")
    assert {row["id"]: row["status"] for row in lab.list("requests")} == \
        {number: row["status"] for number, row in rows.items()}
