"""platen-device as a program: what only looks, what is wrong in its words, how it ends."""
import os
import re
import signal
import subprocess

import pytest

PROGRAMS = os.environ["PLATEN_BIN"]
CONFIG = """\
[account]
jid = mfp-0001@example.com
password-file = {0}/password

[component]
obey = devices.example.com

[source]
type = snmp
address = 192.0.2.7
community = of-the-printer

[counter total]
oid = 1.3.6.1.4.1.18334.1.0
record = 7
"""


@pytest.fixture
def config(tmp_path):
    (tmp_path / "password").write_text("of-the-device\n")
    path = tmp_path / "platen-device.conf"
    path.write_text(CONFIG.format(tmp_path))
    return path


def run(program, *args):
    return subprocess.run([f"{PROGRAMS}/{program}", *args], capture_output=True, text=True,
                          timeout=20, stdin=subprocess.DEVNULL)


def test_what_only_looks_starts_nothing(config):
    done = run("platen-device", "-c", config, "-t")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    done = run("platen-device", "-v")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(r"platen-device \d+\.\d+\n", done.stdout)


def test_the_printed_configuration_reads_back_and_has_no_secret(config, tmp_path):
    once = run("platen-device", "-c", config, "-p")
    assert (once.returncode, once.stderr) == (0, "")
    assert "[counter total]\noid = 1.3.6.1.4.1.18334.1.0\nrecord = 0x07\n" in once.stdout
    assert "of-the-" not in once.stdout
    (tmp_path / "again.conf").write_text(once.stdout)
    assert run("platen-device", "-c", tmp_path / "again.conf", "-p").stdout == once.stdout


@pytest.mark.parametrize("program", ["platen-device", "platend"])
@pytest.mark.parametrize("words", [["-x"], ["-c"], ["more"]])
def test_a_mistake_in_its_words_is_told(program, words):
    done = run(program, *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"usage: {program} [" in done.stderr


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_while_it_has_no_stream(config, how):
    """No name of this server is known: it tries again and again, and ends at once."""
    with subprocess.Popen([f"{PROGRAMS}/platen-device", "-d", "-c", config], text=True,
                          stderr=subprocess.PIPE) as device:
        said = ""
        while "connecting again" not in said:
            line = device.stderr.readline()
            assert line, said
            said += line
        device.send_signal(how)
        said += device.communicate(timeout=20)[1]
    assert device.returncode == 0
    assert "ended" in said
    assert "of-the-" not in said
