"""A second server in the customer's network, as docs/second-server.md has it: what is to be seen
of it within seconds. Losses are in test/fault."""
import pytest

import federation
import lan
from federation import COMPONENT, INNER, Federation
from lab import wait_for

in_networks = pytest.mark.skipif(lan.missing() is not None, reason=str(lan.missing()))


@pytest.fixture
def federated(tmp_path):
    """federated(…): a Federation whose devices are online."""
    all_of_them = []

    def make(**options):
        all_of_them.append(Federation(tmp_path / f"net{len(all_of_them)}", **options))
        all_of_them[-1].until_online()
        return all_of_them[-1]

    yield make
    for one in all_of_them:
        one.close()


def answered(fed, device):
    row = fed.request(device)
    assert (row["status"], row["attempts"]) == ("responded", 1), row
    return row


@in_networks
def test_devices_behind_two_second_servers_answer(federated):
    fed = federated(lans=2)
    units = [answered(fed, device)["unit"] for device in fed.devices]
    assert units == ["acme", "plant"]
    first = fed.devices[0]
    federation.process.end([first.process])
    wait_for(lambda: not fed.online(first), 20, "a device that ends is offline")
    late = fed.queue(first)
    first.start()
    assert fed.until(late)["status"] == "responded"
    assert fed.outer.streams() == [(COMPONENT, "<->", domain) for domain in INNER]
    fed.devices.append(fed.device(0, "stray"))
    wait_for(lambda: f"stray@{INNER[0]}" in fed.start_asking("unassigned").communicate()[0], 20,
             "one that no unit has is listed")


@in_networks
def test_an_ejabberd_in_the_lan_is_reached_by_its_port(federated):
    fed = federated(inner="ejabberd")
    answered(fed, fed.devices[0])


RECORDS = """\
host-record=xmpp.example.com,{live}
host-record=dead.example.com,{dead}
srv-host=_xmpp-server._tcp.devices.example.com,xmpp.example.com,5269,20
srv-host=_xmpp-server._tcp.devices.example.com,dead.example.com,5270,10
"""


@in_networks
def test_the_outer_server_is_found_behind_a_dead_one(federated):
    """The one with the better priority refuses."""
    fed = federated(records=RECORDS.format(live=lan.OUTER, dead=lan.OUTER_TOO))
    answered(fed, fed.devices[0])


@pytest.mark.parametrize("file", sorted(federation.EXAMPLES.iterdir()), ids=lambda file: file.name)
def test_the_page_shows_the_files(file):
    page = (federation.ROOT / "docs/second-server.md").read_text()
    indented = "".join(f"    {line}".rstrip() + "\n" for line in file.read_text().splitlines())
    assert f"`{file.name}`:\n\n{indented}" in page or file.name == "firewall.nft"
