"""A device on BOSH says what keeps it from its server."""
import contextlib
import socket
import threading
import time

import pytest

from lab import Lab, environment, section, wait_for
from fronts import Haproxy, Nginx
from proxies import PASSWORD, USER, Squid, Tinyproxy, free_port

NAME = "mfp-0001"


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """Its device is away: the tests start it."""
    one = Lab(tmp_path_factory.mktemp("bosh") / "lab", transport="bosh")
    one.kill(NAME)
    yield one
    one.down()


@contextlib.contextmanager
def device(lab, **sections):
    """Its log so far, as a function; what the sections say goes before its configuration."""
    began = len(lab.log(NAME))
    with contextlib.ExitStack() as stack:
        for name, keys in sections.items():
            stack.enter_context(section(name, **keys))
        process = lab.start_device(NAME)
        try:
            yield lambda: lab.log(NAME)[began:]
        finally:
            process.terminate()
            process.wait(10)


def says(log, text):
    try:
        wait_for(lambda: text in log(), 30)
    except AssertionError:
        raise AssertionError(f"not within 30 s: {text}; but {log()}") from None


def test_a_certificate_of_somebody_else_is_refused(lab):
    with device(lab, account={"ca_file": "/etc/ssl/certs/ca-certificates.crt"}) as log:
        says(log, "not connected: the server's certificate: ")
        assert "online" not in log()


def test_a_certificate_for_another_name_is_refused(lab):
    url = lab.env["BOSH_TLS_URL"].replace("localhost", "127.0.0.1")
    with device(lab, bosh={"url": url}) as log:
        says(log, "not connected: SSL: no alternative certificate subject name matches")


def test_an_endpoint_that_is_not_there(lab):
    with device(lab, bosh={"url": f"https://localhost:{free_port()}/bosh"}) as log:
        says(log, "not connected: Failed to connect to localhost port ")
    with device(lab, bosh={"url": lab.env["BOSH_TLS_URL"] + "/nothing"}) as log:
        says(log, "not connected: HTTP status 404")
    with device(lab, bosh={"url": "https://nowhere.invalid/bosh"}) as log:
        says(log, "not connected: Could not resolve host: nowhere.invalid")


def test_without_tls_on_loopback(lab):
    with device(lab, bosh={"url": lab.env["BOSH_URL"]}) as log:
        says(log, "stream: online")


def test_a_wrong_password_of_the_account(lab, tmp_path):
    (tmp_path / "wrong").write_text("wrong\n")
    with device(lab, account={"password_file": tmp_path / "wrong"}) as log:
        says(log, "not connected: the server did not accept the account and password")


@pytest.mark.parametrize("kind, auth", [(Squid, "basic"), (Squid, "digest"), (Tinyproxy, "basic")])
def test_a_proxy_that_wants_another_password(lab, tmp_path, kind, auth):
    (tmp_path / "wrong").write_text("wrong\n")
    with kind(auth) as proxy:
        wrong = proxy.settings() | {"password_file": tmp_path / "wrong"}
        with device(lab, proxy=wrong) as log:
            says(log, "not connected: the proxy wants another user or password (40")
        assert "wrong" not in log().replace("wrong user", "")
        # Of what it offers the better one.
        with device(lab, proxy=proxy.settings() | {"auth": "any"}) as log:
            says(log, "stream: online")


def test_a_proxy_that_refuses_and_one_that_is_away(lab):
    with Tinyproxy(more="ConnectPort 1\n") as proxy:
        with device(lab, proxy=proxy.settings()) as log:
            says(log, "not connected: the proxy refuses the connection (403)")
    with device(lab, proxy=proxy.settings() | {"url": f"http://127.0.0.1:{free_port()}"}) as log:
        says(log, "not connected: Failed to connect to 127.0.0.1 port ")


def test_the_environment_names_the_proxy(lab):
    with Squid("basic") as proxy:
        url = proxy.url.replace("//", f"//{USER}:{PASSWORD}@")
        with environment(https_proxy=url), device(lab, proxy={"url": ""}) as log:
            says(log, "stream: online")
            assert PASSWORD not in log()
        wait_for(proxy.tunnels, 10, "a tunnel")
        # What the configuration says goes before.
        before = proxy.tunnels()
        around = {"no_proxy": "localhost", "url": ""}
        with environment(https_proxy=url), device(lab, proxy=around) as log:
            says(log, "stream: online")
        time.sleep(1)
        assert proxy.tunnels() == before


def test_its_session_is_ended_with_it(lab):
    with device(lab) as log:
        says(log, "stream: online")
    wait_for(lambda: not lab.online(NAME), 20, "offline before the inactivity is over")


@pytest.mark.parametrize("kind", [Nginx, Haproxy])
def test_a_reverse_proxy_that_does_not_wait(lab, kind):
    """It ends requests earlier than the server: noticed once, then they are ended before."""
    with kind(lab, timeout=12) as front, device(lab, bosh={"url": front.url}) as log:
        says(log, "requests are ended on the way after_ms=")
        time.sleep(25)
        assert log().count("requests are ended on the way") == 1
        assert "no answer" not in log() and "lost" not in log()
        assert lab.ask("request", lab.jid(NAME), "get-supplies")["attempts"] == 1


def without_end(server):
    """A proxy that wants a password, and has more to say about it than anybody can read."""
    with contextlib.suppress(OSError):
        while True:
            client, _ = server.accept()
            with client, contextlib.suppress(OSError):
                client.recv(65536)
                client.sendall(b"HTTP/1.1 407 no\r\nProxy-Authenticate: Basic realm=x\r\n"
                               b"Content-Length: 99999999999999\r\n\r\n")
                while True:
                    client.sendall(b"x" * 8000)


def test_a_proxys_answer_without_end_holds_up_nothing(lab, tmp_path):
    password = tmp_path / "password"
    password.write_text("secret\n")
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=without_end, args=(server,), daemon=True).start()
        proxy = {"url": f"http://127.0.0.1:{server.getsockname()[1]}", "user": "u",
                 "password_file": str(password)}
        with device(lab, proxy=proxy) as log:
            says(log, "not connected: ")
        assert "ended" in log()          # device() has let it end by itself


@pytest.mark.parametrize("url", ["http://u:TOPSECRET@localhost:99999", "ftp://u:TOPSECRET@localhost"])
def test_the_password_of_the_environments_proxy_is_not_logged(lab, url):
    with environment(https_proxy=url), device(lab, proxy={"url": ""}) as log:
        says(log, "not connected: ")
    assert "TOPSECRET" not in log()
