"""Starting, finding again and ending processes. A pid alone names nobody once its
process has ended, so each is kept with its start time, which together are unique."""
import os
import pathlib
import random
import signal
import socket
import subprocess
import time


class LabError(Exception):
    """What went wrong, for people."""


def _birth(pid):
    """Start time in clock ticks since boot (proc(5), field 22); None when it is gone
    or a zombie. One whose other threads are still ending holds its files and locks."""
    try:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        threads = len(os.listdir(f"/proc/{pid}/task"))
    except OSError:
        return None
    return None if fields[0] in "ZX" and threads < 2 else int(fields[19])


def start(argv, folder, env=None, log="log"):
    """Starts argv with its output in folder/log, in a session of its own, so that it
    outlives us. Returns [pid, birth], which is what the other functions take."""
    with open(folder / log, "ab") as out:
        child = subprocess.Popen([str(a) for a in argv], stdin=subprocess.DEVNULL, stdout=out,
                                 stderr=out, cwd=folder, start_new_session=True,
                                 env={**os.environ, **(env or {})})
    child.returncode = 0    # it is nobody's to wait for when we have gone
    (folder / "pid").write_text(f"{child.pid}\n")
    return [child.pid, _birth(child.pid)]


def alive(process):
    pid, birth = process
    _reap(pid)
    return birth is not None and _birth(pid) == birth


def _reap(pid):
    """For those that are our own children still."""
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        pass


def end(processes, patience=10.0):
    """SIGTERM, and SIGKILL after patience seconds. Returns those that had to be killed."""
    for process in processes:
        if alive(process):
            os.kill(process[0], signal.SIGTERM)
    deadline = time.monotonic() + patience
    while any(map(alive, processes)) and time.monotonic() < deadline:
        time.sleep(0.02)
    stubborn = [process for process in processes if alive(process)]
    for process in stubborn:
        kill(process)
    return stubborn


def kill(process):
    if not alive(process):
        return
    os.kill(process[0], signal.SIGKILL)
    wait_for(lambda: not alive(process), 10, f"process {process[0]} survives SIGKILL")


def wait_for(condition, seconds, failure, pause=0.05):
    """Waits until condition() is true; LabError(failure) when that takes too long.
    failure may be a function that makes the text."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise LabError(failure() if callable(failure) else failure)
        time.sleep(pause)


def listening(port):
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def free_ports(count):
    """Ports below the ephemeral range: no outgoing connection takes one while its
    server is down for a moment."""
    ports = []
    while len(ports) < count:
        port = random.SystemRandom().randrange(15000, 32000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port not in ports:
            ports.append(port)
    return ports
