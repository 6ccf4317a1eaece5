"""kill -9 of platend, five times, while operators submit 500 requests."""
import threading
import time

import pytest

from client import Client
from conftest import SERVERS
from lab import wait_for
from schemas import OPERATION

DEVICES, REQUESTS, KILLS, OPERATORS = 10, 500, 5, 4


def submitter(lab, number, acknowledged):
    """Submits its share, each until it is acknowledged; the token makes a repeat safe."""
    with Client(lab, "operator", f"load-{number}") as operator:
        for n in range(number, REQUESTS, OPERATORS):
            submit = (f"<request xmlns='{OPERATION}' command='get-counters' token='load-{n}'"
                      f" expires='600' device='{lab.jid(f'mfp-{n % DEVICES + 1:04d}')}'/>")
            while n not in acknowledged:
                question = operator.ask("set", lab.component, submit)
                try:
                    answer = operator.answer(question, lab.component, seconds=2)
                except AssertionError:
                    continue    # it was killed with our question in its hands
                if answer.get("type") == "result":
                    acknowledged[n] = answer[0].get("id")
                else:
                    time.sleep(0.2)     # the server says that the component is away


@pytest.mark.parametrize("server", SERVERS)
def test_nothing_acknowledged_is_lost_and_nothing_is_done_twice(new_lab, server):
    lab = new_lab(server=server, devices=DEVICES)
    acknowledged = {}
    threads = [threading.Thread(target=submitter, args=(lab, n, acknowledged))
               for n in range(OPERATORS)]
    for thread in threads:
        thread.start()
    for kill in range(1, KILLS + 1):
        wait_for(lambda: len(acknowledged) >= kill * REQUESTS // (KILLS + 1), 120, "load goes on")
        lab.restart("platend")
    for thread in threads:
        thread.join(120)
    assert len(acknowledged) == REQUESTS
    assert len(set(acknowledged.values())) == REQUESTS

    def open_requests():
        return [row for status in ("queued", "transmitted", "running")
                for row in lab.list("requests", f"status={status}")]

    wait_for(lambda: not open_requests(), 120, "every request has ended", pause=1)
    rows = {row["id"]: row for row in lab.list("requests")}
    assert set(acknowledged.values()) <= set(rows)
    assert {row["status"] for row in rows.values()} == {"responded"}
    on_disk = "".join(path.read_text() for path in (lab.dir / "data/requests").glob("*.tsv"))
    assert all(number in on_disk for number in acknowledged.values())
    executed = [number for n in range(1, DEVICES + 1)
                for number in lab.executions(f"mfp-{n:04d}")]
    assert len(executed) == len(set(executed)), "executed twice"
    assert set(executed) == set(rows)
