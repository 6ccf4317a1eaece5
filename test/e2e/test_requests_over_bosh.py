"""The same requests with the devices on BOSH: over HTTPS, and through proxies."""
import contextlib

import pytest

from client import Client
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
TRIED = [("prosody", way) for way in WAYS] + [("ejabberd", way) for way in WAYS]


@pytest.fixture(scope="module", params=TRIED, ids=lambda pair: "-".join(pair))
def lab(request, tmp_path_factory):
    server, way = request.param
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


def test_the_component_knows_the_transport(lab):
    transports = [row.get("transport") for row in raw_devices(lab)]
    assert transports == ["bosh"] * 3


def raw_devices(lab):
    with Client(lab, "operator") as client:
        return client.iq("get", lab.component, f"<devices xmlns='{OPERATION}'/>")[0].findall(
            f"{{{DEVICE_NS}}}device")
