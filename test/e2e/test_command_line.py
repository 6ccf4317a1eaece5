"""What platen says of itself and of mistakes in its words; nothing of it needs a server."""
import json
import os
import re
import subprocess

import pytest

from schemas import ROOT

PLATEN = f"{os.environ['PLATEN_BIN']}/platen"
USAGE = "platen: usage: "


def platen(*words, **options):
    return subprocess.run([PLATEN, *words], capture_output="stdout" not in options, text=True,
                          timeout=20, stdin=subprocess.DEVNULL, **options)


def names():
    """The commands that the man page has."""
    page = (ROOT / "operator/platen.1").read_text()
    return sorted(set(re.findall(r"^\.It Cm (\w+)(?: |$)", page, re.M)))


def test_help_lists_every_command_of_the_man_page():
    done = platen("help")
    assert (done.returncode, done.stderr) == (0, "")
    listed = re.findall(r"^  (\w+)", done.stdout, re.M)
    assert set(names()) <= set(listed)
    assert platen("--help").stdout == done.stdout


@pytest.mark.parametrize("name", names())
def test_a_command_is_explained(name):
    done = platen("help", name)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"usage: platen {name}")
    assert "--json" in done.stdout
    assert platen(name, "--help").stdout == done.stdout


def test_version():
    done = platen("--version")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(r"platen \d+\.\d+\n", done.stdout)


MISTAKES = {
    (): "platen COMMAND ...; 'platen help' lists the commands",
    ("frobnicate",): "there is no command 'frobnicate'; 'platen help' lists them",
    ("help", "frobnicate"): "there is no command 'frobnicate'; 'platen help' lists them",
    ("device",): "platen device DEVICE",
    ("device", "a", "b"): "platen device DEVICE",
    ("devices", "--frobnicate"): "there is no option --frobnicate",
    ("devices", "--token", "t"): "--token",
    ("devices", "--limit", "many"): "--limit",
    ("status", "x"): "'x' is no request's id",
    ("cancel", "x"): "'x' is no request's id",
    ("cancel",): "platen cancel ID",
    ("watch", "acme", "bolt"): "platen watch [UNIT]",
    ("stats", "by=moon"): "by: 'moon' is none of command, unit, device",
    ("request", "mfp-1", "reboot", "--priority", "high"): "'high' is none of normal|emergency",
    ("rename", "mfp-1", "@"): "'@' is no account such as mfp-0001@example.com",
    ("rename", "mfp-1", "mfp-2@example.com/r"): "'mfp-2@example.com/r' is no account such as",
    ("request", "", "get-status"): "DEVICE is empty",
    ("request", "mfp-1", "get-status", "colour"): "'colour' is no KEY=VALUE",
    ("account", "paint", "x"): "platen account add, delete or password",
}


@pytest.mark.parametrize("words", MISTAKES, ids=" ".join)
def test_a_mistake_is_told(words):
    done = platen(*words)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(USAGE)
    assert MISTAKES[words] in done.stderr


def test_a_mistake_is_told_to_programs_and_to_who_wrote_them():
    done = platen("--json", "frobnicate")
    error = json.loads(done.stdout)["error"]
    assert (done.returncode, error["condition"]) == (2, "usage")
    assert done.stderr == f"{USAGE}{error['text']}\n"


def test_what_is_no_utf8_is_told_in_json_all_the_same():
    done = subprocess.run([PLATEN, b"--json", b"caf\xe9"], capture_output=True, timeout=20)
    assert done.returncode == 2
    assert "'caf\ufffd'" in json.loads(done.stdout)["error"]["text"]
    assert b"'caf?'" in done.stderr


@pytest.mark.parametrize("environment, place", [({"XDG_CONFIG_HOME": "{0}/x"}, "x"),
                                                ({"HOME": "{0}"}, ".config")])
def test_without_a_configuration_it_says_where_one_would_be(tmp_path, environment, place):
    env = {"PATH": os.environ["PATH"]}
    env |= {name: value.format(tmp_path) for name, value in environment.items()}
    done = platen("devices", env=env)
    assert done.returncode == 2
    assert f"{tmp_path}/{place}/platen/platen.conf: No such file or directory" in done.stderr
    assert "'platen login' makes it" in done.stderr


def test_without_the_password_it_says_which_file_it_looked_for(tmp_path):
    config = tmp_path / "platen.conf"
    config.write_text("[account]\njid = alice@example.com\npassword-file = secret\n"
                      "[component]\njid = devices.example.com\n")
    done = platen("-c", config, "devices")
    assert done.returncode == 2
    assert f"platen: no-password: {tmp_path}/secret: No such file or directory" in done.stderr


def test_output_that_cannot_be_written_is_an_error():
    with open("/dev/full", "w", encoding="ascii") as full:
        done = platen("help", stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 1
    assert done.stderr == "platen: output: cannot write the output: No space left on device\n"


def test_a_reader_that_has_gone_is_none():
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as pipe:
        done = platen("help", stdout=pipe, stderr=subprocess.PIPE)
    assert (done.returncode, done.stderr) == (0, "")


def test_standard_files_that_are_closed_become_no_socket():
    done = subprocess.run(["sh", "-c", f"{PLATEN} help >&- <&-; echo $?"], capture_output=True,
                          text=True, timeout=20)
    assert (done.stdout, done.stderr) == ("0\n", "")
