"""platen-device bosh-proxy: somebody else's XMPP client (slixmpp), by TCP there and by BOSH on."""
import contextlib
import pathlib
import re
import socket
import subprocess

import pytest

from client import Client, local
from lab import wait_for
from proxies import Squid, free_port
from schemas import OPERATION

CONFIG = """\
[listen]
address = {address}
clients = 3

[bosh]
url = {url}
ca-file = {ca}

[proxy]
{proxy}

[log]
level = debug
"""


@contextlib.contextmanager
def bosh_proxy(lab, folder, proxy=None, url=None):
    """(address, its log as a function)"""
    port, env = free_port(), lab.env
    keys = proxy.settings() if proxy else {"url": "none"}
    conf = folder / "proxy.conf"
    conf.write_text(CONFIG.format(
        address=f"127.0.0.1:{port}", url=url or env["BOSH_TLS_URL"], ca=env["CA_FILE"],
        proxy="\n".join(f"{key.replace('_', '-')} = {value}" for key, value in keys.items())))
    program = pathlib.Path(env["PLATEN"]).with_name("platen-device")
    with open(folder / "log", "wb") as log:
        process = subprocess.Popen([program, "bosh-proxy", "-c", conf], stdout=log, stderr=log)
    try:
        wait_for(lambda: "listening" in (folder / "log").read_text(), 10, "it listens")
        yield ("127.0.0.1", port), lambda: (folder / "log").read_text()
    finally:
        process.terminate()
        assert process.wait(10) == 0
        assert "Sanitizer" not in (folder / "log").read_text()


def test_a_client_that_knows_nothing_of_bosh(lab, tmp_path):
    with bosh_proxy(lab, tmp_path) as (address, log):
        with Client(lab, "operator", plain_at=address) as client:
            asked = client.iq("set", lab.component, f"<request xmlns='{OPERATION}'"
                              f" device='{lab.jid('mfp-0001')}' command='get-supplies'/>")
            number = asked[0].get("id")
            told = client.take(lambda stanza: local(stanza) == "message" and
                               stanza.get("id") == number)
            assert told.find(f"{{{OPERATION}}}request").get("status") == "responded"
        wait_for(lambda: "gone client=127.0.0.1" in log(), 10, "it is gone")


def test_many_stanzas_in_order_and_each_once(lab, tmp_path):
    ping = "<ping xmlns='urn:xmpp:ping'/>"
    with Squid("digest") as proxy, bosh_proxy(lab, tmp_path, proxy) as (address, _):
        with Client(lab, "operator", plain_at=address) as client:
            numbers = [client.ask("get", lab.component, ping) for _ in range(300)]
            answers = [client.take(lambda stanza: local(stanza) == "iq").get("id")
                       for _ in numbers]
        assert answers == numbers


def test_two_clients_at_a_time(lab, tmp_path):
    with bosh_proxy(lab, tmp_path) as (address, _):
        with Client(lab, "operator", "one", plain_at=address) as one, \
             Client(lab, "operator", "two", plain_at=address) as two:
            one.send(f"<message to='{two.jid}' type='headline' id='x'><body>Hello</body></message>")
            assert two.take(lambda s: local(s) == "message").findtext("{*}body") == "Hello"


def said_to(address, text):
    """All that is said to who sends this and listens until the end."""
    with socket.create_connection(address, timeout=20) as peer:
        peer.sendall(text.encode())
        found = b""
        while more := peer.recv(65536):
            found += more
        return found.decode()


HEADER = ("<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'"
          " to='{}' version='1.0'>")


def test_a_client_hears_why_there_is_no_way(lab, tmp_path):
    with bosh_proxy(lab, tmp_path, url=f"https://localhost:{free_port()}/x") as (address, log):
        said = said_to(address, HEADER.format("localhost"))
    assert "remote-connection-failed" in said and "Failed to connect" in said
    assert said.endswith("</stream:stream>")
    assert "ended client=127.0.0.1: Failed to connect" in log()


def test_a_domain_that_the_server_does_not_have(lab, tmp_path):
    with bosh_proxy(lab, tmp_path) as (address, _):
        said = said_to(address, HEADER.format("elsewhere.example"))
    assert re.search("<error xmlns='http://etherx.jabber.org/streams'>", said)


def test_what_is_no_client_is_let_go(lab, tmp_path):
    with bosh_proxy(lab, tmp_path) as (address, log):
        words = ("GET / HTTP/1.1\r\n\r\n", "", "<a/></b>", "<!DOCTYPE x>")
        for number, text in enumerate(words, 1):
            with socket.create_connection(address) as peer:
                peer.sendall(text.encode())
            wait_for(lambda: log().count("gone client=") == number, 20, "it is let go")
        with contextlib.ExitStack() as stack:
            peers = [stack.enter_context(socket.create_connection(address)) for _ in range(4)]
            peers[3].settimeout(10)
            assert peers[3].recv(1) == b""
        wait_for(lambda: log().count("gone client=") == 7, 20, "all are let go")
        with Client(lab, "operator", plain_at=address):
            pass


@pytest.mark.parametrize("address", ["5222", "example.com:5222", "127.0.0.1:0", "::1:5222"])
def test_an_address_that_is_none(lab, tmp_path, address):
    (tmp_path / "conf").write_text(f"[listen]\naddress = {address}\n[bosh]\nurl = https://x/\n")
    program = pathlib.Path(lab.env["PLATEN"]).with_name("platen-device")
    done = subprocess.run([program, "bosh-proxy", "-t", "-c", tmp_path / "conf"],
                          capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr == (f"{tmp_path}/conf:2: [listen] address: '{address}' is no ADDRESS:PORT or"
                           " [IPv6]:PORT\n")
