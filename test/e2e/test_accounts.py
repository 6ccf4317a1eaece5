"""Accounts for many devices: by platen account, and by scripts/accounts at the server."""
import csv
import json
import os
import pathlib
import pty
import signal
import subprocess
import threading

import pytest

from client import Client
from conftest import SERVERS
from lab import wait_for
from schemas import ROOT


def write(path, names, password=None):
    """A CSV file of these devices, as a spreadsheet writes it."""
    with open(path, "w", encoding="utf-8-sig", newline="") as file:
        out = csv.writer(file)
        out.writerow(["room", "device", "password"])
        out.writerows(["1st, left", name, password or ""] for name in names)
    return path


def script(lab, *args, **options):
    """scripts/accounts, for the lab's server."""
    facts = json.loads((lab.dir / "lab.json").read_text())
    place = {"prosody": ["--config", lab.dir / "server/prosody.cfg.lua"],
             "ejabberd": ["--address", f"localhost:{facts['ports'].get('erlang')}",
                          "--home", lab.dir / "server"]}
    words = [ROOT / "scripts/accounts", "--server", lab.server, "--domain", lab.env["DOMAIN"],
             *place[lab.server], *args]
    return subprocess.run(list(map(str, words)), capture_output=True, text=True, timeout=120,
                          stdin=subprocess.DEVNULL, **options)


def from_afar(lab, *args, **options):
    return lab.run("account", *map(str, args), **options)


WAYS = pytest.mark.parametrize("add", [from_afar, script])


def results(done, status=0):
    """{device: result} of a run with --json."""
    assert done.returncode == status, (done.returncode, done.stdout, done.stderr)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    return {row["device"]: row["result"] for row in rows if "device" in row}


def kept(folder):
    """{JID: password}"""
    for path in folder.iterdir():
        assert path.stat().st_mode & 0o777 == 0o600, path
    return {path.name: path.read_text().rstrip("\n") for path in folder.iterdir()}


def log_in(lab, name, password):
    with Client(lab, name, password=password):
        pass


def can_log_in(lab, name, password):
    try:
        log_in(lab, name, password)
    except AssertionError as error:
        assert "refuses the account" in str(error)
        return False
    return True


@pytest.fixture
def ordinary(lab, tmp_path):
    """A configuration whose account is no administrator."""
    text = pathlib.Path(lab.env["PLATEN_CONFIG"]).read_text()
    text = text.replace("operator@", "mfp-0001@")
    text = text.replace(f"{lab.dir}/operator/password", f"{lab.dir}/devices/mfp-0001/password")
    path = tmp_path / "ordinary.conf"
    path.write_text(text)
    return str(path)


@WAYS
def test_a_hundred_devices_get_accounts_once(lab, tmp_path, add):
    names = [f"many-{add.__name__.replace('_', '-')}-{n}" for n in range(100)]
    table, folder = write(tmp_path / "d.csv", names), tmp_path / "in/passwords"
    wanted = {lab.jid(name) for name in names}
    done = add(lab, "--json", "add", table, "--passwords", folder)
    assert results(done) == dict.fromkeys(wanted, "created")
    assert "columns that are not used: room\n" in done.stderr
    passwords = kept(folder)
    assert set(passwords) == wanted
    assert folder.stat().st_mode & 0o777 == 0o700
    assert len(set(passwords.values())) == 100
    assert all(len(password) == 32 for password in passwords.values())
    for name in (names[0], names[99]):
        log_in(lab, name, passwords[lab.jid(name)])
    assert not can_log_in(lab, names[1], passwords[lab.jid(names[2])])
    again = add(lab, "--json", "add", table, "--passwords", folder)
    assert results(again) == dict.fromkeys(wanted, "exists")
    assert kept(folder) == passwords
    text = add(lab, "add", table, "--passwords", folder)
    assert (text.returncode, text.stdout) == (0, "created: 0, exists: 100, failed: 0\n")


def test_platen_device_logs_in_with_what_was_made(lab, tmp_path):
    """The device's own account, deleted and made anew, with the file as its password-file."""
    name, folder = "mfp-0003", tmp_path / "passwords"
    lab.kill(name)
    assert results(from_afar(lab, "--json", "delete", lab.jid(name), "--yes")) == {
        lab.jid(name): "deleted"}
    table = write(tmp_path / "d.csv", [name])
    assert results(from_afar(lab, "--json", "add", table, "--passwords", folder))
    (lab.dir / f"devices/{name}/password").write_bytes((folder / lab.jid(name)).read_bytes())
    lab.restart(name)
    assert lab.ask("request", lab.jid(name), "get-counters")["status"] == "responded"


@WAYS
def test_a_given_password_is_nowhere_but_in_the_folder(lab, tmp_path, add):
    name, secret = f"given-{add.__name__.replace('_', '-')}", "sec ret-zebra\"1"
    table = write(tmp_path / "d.csv", [f"{name}-{n}" for n in range(30)], secret)
    seen, ended = set(), threading.Event()

    def watch():
        while not ended.is_set():
            for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    seen.add(path.read_bytes())
                except OSError:
                    pass

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        done = add(lab, "add", table, "--passwords", tmp_path / "passwords",
                   env={**os.environ, "PLATEN_LOG_LEVEL": "debug"})
        again = add(lab, "--csv", "add", table, "--passwords", tmp_path / "passwords",
                    env={**os.environ, "PLATEN_LOG_LEVEL": "debug"})
    finally:
        ended.set()
        watcher.join()
    assert (done.returncode, again.returncode) == (0, 0), (done, again)
    assert any(str(table).encode() in line for line in seen), "the watcher sees command lines"
    assert not any(b"zebra" in line for line in seen)
    assert "zebra" not in done.stdout + done.stderr + again.stdout + again.stderr
    for path in lab.dir.rglob("*"):
        if path.is_file():
            assert b"zebra" not in path.read_bytes(), path
    assert set(kept(tmp_path / "passwords").values()) == {secret}
    log_in(lab, f"{name}-7", secret)


@WAYS
def test_an_account_that_exists_keeps_its_password(lab, tmp_path, add):
    """And no file says that it has another one."""
    table, folder = write(tmp_path / "d.csv", ["mfp-0001"]), tmp_path / "passwords"
    done = add(lab, "--csv", "add", table, "--passwords", folder)
    assert (done.returncode, done.stdout.splitlines()) == (
        0, ["device,result,error_condition,error_text", f"{lab.jid('mfp-0001')},exists,,"])
    assert kept(folder) == {}
    log_in(lab, "mfp-0001", lab.password("mfp-0001"))


@WAYS
def test_a_password_that_an_earlier_run_kept_is_used(lab, tmp_path, add):
    name, folder = f"early-{add.__name__.replace('_', '-')}", tmp_path / "passwords"
    folder.mkdir(0o700)
    (folder / lab.jid(name)).touch(0o600)
    (folder / lab.jid(name)).write_text("from before\n")
    table = write(tmp_path / "d.csv", [name])
    assert results(add(lab, "--json", "add", table, "--passwords", folder)) == {
        lab.jid(name): "created"}
    log_in(lab, name, "from before")
    done = add(lab, "add", write(table, [name], "another"), "--passwords", folder)
    assert done.returncode == 2
    assert f"{table}:2: the folder holds another password for {lab.jid(name)}\n" in done.stderr


MISTAKES = {
    "quotes": b'device\na"b\n"c\n',
    "names": b"device\n\"\"\na b\n@x\na@\nA\na\nx@y/z\n.@x\na@b..c\na@[x\n\xc3\xa4@\xc3\xb6\n",
    "folded": "device\na\u00c4\nA\u00e4\nstra\u00dfe\nSTRASSE\na\uff20\n\u05d0a\nx@\uff0f\n"
              "y@\U0001f600\n\u0243\n\u0180\n".encode()
              + "\ufdfa".encode() * 14 + b"\n",
    "passwords": b"device,password\na, x\nb,\"x\ty\"\nc," + b"p" * 1024 + b"\nd,\x7f\n",
    "cells": b"device,x\na\nb,c,d\n\n,\n" + b"," * 300 + b"\n",
    "ends": b"\xef\xbb\xbfdevice\r\n\r\na\rb\r\n\"c\r\nd\"e\r\nf\0g\r\n\"h\0i\"\r\n",
    "long": b"device,x\na," + b"x" * 65536 + b"\nb b," + b"x" * 65530 + b"\n",
    "empty": b"", "lines": b"\n\n\n", "head": b"device\n\n", "column": b"mfp-1\n",
    "twice": b"device,password,password,device\n1,2,3,4\n", "latin": b"device\n\nk\xfcche\n",
    "many": b"device\n" + b"a b\n" * 200,
    "jid": b"device\n" + b"a" * 230 + b"\n" + b"a" * 231 + b"\n",
}


@pytest.mark.parametrize("name", MISTAKES)
def test_all_mistakes_are_told_before_anything_is_done(lab, tmp_path, name):
    """By both programs in the same words."""
    table, folder = tmp_path / "d.csv", tmp_path / "passwords"
    table.write_bytes(MISTAKES[name])
    done = from_afar(lab, "add", table, "--passwords", folder)
    other = script(lab, "add", table, "--passwords", folder)
    assert done.returncode == other.returncode == 2, (done, other)
    assert f"{table}:" in done.stderr
    assert "nothing was done" in done.stderr.splitlines()[-1]
    assert done.stderr == other.stderr.replace("accounts: ", "platen: ")
    assert done.stdout == other.stdout == ""
    assert not folder.exists()


def test_who_is_no_administrator_makes_nothing(lab, tmp_path, ordinary):
    table, folder = write(tmp_path / "d.csv", [f"no-{n}" for n in range(50)]), tmp_path / "p"
    done = from_afar(lab, "add", table, "--passwords", folder, config=ordinary)
    assert (done.returncode, done.stdout) == (4, "")
    assert "your account is no administrator of localhost" in done.stderr
    assert kept(folder) == {}
    assert lab.ask("account", "delete", "no-1", "--yes", status=4, config=ordinary)["error"][
        "condition"] == "forbidden"
    assert results(from_afar(lab, "--json", "add", table, "--passwords", folder)) == {
        lab.jid(f"no-{n}"): "created" for n in range(50)}


def test_an_account_of_another_server_fails_alone(lab, tmp_path):
    names = ["alone-1", "alone-2@nowhere.invalid", "alone-3"]
    table = write(tmp_path / "d.csv", names)
    done = from_afar(lab, "--json", "add", table, "--passwords", tmp_path / "p")
    assert results(done, 1) == {lab.jid("alone-1"): "created", names[1]: "failed",
                                lab.jid("alone-3"): "created"}
    row = json.loads(done.stdout.splitlines()[1])
    assert row["error"]["condition"] in ("not-allowed", "remote-server-not-found")


def test_the_script_makes_nothing_where_the_server_is_not(lab, tmp_path):
    """Prosody would make an account for a domain that it does not have."""
    table = write(tmp_path / "d.csv", ["x@nowhere.invalid"])
    done = script(lab, "--json", "add", table, "--passwords", tmp_path / "p")
    assert done.returncode == 1, done
    assert "does not serve nowhere.invalid" in done.stdout
    assert kept(tmp_path / "p") == {}
    assert not (lab.dir / "server/data/nowhere%2einvalid").exists()


def test_the_script_tells_a_server_that_is_not_there(lab, tmp_path):
    table = write(tmp_path / "d.csv", ["x"])
    words = ["--json", "add", table, "--passwords", tmp_path / "p"]
    if lab.server == "ejabberd":
        assert script(lab, "--address", "localhost:1", *words).returncode == 5
        assert script(lab, "--home", tmp_path, *words).returncode == 4
    else:
        assert script(lab, "--config", tmp_path / "none.lua", *words).returncode == 1
    log_in(lab, "mfp-0001", lab.password("mfp-0001"))


def test_one_program_at_a_time_works_in_a_folder(lab, tmp_path):
    import fcntl
    table, folder = write(tmp_path / "d.csv", ["locked"]), tmp_path / "p"
    folder.mkdir()
    fd = os.open(folder, os.O_RDONLY)
    fcntl.flock(fd, fcntl.LOCK_EX)
    for add in (from_afar, script):
        done = add(lab, "--json", "add", table, "--passwords", folder)
        assert done.returncode == 1
        assert json.loads(done.stdout)["error"]["condition"] == "busy"
    os.close(fd)


def test_a_new_password_takes_the_place_of_the_old(lab, tmp_path):
    table, folder = write(tmp_path / "d.csv", ["change"]), tmp_path / "p"
    assert results(from_afar(lab, "--json", "add", table, "--passwords", folder))
    old = kept(folder)[lab.jid("change")]
    with Client(lab, "change", password=old) as client:
        done = from_afar(lab, "--json", "password", "change", "nobody", "--passwords", folder)
        assert results(done, 1) == {lab.jid("change"): "changed", lab.jid("nobody"): "failed"}
        if lab.server == "prosody":
            wait_for(lambda: not client._thread.is_alive(), what="Prosody ends the stream")
        else:
            client.iq("get", "localhost", "<ping xmlns='urn:xmpp:ping'/>")
    assert json.loads(done.stdout.splitlines()[1])["error"]["condition"] == "item-not-found"
    new = kept(folder)
    assert set(new) == {lab.jid("change")}
    assert not can_log_in(lab, "change", old)
    log_in(lab, "change", new[lab.jid("change")])


def test_delete_asks_on_a_terminal(lab, tmp_path):
    name = lab.jid("doomed")
    table = write(tmp_path / "d.csv", ["doomed"])
    assert results(from_afar(lab, "--json", "add", table, "--passwords", tmp_path / "p"))
    assert from_afar(lab, "delete", name).returncode == 2, "no terminal, no --yes"
    for answer, status, said in ((b"no\n", 130, ""), (b"\n", 130, ""),
                                 (b"yes\n", 0, "deleted: 1, absent: 0, failed: 0\n"),
                                 (b"y\n", 0, "deleted: 0, absent: 1, failed: 0\n")):
        ours, its = pty.openpty()
        os.write(ours, answer)
        done = from_afar(lab, "delete", name, stdin=its)
        os.close(ours)
        os.close(its)
        assert (done.returncode, done.stdout) == (status, said), done
        assert f"Delete the account {name}? (yes or no)" in done.stderr


def test_nobody_deletes_his_own_account(lab, tmp_path):
    for words in (["delete", "Operator", "--yes"],
                  ["password", lab.env["OPERATOR"], "--passwords", tmp_path / "p"]):
        done = from_afar(lab, *words)
        assert done.returncode == 2
        assert "is your own account" in done.stderr
    log_in(lab, "operator", lab.password("operator"))


def test_words_that_do_not_fit(lab, tmp_path):
    for words in (["add"], ["add", "x.csv"], ["add", "x.csv", "y.csv", "--passwords", "d"],
                  ["delete", "x", "--passwords", "d"], ["add", "x.csv", "--passwords", "d", "--yes"],
                  ["make", "x"], ["password", "x"], ["delete", "x@y/z", "--yes"],
                  ["delete", "x", "x", "--yes"], ["delete", "x", "--yes", "--csv", "--json"]):
        assert from_afar(lab, *words, cwd=tmp_path).returncode == 2, words
    assert not list(tmp_path.iterdir())


def begin(lab, tmp_path, add):
    """A long run under way, which has begun to make accounts."""
    names = [f"long-{n}" for n in range(400)]
    table, folder = write(tmp_path / "d.csv", names), tmp_path / "passwords"
    running = lab.start("account", "add", str(table), "--passwords", str(folder))
    wait_for(lambda: folder.exists() and sum(1 for _ in folder.iterdir()) >= 40, pause=0.005)
    return running, names, table, folder


def check_whole(lab, names, table, folder, before):
    found = results(from_afar(lab, "--json", "add", table, "--passwords", folder))
    assert set(found) == {lab.jid(name) for name in names}
    after = kept(folder)
    assert set(after) == set(found)
    assert all(after[jid] == password for jid, password in before.items())
    for name in (names[0], names[17], names[len(before) - 1], names[-1]):
        log_in(lab, name, after[lab.jid(name)])
    return found


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
@pytest.mark.parametrize("server", SERVERS)
def test_a_run_that_was_ended_is_repeated(new_lab, server, tmp_path, how):
    lab = new_lab(server=server, devices=0)
    running, names, table, folder = begin(lab, tmp_path, from_afar)
    running.send_signal(how)
    _, said = running.communicate(timeout=20)
    if how == signal.SIGINT:
        assert running.returncode == 130
        assert "the same command does the others" in said
    left = {name: text for name, text in kept(folder).items() if not name.startswith("tmp:")}
    assert 0 < len(left) < 400
    found = check_whole(lab, names, table, folder, left)
    assert set(found.values()) == {"created", "exists"}


@pytest.mark.parametrize("server", SERVERS)
def test_a_server_that_dies_in_the_middle(new_lab, server, tmp_path):
    lab = new_lab(server=server, devices=0)
    running, names, table, folder = begin(lab, tmp_path, from_afar)
    lab.kill("server")
    _, said = running.communicate(timeout=60)
    assert running.returncode == 5, said
    assert "the same command does the others" in said
    left = kept(folder)
    assert 0 < len(left) < 400
    lab.restart("server")
    check_whole(lab, names, table, folder, left)
