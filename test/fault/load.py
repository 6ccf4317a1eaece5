"""Operators that submit requests through whatever happens, and what must be true then."""
import collections
import contextlib
import datetime
import os
import re
import signal
import threading
import time

import fault  # noqa: F401  the path of the next ones
from client import Client, condition
from lab import wait_for
from schemas import OPERATION

FINAL = ("responded", "failed", "refused")
# What a submit may be told when it is not accepted: by the component (no room), by the
# server (the component is away).
REFUSALS = {("wait", "resource-constraint", "limit"), ("wait", "service-unavailable", None),
            ("cancel", "service-unavailable", None), ("wait", "remote-server-timeout", None),
            ("cancel", "remote-server-not-found", None), ("wait", "internal-server-error", None),
            ("cancel", "remote-server-timeout", None)}
EXECUTE = re.compile(r"^(\S+) .*execute: command=(\S+) id=(\S+)", re.M)


class Load:
    """Sessions that submit requests 0 to n-1, each until it is acknowledged: its token makes
    a repeat safe. Every other one for a printer that can be restarted is to restart it. pace:
    seconds between two of a session."""

    def __init__(self, lab, requests, sessions=4, devices=10, expires=600, pace=0):
        self.lab, self.requests, self.devices, self.expires = lab, requests, devices, expires
        self._pace = pace
        self.acknowledged, self.refused, self.restarted = {}, collections.Counter(), 0
        self._failure = None
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=self._guarded, args=(n, sessions), daemon=True)
                         for n in range(sessions)]
        self._lives = collections.defaultdict(lambda: [0])
        for thread in self._threads:
            thread.start()

    def _guarded(self, first, step):
        try:
            self._submit_all(first, step)
        except BaseException as error:      # the test's thread has to hear of it
            self._failure = error
            raise

    def _submit_all(self, first, step):
        client, number = None, first
        while number < self.requests and not self._ended.is_set():
            try:
                client = client or Client(self.lab, "operator", f"load-{first}")
                done = self._submit(client, number)
            except (AssertionError, RuntimeError, OSError):
                # Nobody answered, or the stream has ended.
                if client and not client.alive():
                    client = None
                self._ended.wait(0.2)
                continue
            if done:
                number += step
                self._ended.wait(self._pace)
            else:
                self._ended.wait(0.1)
        if client:
            client.close()

    def _submit(self, client, number):
        name, turn = f"mfp-{number % self.devices + 1:04d}", number // self.devices
        command = "reboot" if name in self.lab.restartable and turn % 2 else "get-counters"
        question = client.ask("set", self.lab.component,
                              f"<request xmlns='{OPERATION}' command='{command}'"
                              f" device='{self.lab.jid(name)}' token='load-{number}'"
                              f" expires='{self.expires}'/>")
        answer = client.answer(question, self.lab.component, seconds=3)
        if answer.get("type") == "result":
            self.acknowledged[number] = answer[0].get("id")
            return True
        self.refused[condition(answer)] += 1
        return False

    # What a test does meanwhile.

    def wait_for_refusal(self, seconds=20):
        """Submits other requests until one is refused; who submits the load may all be
        waiting for the disk."""
        probe = (f"<request xmlns='{OPERATION}' command='get-counters' token='probe-%d'"
                 f" device='{self.lab.jid('mfp-0001')}'/>")
        with Client(self.lab, "operator", "probe") as client:
            for n in range(seconds * 5):
                client.ask("set", self.lab.component, probe % n)
                try:
                    answer = client.take(lambda stanza: stanza.get("type") == "error", 0.2)
                except AssertionError:
                    continue
                self.refused[condition(answer)] += 1
                return
        raise AssertionError(f"nothing was refused within {seconds} s")

    def reach(self, share, seconds=240):
        """Waits until so much of it is acknowledged."""
        def there():
            assert self._failure is None, self._failure
            return len(self.acknowledged) >= share * self.requests
        wait_for(there, seconds, f"{share:.2f} of the load, at {len(self.acknowledged)}")

    def kill(self, name, change=None):
        """kill -9, change() if given, and a new life."""
        with contextlib.suppress(ProcessLookupError):    # it has died by itself
            self.lab.kill(name)
        if name not in ("platend", "server"):
            self._lives[name].append(len(self.lab.log(name).encode()))
        if change:
            change()
        self.lab.restart(name)

    def stop(self, name, seconds):
        """SIGSTOP, and SIGCONT after seconds."""
        pid = {"platend": "PLATEND_PID", "server": "SERVER_PID"}.get(name)
        pid = int(self.lab.env[pid]) if pid else self.lab.pid(name)
        os.kill(pid, signal.SIGSTOP)
        time.sleep(seconds)
        os.kill(pid, signal.SIGCONT)

    def close(self):
        self._ended.set()
        for thread in self._threads:
            thread.join(30)

    # The accounting.

    def account(self, allowed=("responded",), seconds=240, refused=False):
        """Waits for the end of all, and holds what the files, the devices and the printers say
        against what was acknowledged. refused: a device's disk may have refused a restart."""
        self.reach(1, seconds)
        self.close()
        assert self._failure is None, self._failure
        assert set(self.refused) <= REFUSALS, self.refused
        ids = set(self.acknowledged.values())
        assert len(ids) == self.requests, "two tokens, one id"
        rows = {}

        def ended():
            rows.update({row["id"]: row for row in self.lab.list("requests")})
            return not any(row["status"] in ("queued", "transmitted", "running")
                           for row in rows.values())

        wait_for(ended, seconds, "every request has ended", pause=0.5)
        assert ids <= rows.keys(), "an acknowledged request is lost"
        for row in rows.values():
            assert row["status"] in allowed or self._is_excused(row, refused), row
        self._account_files(ids, rows)
        for n in range(1, self.devices + 1):
            self._account_device(f"mfp-{n:04d}", rows)
        assert self.restarted > 0
        return rows

    def _is_excused(self, row, refused):
        """A device that was killed in the middle of a restart does not know."""
        if row["command"] != "reboot":
            return False
        if refused and row["status"] == "refused":
            return row["error"]["condition"] == "no-journal"
        return (row["status"] == "unknown" and row["error"]["condition"] == "interrupted" and
                len(self._lives[row["device"].partition("@")[0]]) > 1)

    def _account_files(self, ids, rows):
        ends = final_rows(self.lab.dir / "data/requests")
        for number in ids:
            if rows[number]["status"] in FINAL:
                assert len(ends[number]) == 1, (number, ends[number])

    def _account_device(self, name, rows):
        log = self.lab.log(name).encode()
        bounds = [*self._lives[name], len(log)]
        restarts = []
        for start, end in zip(bounds, bounds[1:]):
            done = EXECUTE.findall(log[start:end].decode(errors="replace"))
            twice = repeated(number for _, _, number in done)
            assert not twice, f"{name} executed twice: {twice}"
            for when, _, number in done:
                assert number in rows, f"{name} executed {number}, which nobody knows"
                # A device that died has forgotten what it has read, so it may do it again;
                # but nobody may ask for what is known to be done.
                responded = rows[number]["responded"]
                assert len(bounds) == 2 or responded is None or when <= responded, \
                    f"{name} executed {number} after it had responded"
            restarts += [(when, number) for when, command, number in done if command == "reboot"]
        self._account_restarts(name, restarts, [row for row in rows.values()
                                                if row["device"] == self.lab.jid(name) and
                                                row["command"] == "reboot"])

    def _account_restarts(self, name, executed, rows):
        """No restart was begun twice in all the lives of the device, nor arrived twice at the
        printer; what was responded has arrived."""
        twice = repeated(number for _, number in executed)
        assert not twice, f"{name} restarted twice for {twice}"
        begun = [datetime.datetime.fromisoformat(when).timestamp() for when, _ in executed]
        arrived = self.lab.printers.restarts(name)
        assert once_each(begun, arrived), \
            f"{name} was told to restart more than once for a request: {begun} {arrived}"
        executed = {number for _, number in executed}
        for row in rows:
            assert row["status"] not in ("responded", "refused") or \
                (row["id"] in executed) == (row["status"] == "responded"), row
        assert len(arrived) >= sum(row["status"] == "responded" for row in rows)
        self.restarted += len(arrived)


def once_each(begun, arrived):
    """Whether each that arrived is of an execution of its own, in order. Logs leave out what is
    less than a millisecond, so two that follow at once may seem to have changed places."""
    execution = -1
    for when in arrived:
        execution += 1
        while execution + 1 < len(begun) and begun[execution + 1] + 0.001 <= when:
            execution += 1
        if execution == len(begun) or begun[execution] > when:
            return False
    return True


def repeated(values):
    return [one for one, times in collections.Counter(values).items() if times > 1]


def final_rows(folder):
    """{id: its different final rows, each as (status, responded)} of the day files."""
    found = collections.defaultdict(set)
    for path in folder.glob("*.tsv"):
        lines = path.read_text(errors="replace").splitlines()
        columns = {name: n for n, name in enumerate(lines[0].split("\t"))} if lines else {}
        for line in lines[1:]:
            row = line.split("\t")
            if len(row) == len(columns) and row[columns["status"]] in FINAL:
                found[row[columns["id"]]].add((row[columns["status"]], row[columns["responded"]]))
    return found
