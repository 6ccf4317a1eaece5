"""What bash and zsh complete: the commands, options and filters of `platen help`, no more and no
less; and devices, where there is a configuration."""
import contextlib
import os
import re
import shutil
import subprocess

import pytest

from lab import Lab
from schemas import ROOT
from terminal import Terminal

BIN = os.environ["PLATEN_BIN"]
SHELLS = ("bash", "zsh")
PROMPT = "READY> "
START = {
    "bash": ("--norc --noprofile -i",
             "bind 'set enable-bracketed-paste off'; bind 'set bell-style none';"
             " bind 'set page-completions off'; source /usr/share/bash-completion/bash_completion;"
             f" source {ROOT}/operator/platen.bash"),
    "zsh": ("-f -i", f"unsetopt PROMPT_SP BEEP; LISTMAX=500; fpath=({ROOT}/operator $fpath);"
            " autoload -Uz compinit; compinit -u -D"),
}


def help_of(*command):
    return subprocess.run([f"{BIN}/platen", "help", *command], capture_output=True, text=True,
                          timeout=20, check=True).stdout


def commands():
    return set(re.findall(r"^  ([a-z-]+) ", help_of(), re.M))


def options(command):
    return set(re.findall(r"^  (?:-.,|   ) (--[a-z-]+)", help_of(command), re.M))


def filters(command):
    return dict(re.findall(r"^  ([a-z]+)=(\S+)$", help_of(command), re.M))


@contextlib.contextmanager
def shell(name, home):
    """An interactive one that completes platen."""
    args, setup = START[name]
    env = {"PATH": f"{BIN}:{os.environ['PATH']}", "HOME": str(home), "TERM": "dumb",
           "LANG": "C.UTF-8", "COLUMNS": "150", "LINES": "60"}
    with Terminal([shutil.which(name), *args.split()], env) as terminal:
        terminal.type(f"{setup}; PS1='REA''DY> '\n")
        terminal.expect(PROMPT)
        yield terminal


def listed(terminal, line):
    """What two tabs offer behind this."""
    terminal.type(f"{line}\t\t")
    terminal.expect("\n")
    said = terminal.expect(PROMPT)
    terminal.type("\x15")
    return set(re.findall(r"(?:^|\s{2,})([a-z0-9@.=-]+)(?=\s|$)", said, re.M))


def completed(terminal, line, to):
    """A tab makes this of it."""
    terminal.type(f"{line}\t")
    terminal.expect(to)
    terminal.type("\x15")


@pytest.fixture(params=SHELLS)
def terminal(request, tmp_path):
    with shell(request.param, tmp_path) as one:
        yield one


def test_commands_are_those_of_the_help(terminal):
    assert listed(terminal, "platen ") >= commands()
    assert listed(terminal, "platen re") >= {"rename", "request", "requests"}
    assert listed(terminal, "platen help ") >= commands()


def test_no_command_is_made_up(tmp_path):
    """bash lists words alone, so each of them counts."""
    with shell("bash", tmp_path) as bash:
        assert listed(bash, "platen ") == commands()


@pytest.mark.parametrize("command", sorted(commands()))
def test_options_are_those_of_the_help(terminal, command):
    words = {word for word in listed(terminal, f"platen {command} --") if word.startswith("--")}
    assert words - {"--"} == options(command)


@pytest.mark.parametrize("command", [name for name in sorted(commands()) if filters(name)])
def test_filters_and_their_values_are_those_of_the_help(terminal, command):
    known = filters(command)
    # zsh puts the sign behind what it has completed, and does not list it.
    assert {word.rstrip("=") for word in listed(terminal, f"platen {command} ")} == set(known)
    for key, values in known.items():
        if "|" in values:
            assert listed(terminal, f"platen {command} {key}=") == set(values.split("|"))


def test_words_of_each_kind(terminal):
    completed(terminal, "platen wat", "platen watch ")
    completed(terminal, "platen requests sta", "status=")
    completed(terminal, "platen requests status=resp", "status=responded ")
    completed(terminal, "platen request d reb", "reboot ")
    completed(terminal, "platen requests command=reb", "command=reboot ")
    completed(terminal, "platen --json request d reboot --priority em", "emergency ")
    completed(terminal, "platen request d reboot --priority=em", "--priority=emergency ")
    completed(terminal, "platen account del", "account delete ")
    completed(terminal, "platen -c /etc/passw", "/etc/passwd")
    completed(terminal, "platen account add /etc/passw", "/etc/passwd")


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    one = Lab(tmp_path_factory.mktemp("completion") / "lab", devices=2)
    yield one
    one.down()


def test_devices_are_asked_of_the_component(terminal, lab):
    platen = f"platen -c {lab.env['PLATEN_CONFIG']}"
    jid = lab.jid("mfp-0002")
    completed(terminal, f"{platen} device mfp-0002", f"device {jid} ")
    completed(terminal, f"{platen} device mfp-0002@loc", f"device {jid} ")
    completed(terminal, f"{platen} request mfp-0002", f"request {jid} ")
    completed(terminal, f"{platen} requests device=mfp-0002@l", f"device={jid} ")
    completed(terminal, f"{platen} watch --device mfp-0002", f"--device {jid} ")
    completed(terminal, f"{platen} watch la", "watch lab ")
    assert listed(terminal, f"{platen} device mfp-000") == {lab.jid("mfp-0001"), jid}


def test_without_a_configuration_nothing_is_asked(terminal):
    """And the shell goes on as if there were none to be named."""
    terminal.type("platen device m\t")
    terminal.type("x\x15echo still here\n")
    terminal.expect("still here\r\n")


@pytest.mark.parametrize("name", ["a$(touch bad)b", "a;touch bad", "a`touch bad`"])
def test_a_name_is_no_command(terminal, tmp_path, name):
    """Whatever a component calls a device, the shell runs nothing of it."""
    fake = tmp_path / "fake/platen"
    fake.parent.mkdir()
    fake.write_text("#!/bin/sh\ncase \"$*\" in *devices*) cat <<'END'\n"
                    f'{{"device": "{name}", "via": null, "unit": "u"}}\nEND\n'
                    f'exit;; esac\nexec {BIN}/platen "$@"\n')
    fake.chmod(0o755)
    terminal.type(f"cd {tmp_path}\n")
    terminal.expect(PROMPT)
    terminal.type(f"{fake} -c /dev/null device a\t\t")
    terminal.type("\x15echo done\n")
    terminal.expect("done\r\n")
    assert not (tmp_path / "bad").exists()


def test_an_installation_has_both():
    rules = subprocess.run(["make", "-s", "-n", "install", "DESTDIR=", "PREFIX=/usr"], cwd=ROOT,
                           check=True, capture_output=True, text=True, timeout=120).stdout
    assert "operator/platen.bash /usr/share/bash-completion/completions/platen" in rules
    assert "operator/_platen /usr/share/zsh/site-functions/_platen" in rules
