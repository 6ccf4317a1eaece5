"""A component and the fake server before it, each on a core of its own."""
import os
import pathlib
import shutil
import subprocess
import tempfile
import time

import bench

BIN = pathlib.Path(os.environ.get("PLATEN_BIN") or bench.ROOT / "build/bin")
TOOLS = BIN.parent / "bench"
COMPONENT_CORE, SERVER_CORE = 0, 1
OPERATORS = 20

CONFIG = """[component]
domain = devices.example.com
secret-file = {folder}/secret
port = {port}
ping-interval = 1d
[data]
directory = {folder}/data
units = {folder}/units.conf
[requests]
submits-per-device = 100000
submits-per-operator = 100000
[devices]
ask-rate = 1
[log]
level = {log}
"""
UNITS = """[unit bench]
devices = mfp-*@example.com
operator operator-*@example.com = view, request
"""


def _pinned(argv, core, **more):
    return subprocess.Popen([str(word) for word in argv],
                            preexec_fn=lambda: os.sched_setaffinity(0, {core}), **more)


class Pair:
    """The fake server with a component; component() starts it, given the port."""

    def __init__(self, devices):
        self.component = None
        self._server = _pinned([TOOLS / "fake_server", devices, OPERATORS], SERVER_CORE,
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = int(self._server.stdout.readline())

    def start(self, argv, **more):
        """Seconds until the component is online."""
        begun = time.monotonic()
        self.component = _pinned(argv, COMPONENT_CORE, **more)
        if self._server.stdout.readline() != "online\n":
            raise RuntimeError(f"{argv[0]} does not come online")
        return time.monotonic() - begun

    def _say(self, line):
        self._server.stdin.write(line + "\n")
        self._server.stdin.flush()
        answer = self._server.stdout.readline().split()
        if len(answer) != 2:
            raise RuntimeError(f"{line}: the fake server has ended")
        return float(answer[0]), float(answer[1])

    def run(self, requests, window):
        """(seconds, seconds of the component's CPU)"""
        return self._say(f"run {self.component.pid} {requests} {window}")

    def arrive(self, first, count):
        """The same, of devices' presence."""
        return self._say(f"arrive {self.component.pid} {first} {count}")

    def ask(self, xml):
        """(seconds, bytes of the answer)"""
        return self._say(f"ask {xml}")

    def resident(self):
        """Bytes of the component's memory."""
        text = pathlib.Path(f"/proc/{self.component.pid}/status").read_text()
        line = next(line for line in text.splitlines() if line.startswith("VmRSS:"))
        return int(line.split()[1]) * 1024

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in (self.component, self._server):
            if process is not None:
                process.terminate()
                process.wait()


class Echo(Pair):
    def __init__(self, devices):
        super().__init__(devices)
        self.start([TOOLS / "echo", self.port, "devices.example.com", "/dev/null"])


class Platend(Pair):
    """With its tables below a folder that it makes in this one; prepare(data) may put some
    there before the start."""

    def __init__(self, devices, folder, prepare=None, log="warn"):
        super().__init__(devices)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="platen-bench-", dir=folder))
        (self.folder / "secret").write_text("secret\n")
        (self.folder / "secret").chmod(0o600)
        (self.folder / "units.conf").write_text(UNITS)
        (self.folder / "platend.conf").write_text(
            CONFIG.format(folder=self.folder, port=self.port, log=log))
        if prepare is not None:
            prepare(self.folder / "data")
        self.start_s = self.start([BIN / "platend", "-c", self.folder / "platend.conf"])

    def __exit__(self, *_):
        super().__exit__()
        shutil.rmtree(self.folder)
