"""Who plays the XMPP server gets no password; platen and platend say what is wrong."""
import contextlib
import os
import pathlib
import re
import socket
import subprocess
import threading

import pytest

HEAD = ("<?xml version='1.0'?><stream:stream xmlns='jabber:client' id='x' from='example.com'"
        " version='1.0' xmlns:stream='http://etherx.jabber.org/streams'>")
TLS = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
SASL = ("<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism>"
        "</mechanisms>")
PROCEED = "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"


def features(*inside):
    return f"{HEAD}<stream:features>{''.join(inside)}</stream:features>"


class Server:
    """Says its lines, one behind each thing that comes; then it listens, and after a second
    it closes, or is silent for ever."""

    def __init__(self, lines, closes):
        self._lines, self._closes, self.heard = lines, closes, b""
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self):
        while not self._over.is_set():
            with contextlib.suppress(OSError), self._listening.accept()[0] as peer:
                self._talk(peer)

    def _talk(self, peer):
        for line in self._lines:
            self.heard += peer.recv(65536)
            peer.sendall(line.encode())
        peer.settimeout(1)
        came = b"?"
        while came and not self._over.is_set():
            try:
                came = peer.recv(65536)
                self.heard += came
            except TimeoutError:
                if self._closes:
                    return

    def stop(self):
        self._over.set()
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join(10)


@pytest.fixture
def play(tmp_path):
    """play(lines…): a server, and a configuration of platen that goes there."""
    servers = []

    def start(*lines, closes=True, host="127.0.0.1", security="starttls"):
        servers.append(Server(lines, closes))
        (tmp_path / "password").write_text("of-alice\n")
        config = tmp_path / "platen.conf"
        config.write_text("[account]\njid = alice@example.com\npassword-file = password\n"
                          f"host = {host}\nport = {servers[-1].port}\nsecurity = {security}\n"
                          "[component]\njid = devices.example.com\n")
        return servers[-1], config

    yield start
    for server in servers:
        server.stop()


def ask(config):
    """What platen says; it has no answer."""
    done = subprocess.run([f"{os.environ['PLATEN_BIN']}/platen", "-c", config, "devices"],
                          capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (5, ""), (done.returncode, done.stdout, done.stderr)
    assert "of-alice" not in done.stderr
    return done.stderr


WITHOUT_TLS = {
    "offers none": [features(SASL)],
    "offers nothing": [features()],
    "refuses it": [features(TLS, SASL),
                   "<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:stream>"],
    "speaks on without it": [features(TLS, SASL), PROCEED + features(SASL)],
}


@pytest.mark.parametrize("case", WITHOUT_TLS)
def test_without_tls_no_password_leaves(play, case):
    server, config = play(*WITHOUT_TLS[case])
    assert "no-connection" in ask(config)
    assert b"<stream:stream" in server.heard
    assert b"<auth" not in server.heard
    assert b"of-alice" not in server.heard


def test_a_server_that_says_nothing_is_given_up(play):
    _, config = play(closes=False)
    assert "did not answer in time" in ask(config)


def test_a_server_that_is_silent_in_the_handshake_is_given_up(play):
    server, config = play(features(TLS), PROCEED, closes=False)
    assert "did not answer in time" in ask(config)
    assert b"<auth" not in server.heard


def test_a_server_that_closes_is_told_from_one_that_is_not_there(play):
    server, config = play("")
    assert "no secure connection to 127.0.0.1" in ask(config)
    server.stop()
    assert "cannot connect to 127.0.0.1" in ask(config)


@pytest.mark.parametrize("text", ["HTTP/1.1 400 Bad Request\r\n\r\n", "\0\1\2\3", "<a/><b/>",
                                  "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"])
def test_what_is_no_xmpp_is_given_up(play, text):
    _, config = play(text)
    assert "no-connection" in ask(config)


def test_a_stream_error_is_told_and_moves_no_terminal(play):
    error = ("<stream:error><policy-violation xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"
             "<text xmlns='urn:ietf:params:xml:ns:xmpp-streams'>go away&#x9b;2J</text>"
             "</stream:error></stream:stream>")
    _, config = play(HEAD + error)
    said = ask(config)
    assert "go away" in said
    assert "\x9b" not in said


def test_plain_is_for_the_loopback_only(play):
    _, config = play(host="192.0.2.1", security="plain")
    assert "security = plain is for loopback addresses only" in ask(config)


def test_a_name_that_is_nobodys_is_said(play):
    _, config = play(host="nobody.invalid")
    assert "cannot find nobody.invalid" in ask(config)


def test_a_certificate_of_another_authority_is_refused(lab, tmp_path):
    """On which no password is said, whatever the server's name is."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-keyout", tmp_path / "key", "-out",
                    tmp_path / "ca.crt", "-days", "1", "-subj", "/CN=another authority"],
                   check=True, capture_output=True, timeout=60)
    config = pathlib.Path(lab.env["PLATEN_CONFIG"]).read_text()
    changed = tmp_path / "platen.conf"
    changed.write_text(config.replace(lab.env["CA_FILE"], str(tmp_path / "ca.crt")))
    done = lab.run("devices", config=str(changed))
    assert (done.returncode, done.stdout) == (5, ""), (done.returncode, done.stdout, done.stderr)
    assert "the server's certificate" in done.stderr
    assert lab.run("devices").returncode == 0


COMPONENT_HEAD = ("<stream:stream xmlns='jabber:component:accept' id='x' from='{}'"
                  " xmlns:stream='http://etherx.jabber.org/streams'>")
POLICY = ("<stream:error><policy-violation xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"
          "<text xmlns='urn:ietf:params:xml:ns:xmpp-streams'>go away&#x9b;2J</text>"
          "</stream:error></stream:stream>")
FOR_PLATEND = {
    "silent": ([], False, "the server did not answer in time"),
    "no XMPP port": (["HTTP/1.1 400 Bad Request\r\n\r\n"], True,
                     "what the server sends is no XMPP stream"),
    "another XMPP port": ([HEAD.replace(" id='x'", "")], True, "this is no XMPP component port"),
    "an error": ([COMPONENT_HEAD + POLICY], True, "stream error policy-violation: go away??2J"),
    "a handshake that never ends": ([COMPONENT_HEAD], False, "the server did not answer in time"),
}


def platend(folder, **component):
    """What platend says of these keys and then ends."""
    (folder / "secret").write_text("of-platend\n")
    (folder / "units.conf").write_text("")
    keys = {"domain": "devices.example.com", "secret-file": "secret", **component}
    (folder / "platend.conf").write_text(
        "[component]\n" + "".join(f"{key} = {value}\n" for key, value in keys.items())
        + "[data]\ndirectory = data\nunits = units.conf\nreserve = 0\n")
    done = subprocess.run([f"{os.environ['PLATEN_BIN']}/platend", "-c", folder / "platend.conf"],
                          capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (1, "")
    return done.stderr


@pytest.mark.parametrize("case", FOR_PLATEND)
def test_platend_ends_where_no_server_takes_it(tmp_path, case):
    lines, closes, wanted = FOR_PLATEND[case]
    server = Server(lines, closes)
    try:
        said = platend(tmp_path, port=server.port)
    finally:
        server.stop()
    assert wanted in said
    assert "\x9b" not in said
    assert b"<stream:stream" in server.heard
    assert b"of-platend" not in server.heard


def test_platend_ends_where_nobody_has_the_server_s_name(tmp_path):
    said = platend(tmp_path, host="nobody.invalid", **{"private-network": "yes"})
    assert re.search("link: .*server=nobody.invalid", said)
