"""A configuration with mistakes: each of the programs tells all of them at once, with file
and line, and ends with 1. Credentials that are refused are said so."""
import os
import pathlib
import socket
import subprocess

import pytest

from lab import wait_for

FILES = {
    "platend": """\
[component]
domain = a@example.com
secret-file = nowhere
port = 0

[data]
directry = /var/lib/platen
units = units.conf
""",
    "platen-device": """\
[account]
jid = example.com
password-file = nowhere

[component]
obey = devices.example.com

[source]
type = magic
""",
    "platen": """\
[account]
jid = alice@example.com
password-file = password
port = many

[component]
jid = devices.example.com

[log]
level = loud
color = yes
""",
}
UNITS = """\
[unit acme]
operator alice@example.com = veiw
"""
TOLD = {
    "platend": ["{0}:4: [component] port: 0 is not within 1 and 65535",
                "{0}:7: [data] has no key 'directry'; did you mean 'directory'?",
                '{0}:2: [component] domain: "a@example.com" is not a domain',
                "{0}:3: [component] secret-file: {1}/nowhere: No such file or directory",
                '{1}/units.conf:2: "veiw" is no right; there are view, request, configure, '
                "emergency, session, admin"],
    "platen-device": ["{0}:9: [source] type: 'magic' is none of: file snmp",
                      "{0}:2: [account] jid: must be USER@DOMAIN, 'example.com' is not",
                      "{0}:3: [account] password-file: cannot read {1}/nowhere: No such file or "
                      "directory"],
    "platen": ["{0}:4: [account] port: 'many' is not a whole number",
               "{0}:10: [log] level: 'loud' is none of: error warn info debug",
               "{0}:11: [log] has no key 'color'"],
}


def program(name):
    return pathlib.Path(os.environ["PLATEN_BIN"]) / name


@pytest.mark.parametrize("name", FILES)
def test_all_mistakes_are_told_with_file_and_line(tmp_path, name):
    path = tmp_path / "the.conf"
    path.write_text(FILES[name])
    (tmp_path / "units.conf").write_text(UNITS)
    words = ["devices"] if name == "platen" else []
    done = subprocess.run([program(name), "-c", path, *words], capture_output=True, text=True,
                          timeout=20)
    assert (done.returncode, done.stdout) == (1, "")
    told = [line for line in done.stderr.splitlines() if not line.startswith("platen: ")]
    assert told == [line.format(path, tmp_path) for line in TOLD[name]]


def test_a_wrong_secret_is_said(new_lab):
    for server in ("prosody", "ejabberd"):
        lab = new_lab(server=server, devices=0)
        lab.kill("platend")
        secret = pathlib.Path(lab.env["COMPONENT_SECRET_FILE"])
        right = secret.read_text()
        secret.write_text("of-nobody\n")
        done = subprocess.run([program("platend"), "-c", lab.dir / "platend/platend.conf"],
                              capture_output=True, text=True, timeout=30)
        secret.write_text(right)
        assert done.returncode == 1
        assert "the server refused the component's secret" in done.stderr
        assert "of-nobody" not in done.stderr


def test_a_wrong_password_is_said(new_lab):
    for server in ("prosody", "ejabberd"):
        lab = new_lab(server=server)
        for folder in ("operator", "devices/mfp-0001"):
            (lab.dir / folder / "password").write_text("of-nobody\n")
        done = lab.run("devices")
        assert done.returncode == 4
        assert "did not accept the account and password" in done.stderr
        lab.kill("mfp-0001")
        log = lab.dir / "devices/mfp-0001/log"
        log.unlink()
        with log.open("wb") as out:
            device = subprocess.Popen([program("platen-device"), "-c",
                                       lab.dir / "devices/mfp-0001/platen-device.conf"], stderr=out)
        try:
            wait_for(lambda: "did not accept the account and password" in lab.log("mfp-0001"), 20, "said")
        finally:
            device.kill()
            device.wait()
        assert "of-nobody" not in lab.log("mfp-0001") + done.stderr


def test_a_stanza_for_another_component_ends_it_with_an_explanation(new_lab):
    """As of a server where two components share a listener: each gets both's stanzas."""
    lab = new_lab(devices=0)
    lab.kill("platend")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        platend = subprocess.Popen(
            [program("platend"), "-c", lab.dir / "platend/platend.conf"], stderr=subprocess.PIPE,
            text=True, env={**os.environ,
                            "PLATEND_COMPONENT_PORT": str(listener.getsockname()[1])})
        try:
            with listener.accept()[0] as server:
                server.sendall(b"<stream:stream xmlns='jabber:component:accept' id='1' xmlns:stream="
                               b"'http://etherx.jabber.org/streams'><handshake/>"
                               b"<message to='other.example.com' from='a@example.com'/>")
                _, errors = platend.communicate(timeout=20)
        finally:
            platend.kill()
            platend.wait()
    assert platend.returncode == 1
    assert "other.example.com" in errors
