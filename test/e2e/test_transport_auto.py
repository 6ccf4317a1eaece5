"""transport = auto: BOSH where the firewall lets no XMPP out, and TCP again once it does; where
the endpoint is, the configuration or the domain itself says."""
import http.server
import pathlib
import re
import ssl
import sys

import pytest

from network import DIRECT, DOMAIN, SERVERS, XMPP, fresh, network, records
from lab import wait_for

ENDPOINT = f"https://{DOMAIN}:5282/http-bind"
HOST_META = f"""<?xml version='1.0' encoding='utf-8'?>
<XRD xmlns='http://docs.oasis-open.org/ns/xri/xrd-1.0'>
  <Link rel='urn:xmpp:alt-connections:xbosh' href='{ENDPOINT}'/>
</XRD>
"""


@pytest.fixture
def walled(fresh, monkeypatch):
    """Out of the device's network goes HTTPS, and no XMPP."""
    monkeypatch.setenv("PLATEN_DEVICE_PROXY_URL", "none")
    monkeypatch.setenv("PLATEN_DEVICE_ACCOUNT_TCP_AGAIN", "2s")
    kept(fresh).unlink(missing_ok=True)
    fresh.router.dns(*records(hosts={DOMAIN: SERVERS[:1]}))
    fresh.configure(fresh.operator_conf, "host = 127.0.0.1")
    wall(fresh)
    yield fresh
    fresh.configure(fresh.operator_conf)


def wall(network):
    for port in (XMPP, DIRECT):
        network.router.run("nft", "insert", "rule", "inet", "firewall", "forward", "tcp", "dport",
                           str(port), "reject", "with", "tcp", "reset")


def kept(network):
    return network.device_conf.parent / "state/transport"


def ask(network):
    done = network.server.run("sh", "-c", '"$@" || true', "sh", network.bin / "platen", "-c",
                              network.operator_conf, "--json", "request", f"mfp-0001@{DOMAIN}",
                              "get-supplies")
    return done.stdout


def shown(network):
    """The transport, as the component knows it."""
    done = network.server.run(network.bin / "platen", "-c", network.operator_conf, "device",
                              f"mfp-0001@{DOMAIN}")
    return re.search(r"transport +(\w+)", done.stdout)[1]


def test_bosh_behind_a_wall_and_tcp_when_it_falls(walled, monkeypatch):
    monkeypatch.setenv("PLATEN_DEVICE_BOSH_URL", ENDPOINT)
    walled.start_device("transport = auto")
    walled.until("trying bosh")
    walled.until("online jid=")
    assert "responded" in ask(walled)
    assert kept(walled).read_text() == "10.77.1.1%eth0 bosh\n"
    assert shown(walled) == "bosh"
    walled.until("still over bosh")                  # TCP is tried beside it, in vain
    assert len(walled.times("online jid=")) == 1
    walled.stop_device()

    walled.start_device("transport = auto")
    first = walled.until("connecting attempt=0 transport=bosh")
    assert "transport=tcp" not in walled.log()[:walled.log().index("transport=bosh")]
    assert walled.until("online jid=") >= first
    walled.router.forward("inside")                  # the wall falls
    walled.until("online jid=", times=2)
    assert "transport=tcp" in walled.log().rpartition("online jid=")[2]
    wait_for(lambda: shown(walled) == "tcp", 20, "the component knows it")
    assert "responded" in ask(walled)
    assert kept(walled).read_text() == "10.77.1.1%eth0 tcp\n"


def test_a_domain_that_does_not_say_it(walled):
    """Nobody listens there yet."""
    walled.start_device("transport = bosh")
    walled.until("does not say where it has BOSH")
    assert not walled.times("online jid=")


def test_the_domain_says_where_it_has_bosh(walled):
    server = walled.server.start(walled.dir, sys.executable, pathlib.Path(__file__).resolve(),
                                 walled.dir / f"tls/{DOMAIN}.pem", log="host-meta.log")
    wait_for(lambda: walled.server.run("ss", "-Hltn", "sport = :443").stdout, 10, "its web server")
    walled.start_device("transport = auto")
    walled.until("online jid=")
    assert "transport=bosh" in walled.log().rpartition("online jid=")[2]
    assert "responded" in ask(walled)
    assert server


def serve(pem):
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            found = self.path == "/.well-known/host-meta"
            self.send_response(200 if found else 404)
            self.end_headers()
            self.wfile.write(HOST_META.encode() if found else b"")

    web = http.server.HTTPServer(("", 443), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    web.socket = context.wrap_socket(web.socket, server_side=True)
    web.serve_forever()


if __name__ == "__main__":
    serve(sys.argv[1])
