"""platend as a process: how it starts, is told to read again, and ends."""
import contextlib
import os
import pathlib
import signal
import socket
import subprocess

import pytest

from conftest import SERVERS
from lab import wait_for


@pytest.fixture(params=SERVERS)
def server(request, new_lab):
    """A lab without its platend."""
    lab = new_lab(server=request.param, devices=1)
    pid = int(lab.env["PLATEND_PID"])
    lab.kill("platend")
    wait_for(lambda: not pathlib.Path(f"/proc/{pid}").exists() or
             pathlib.Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z", 10, "killed")
    return lab


@contextlib.contextmanager
def platend(lab, *args, **environment):
    """A platend on the lab's configuration; killed at the end if it still runs."""
    program = pathlib.Path(lab.env["PLATEN"]).with_name("platend")
    with open(lab.dir / "platend/log", "a", encoding="utf-8") as log:
        process = subprocess.Popen([program, "-c", lab.dir / "platend/platend.conf", *args],
                                   stderr=log, env={**os.environ, **environment})
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


@contextlib.contextmanager
def systemd(folder):
    """Where systemd would listen; what came is a list of assignments."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(folder / "notify"))
        listener.settimeout(20)
        yield lambda: listener.recv(4096).decode().splitlines()


def test_systemd_is_told_when_the_server_has_accepted_it(server, tmp_path):
    with systemd(tmp_path) as news:
        with platend(server, NOTIFY_SOCKET=str(tmp_path / "notify"), WATCHDOG_USEC="200000") as p:
            while "READY=1" not in news():
                pass
            while "WATCHDOG=1" not in news():
                pass
            p.send_signal(signal.SIGTERM)
            while "STOPPING=1" not in news():
                pass
            assert p.wait(10) == 0
    assert server.log("platend").splitlines()[-1].split()[1:3] == ["info", "component:"]


def test_a_secret_that_the_server_refuses_ends_it(server):
    secret = pathlib.Path(server.env["COMPONENT_SECRET_FILE"])
    right = secret.read_text()
    secret.write_text("wrong\n")
    with platend(server) as p:
        assert p.wait(20) == 1
    secret.write_text(right)
    assert "wrong" not in server.log("platend")


def test_nobody_at_the_port_ends_it_at_the_start(server):
    with platend(server, PLATEND_COMPONENT_PORT="1") as p:
        assert p.wait(20) == 1
    assert "connection refused" in server.log("platend").splitlines()[-2]


def test_two_do_not_write_to_one_directory(server):
    with platend(server):
        wait_for(lambda: server.log("platend").count("link: online") == 2, 20, "online")
        with platend(server) as second:
            assert second.wait(20) == 1
        assert "another platend uses it" in server.log("platend")
        assert server.ask("request", server.jid("mfp-0001"), "get-status")["status"] == "responded"


def test_units_are_read_again_and_mistakes_change_nothing(server):
    units = pathlib.Path(server.env["UNITS"])
    good = units.read_text()
    with platend(server) as p:
        wait_for(lambda: server.log("platend").count("link: online") == 2, 20, "online")
        units.write_text(good + "operator nobody@localhost = dance\n")
        p.send_signal(signal.SIGHUP)
        wait_for(lambda: "stays in force" in server.log("platend"), 10, "refused")
        assert f"{units}:{len(good.splitlines()) + 1}: " in server.log("platend")
        assert server.ask("request", server.jid("mfp-0001"), "get-status")["status"] == "responded"
        units.write_text("[unit empty]\ndevices = nothing@localhost\n")
        p.send_signal(signal.SIGHUP)
        wait_for(lambda: "was read again" in server.log("platend"), 10, "taken")
        answer = server.ask("request", server.jid("mfp-0001"), "get-status", status=4)
        assert answer["error"]["condition"] == "forbidden"
        units.write_text(good)


@pytest.mark.parametrize("args", [["-t"], ["-p"], ["-v"], ["-h"]])
def test_what_only_looks_starts_nothing(lab, args):
    program = pathlib.Path(lab.env["PLATEN"]).with_name("platend")
    done = subprocess.run([program, "-c", lab.dir / "platend/platend.conf", *args],
                          capture_output=True, text=True, timeout=20)
    assert done.returncode == 0 and done.stderr == ""
    assert (done.stdout == "") == (args == ["-t"])


def test_the_printed_configuration_reads_back(lab, tmp_path):
    program = pathlib.Path(lab.env["PLATEN"]).with_name("platend")

    def printed(path):
        return subprocess.run([program, "-c", path, "-p"], capture_output=True, text=True,
                              timeout=20, check=True).stdout

    once = printed(lab.dir / "platend/platend.conf")
    (tmp_path / "again.conf").write_text(once)
    assert printed(tmp_path / "again.conf") == once
    assert pathlib.Path(lab.env["COMPONENT_SECRET_FILE"]).read_text().strip() not in once
