"""Our device's stream: a dead one is noticed, and what changes is announced."""
import re

import pytest

from client import Client
from conftest import SERVERS
from lab import wait_for


def test_a_stream_without_an_answer_is_given_up_and_made_again(double):
    """The server hangs: no reset, no end of file, nothing comes."""
    lab, component, device = double
    component.hint(interval=2)
    lab.freeze("server")
    try:
        wait_for(lambda: "lost: nothing came for 20 s" in lab.log("mfp-0001"), 40,
                 "the loss noticed: " + lab.log("mfp-0001"))
    finally:
        lab.thaw("server")
    wait_for(lambda: len(re.findall("stream: online", lab.log("mfp-0001"))) >= 3, 60,
             "online again")
    assert component.presence(device.split("/")[0]).get("from") == device
    component.hint()
    assert component.execute(device, "01890a5d-ac96-774b-bcce-b302099a8001",
                             "get-supplies").get("status") == "done"


def test_a_fact_that_changes_is_announced_when_it_is_read(double):
    lab, component, device = double
    component.hint()
    path = lab.dir / "devices/mfp-0001/state.xml"
    text, n = re.subn(r"serial='[^']*'|serial=\"[^\"]*\"", "serial='W-NEW'", path.read_text())
    assert n == 1
    path.write_text(text)
    outcome = component.execute(device, "01890a5d-ac96-774b-bcce-b302099a8002", "get-information")
    assert outcome[0].get("serial") == "W-NEW"
    assert component.presence(device.split("/")[0])[0].get("serial") == "W-NEW"


@pytest.mark.parametrize("server", SERVERS)
def test_two_devices_of_one_account_do_not_fight_for_it(new_lab, server):
    """Each login ends the other's stream: who was ended so waits much longer than else."""
    lab = new_lab(server=server)
    with Client(lab, "mfp-0001", "platen-a"):
        waits = wait_for(lambda: re.findall(r"connecting again wait_ms=(\d+)",
                                            lab.log("mfp-0001")), 20, "the loss noticed")
        assert re.search("lost: stream error", lab.log("mfp-0001"))
    assert int(waits[0]) > 10000
