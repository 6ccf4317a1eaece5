"""A lab of scripts/lab for tests: its environment, its command line, its logs."""
import contextlib
import json
import os
import pathlib
import re
import shlex
import signal
import subprocess
import time

from schemas import ROOT

# What AddressSanitizer, LeakSanitizer and UBSan write; each is a failure.
REPORT = re.compile(r"ERROR: (Address|Leak)Sanitizer|runtime error: |Assertion .* failed")
ENDED = {"responded", "failed", "refused", "unknown", "expired", "no-response", "cancelled"}


def wait_for(condition, seconds=20, what="the condition", pause=0.05):
    """The first true value of condition(); fails after seconds."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, f"{what}: not within {seconds} s"
        time.sleep(pause)


def freeze(pid):
    """SIGSTOP; no thread of the process runs any more when it returns. kill() does not wait for
    that: the kernel tells the other threads when the first one has its turn on a CPU."""
    os.kill(pid, signal.SIGSTOP)
    wait_for(lambda: threads(pid) <= set("TZX"), 20, f"{pid} stands still", pause=0.001)


def threads(pid):
    """The states of its threads; one may end while we look."""
    found = set()
    for path in pathlib.Path(f"/proc/{pid}/task").glob("*/stat"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            found.add(path.read_text().rpartition(")")[2].split()[0])
    return found


def thaw(pid):
    os.kill(pid, signal.SIGCONT)


@contextlib.contextmanager
def environment(**variables):
    """Of all that is started in it; may override the configuration of devices."""
    os.environ.update(variables)
    try:
        yield
    finally:
        for name in variables:
            del os.environ[name]


def source(**keys):
    """[source] of all devices that are started in it, over their configuration."""
    return section("source", **keys)


def section(name, **keys):
    """The same for any section; a hyphen is an underscore."""
    return environment(**{f"PLATEN_DEVICE_{name}_{key}".upper(): str(value)
                          for key, value in keys.items()})


class Lab:
    def __init__(self, folder, server="prosody", devices=1, printers=(), stock=False,
                 transport="tcp"):
        self.dir = pathlib.Path(folder)
        self.server = server
        args = ["up", "--server", server, "--dir", str(folder), "--devices", str(devices)]
        args += ["--stock"] if stock else []
        args += ["--transport", transport]
        for name, url in dict(printers).items():
            args += ["--printer", f"{name}={url}"]
        done = self._lab(*args)
        assert done.stdout.splitlines()[-1] == str(self.dir)
        self.component = self.env["COMPONENT"]

    def _lab(self, *args):
        done = subprocess.run([ROOT / "scripts/lab", *args], capture_output=True, text=True,
                              timeout=180)
        assert done.returncode == 0, f"scripts/lab {' '.join(args)}: {done.stdout}{done.stderr}"
        return done

    @property
    def env(self):
        """As it is now: a restart writes it anew."""
        words = shlex.split((self.dir / "env").read_text())
        return dict(word.partition("=")[::2] for word in words)

    def jid(self, name):
        return f"{name}@{self.env['DOMAIN']}"

    def password(self, name):
        folder = self.dir / ("operator" if name == "operator" else f"devices/{name}")
        return (folder / "password").read_text().strip()

    def restart(self, what):
        self._lab("restart", str(self.dir), what)

    def pid(self, name):
        """Of a device, the server or platend."""
        key = {"platend": "PLATEND_PID", "server": "SERVER_PID"}.get(name)
        return int(self.env[key] if key else (self.dir / f"devices/{name}/pid").read_text())

    def kill(self, name):
        """kill -9 of a device, the server or platend; it stays away."""
        os.kill(self.pid(name), signal.SIGKILL)

    def freeze(self, name):
        """It takes what comes into its sockets, and does nothing until it is thawed or killed."""
        freeze(self.pid(name))

    def thaw(self, name):
        thaw(self.pid(name))

    def start_device(self, name):
        """One that was killed; the lab does not end it."""
        folder = self.dir / f"devices/{name}"
        program = pathlib.Path(self.env["PLATEN"]).with_name("platen-device")
        with open(folder / "log", "ab") as log:
            return subprocess.Popen([program, "-c", folder / "platen-device.conf"], stdout=log,
                                    stderr=log)

    def log(self, name):
        folder = name if name in ("platend", "server") else f"devices/{name}"
        return (self.dir / folder / "log").read_text(errors="replace")

    def executions(self, name):
        """Ids of the requests that this device has executed, in order, each time."""
        return re.findall(r"execute: .*\bid=(\S+)", self.log(name))

    def run(self, *args, config=None, **options):
        """platen; options as for subprocess.run."""
        env = self.env
        return subprocess.run([env["PLATEN"], "-c", config or env["PLATEN_CONFIG"], *args],
                              capture_output=True, text=True,
                              **{"timeout": 120, "stdin": subprocess.DEVNULL, **options})

    def start(self, *args):
        """platen, in the background."""
        env = self.env
        return subprocess.Popen([env["PLATEN"], "-c", env["PLATEN_CONFIG"], *args],
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def ask(self, *args, status=0, **options):
        """platen --json with one object as its answer."""
        done = self.run("--json", *args, **options)
        assert done.returncode == status, (done.returncode, done.stdout, done.stderr)
        return json.loads(done.stdout)

    def list(self, *args):
        """platen --json with one object a line."""
        done = self.run("--json", *args)
        assert done.returncode == 0, (done.returncode, done.stdout, done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def queue(self, name, command="get-supplies", *args):
        """A request that nobody waits for; its id."""
        return self.ask("request", self.jid(name), command, "--no-wait", *args)["id"]

    def status(self, request):
        return self.ask_any("status", request)

    def ask_any(self, *args):
        """platen --json, whatever its exit status."""
        return json.loads(self.run("--json", *args).stdout)

    def until(self, request, *statuses, seconds=60):
        """The request once it has one of these statuses (any end if none is named)."""
        wanted = set(statuses) or ENDED
        row = {}

        def there():
            row.update(self.status(request))
            return row.get("status") in wanted

        wait_for(there, seconds, f"{request} {statuses}", pause=0.2)
        return row

    def online(self, name):
        return self.ask("device", self.jid(name))["online"]

    def down(self):
        """Ends the lab and checks what it leaves behind."""
        self._lab("down", str(self.dir))
        found = reports(self.dir)
        assert not found, found
        wait_for(lambda: not processes_of(self.dir), 10, f"ended: {processes_of(self.dir)}")


def reports(folder):
    """Sanitizer reports and failed assertions in the logs below folder."""
    found = []
    for log in pathlib.Path(folder).rglob("*log"):
        if log.is_file():
            lines = log.read_text(errors="replace").splitlines()
            found += ["\n".join([f"{log}:{n}", *lines[n - 1:n + 30]])
                      for n, line in enumerate(lines, 1) if REPORT.search(line)]
    return found


def processes_of(folder):
    """Processes whose command line names a file below folder."""
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().decode(errors="replace").replace("\0", " ")
        except OSError:
            continue
        if f"{folder}/" in line:
            found.append(f"{path.parent.name} {line}")
    return found
