"""The tests of requests with the devices on BOSH: over HTTPS, through proxies, and with reverse
proxies before the endpoint. What a proxy wants to know has nothing to do with the server behind."""
import contextlib

import pytest

from client import Client
from fronts import Haproxy, Nginx
from lab import Lab, section, wait_for
from proxies import Squid, Tinyproxy
from test_requests import *  # noqa: F401,F403  the tests
from schemas import OPERATION

DEVICE_NS = "urn:platen:device:1"

WAYS = {
    "direct": None,
    "squid-basic": (Squid, "basic"), "squid-digest": (Squid, "digest"),
    "tinyproxy": (Tinyproxy, None), "tinyproxy-basic": (Tinyproxy, "basic"),
}
FRONTS = {"nginx": Nginx, "haproxy": Haproxy}


def labs(server, *ways):
    """The fixture `lab` for this server, by each of these ways."""
    @pytest.fixture(scope="module", params=ways, ids=lambda way: f"{server}-{way}")
    def lab(request, tmp_path_factory):
        yield from lab_by(request.param, server, tmp_path_factory)

    return lab


def lab_by(way, server, tmp_path_factory):
    if way in FRONTS:
        yield from behind(FRONTS[way], tmp_path_factory.mktemp(server) / "lab", server)
        return
    with contextlib.ExitStack() as stack:
        proxy = None
        if WAYS[way]:
            kind, auth = WAYS[way]
            proxy = stack.enter_context(kind(auth))
            stack.enter_context(section("proxy", **proxy.settings()))
        one = Lab(tmp_path_factory.mktemp(server) / "lab", server=server, devices=3,
                  transport="bosh")
        yield one
        one.down()
        # squid tells of a tunnel when it has ended.
        assert not proxy or wait_for(lambda: proxy.tunnels() >= 3, 10, "three tunnels")


def behind(kind, folder, server):
    """The devices have begun without it: where it leads is known only then."""
    one = Lab(folder, server=server, devices=3, transport="bosh")
    with kind(one) as front, section("bosh", url=front.url):
        for number in (1, 2, 3):
            one.restart(f"mfp-000{number}")
        yield one
        one.down()


def test_the_component_knows_the_transport(lab):
    transports = [row.get("transport") for row in raw_devices(lab)]
    assert transports == ["bosh"] * 3


def raw_devices(lab):
    with Client(lab, "operator") as client:
        return client.iq("get", lab.component, f"<devices xmlns='{OPERATION}'/>")[0].findall(
            f"{{{DEVICE_NS}}}device")
