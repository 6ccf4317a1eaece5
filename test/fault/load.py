"""Operators that submit requests through whatever happens, and what must be true then."""
import collections
import contextlib
import datetime
import json
import random
import re
import threading
import time

import fault  # noqa: F401  the path of the next ones
from client import Client, condition
from lab import wait_for
from schemas import OPERATION

FINAL = ("responded", "failed", "refused")
OPEN = ("queued", "transmitted", "running", "cancelling")
# What a submit may be told when it is not accepted: by the component (no room), by the
# server (the component is away).
REFUSALS = {("wait", "resource-constraint", "limit"), ("wait", "service-unavailable", None),
            ("cancel", "service-unavailable", None), ("wait", "remote-server-timeout", None),
            ("cancel", "remote-server-not-found", None), ("wait", "internal-server-error", None),
            ("cancel", "remote-server-timeout", None)}
EXECUTE = re.compile(r"^(\S+) .*execute: command=(\S+) id=(\S+) not-after=(\S+)", re.M)
# A busy machine may take so long between a look at the clock and a line in the log.
CLOCK_S = 0.5


def reroute(conf, proxy):
    """Who reads this configuration connects by the proxy from its next start on."""
    conf.write_text(re.sub(r"(?m)^port = .*$", f"port = {proxy.port}", conf.read_text(), count=1))


class Session:
    """An operator's stream, which is opened again as often as it ends."""

    def __init__(self, lab, resource):
        self._lab, self._resource, self._client = lab, resource, None

    def ask(self, payload):
        """The answer to an IQ set; None: there was none."""
        try:
            self._client = self._client or Client(self._lab, "operator", self._resource)
            question = self._client.ask("set", self._lab.component, payload)
            return self._client.answer(question, self._lab.component, seconds=3)
        except (AssertionError, RuntimeError, OSError):
            if self._client and not self._client.alive():
                self._client = None
            return None

    def close(self):
        if self._client:
            self._client.close()


class Plan:
    """What becomes of one request: some are urgent, some take another's place, some are not wanted
    any more after a while."""

    def __init__(self, seed, number, unwanted):
        rng = random.Random(f"{seed}/{number}")
        self.more = ""
        if rng.random() < 0.1:
            self.more += " priority='emergency'"
        if rng.random() < 0.2:
            self.more += " supersede='true'"
        self.is_unwanted = rng.random() < unwanted
        self.after = rng.choice([0, rng.uniform(0, 0.1), rng.uniform(0, 2)])
        self.times = rng.choice([1, 1, 2])


class Load:
    """Sessions that submit requests 0 to n-1, each until it is acknowledged: its token makes
    a repeat safe; and one that cancels some of them, until it is answered. Every other one for a
    printer that can be restarted is to restart it. pace: seconds between two of a session;
    unwanted: which share is cancelled; more: attributes of each."""

    def __init__(self, lab, requests, sessions=4, devices=10, expires=600, pace=0,
                 unwanted=0.12, **more):
        self.lab, self.requests, self.devices = lab, requests, devices
        self._attributes = "".join(f" {key}='{value}'" for key, value in
                                   {"expires": expires, **more}.items())
        self._pace = pace
        self._plans = [Plan(lab.seed, number, unwanted) for number in range(requests)]
        self.acknowledged, self.refused, self.restarted = {}, collections.Counter(), 0
        self.cancelled = {}                 # what a cancel was told, of each that is not wanted
        self._failure = None
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=self._guarded, args=args, daemon=True)
                         for args in [(self._cancel_all,),
                                      *((self._submit_all, n, sessions) for n in range(sessions))]]
        self._lives = collections.defaultdict(lambda: [0])
        for thread in self._threads:
            thread.start()

    def _guarded(self, run, *args):
        try:
            run(*args)
        except BaseException as error:      # the test's thread has to hear of it
            self._failure = error
            raise

    def _submit_all(self, first, step):
        session, number = Session(self.lab, f"load-{first}"), first
        while number < self.requests and not self._ended.is_set():
            if self._submit(session, number):
                number += step
                self._ended.wait(self._pace)
            else:
                self._ended.wait(0.1)
        session.close()

    def _submit(self, session, number):
        name, turn = f"mfp-{number % self.devices + 1:04d}", number // self.devices
        command = "reboot" if name in self.lab.restartable and turn % 2 else "get-counters"
        answer = session.ask(f"<request xmlns='{OPERATION}' command='{command}'"
                             f" device='{self.lab.jid(name)}' token='load-{number}'"
                             f"{self._attributes}{self._plans[number].more}/>")
        if answer is None:
            return False
        if answer.get("type") == "result":
            self.acknowledged[number] = answer[0].get("id")
            return True
        self.refused[condition(answer)] += 1
        return False

    # Cancels.

    def _unwanted(self):
        return {number for number, plan in enumerate(self._plans) if plan.is_unwanted}

    def _cancel_all(self):
        session, left, due = Session(self.lab, "load-cancel"), self._unwanted(), {}
        while left and not self._ended.is_set():
            now = time.monotonic()
            for number in left & self.acknowledged.keys():
                due.setdefault(number, now + self._plans[number].after)
            for number in [number for number in due if due[number] <= now]:
                if self._cancel(session, number):
                    left.discard(number)
                    del due[number]
            self._ended.wait(0.02)
        session.close()

    def _cancel(self, session, number):
        """Some are cancelled twice: what was said is said again, as long as it has not ended."""
        plan, payload = self._plans[number], (f"<cancel xmlns='{OPERATION}'"
                                              f" id='{self.acknowledged[number]}'/>")
        answer = session.ask(payload)
        if answer is None:
            return False
        if answer.get("type") == "result":
            said = answer[0].get("status")
        elif condition(answer)[2] == "unknown-request":
            said = "ended"
        else:
            self.refused[condition(answer)] += 1
            return False
        before = self.cancelled.setdefault(number, said)
        assert said == before or before == "cancelling", (number, before, said)
        self.cancelled[number] = said
        plan.times -= 1
        return plan.times == 0

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

    def reroute_devices(self, proxy):
        for conf in sorted(self.lab.dir.glob("devices/*/platen-device.conf")):
            self.kill(conf.parent.name, lambda conf=conf: reroute(conf, proxy))

    def stop(self, name, seconds):
        """SIGSTOP, and SIGCONT after seconds."""
        self.lab.freeze(name)
        time.sleep(seconds)
        self.lab.thaw(name)

    def close(self):
        self._ended.set()
        for thread in self._threads:
            thread.join(30)

    # The accounting.

    def account(self, allowed=("responded",), seconds=240, refused=False, kept=False):
        """Waits for the end of all, and holds what the files, the devices and the printers say
        against what was acknowledged. refused: a device's disk may have refused a restart.
        kept: a server may deliver what it has kept to a device's next life."""
        self._kept = kept
        self.reach(1, seconds)
        wait_for(lambda: self._failure or not self._threads[0].is_alive(), seconds, "cancels")
        self.close()
        assert self._failure is None, self._failure
        assert set(self.refused) <= REFUSALS, self.refused
        ids = set(self.acknowledged.values())
        assert len(ids) == self.requests, "two tokens, one id"
        rows = {}

        def ended():
            # The component may be away for a moment.
            done = self.lab.run("--json", "requests", timeout=600)
            found = [json.loads(line) for line in done.stdout.splitlines()]
            if done.returncode != 0:
                return False
            rows.update({row["id"]: row for row in found})
            return not any(row["status"] in OPEN for row in rows.values())

        wait_for(ended, seconds, "every request has ended", pause=0.5)
        assert ids <= rows.keys(), "an acknowledged request is lost"
        for row in rows.values():
            assert row["status"] in allowed or self._is_excused(row, refused), row
        self._account_cancels(rows)
        self._account_files(ids, rows)
        self._sent = transmissions(self.lab.dir / "data")
        for name in (f"mfp-{n:04d}" for n in range(1, self.devices + 1)):
            wait_for(lambda: not owed(self.lab, name), seconds, f"{name} owes nothing", pause=0.5)
            self._account_device(name, rows)
        assert self.restarted > 0
        # Some took so long that their outcome was owed, unless disks refused most of them.
        assert refused or any("acknowledged: id=" in self.lab.log(name)
                              for name in self.lab.restartable)
        return rows

    def _is_excused(self, row, refused):
        """Somebody did not want it; or a device that was killed in the middle of a restart does
        not know."""
        if row["status"] == "cancelled":
            return row["cause"] == "superseded" or \
                row["id"] in {self.acknowledged[number] for number in self.cancelled}
        if row["command"] != "reboot":
            return False
        if refused and row["status"] in ("refused", "unknown"):
            return row["error"]["condition"] == "no-journal"
        return (row["status"] == "unknown" and row["error"]["condition"] == "interrupted" and
                len(self._lives[row["device"].partition("@")[0]]) > 1)

    def _account_cancels(self, rows):
        """What was said to be cancelled is, unless the device has said more since."""
        for number, said in self.cancelled.items():
            row = rows[self.acknowledged[number]]
            if said == "cancelled":
                assert row["status"] == "cancelled" or row["late"], row
            elif said == "ended":
                assert row["status"] != "cancelled", row

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
            twice = repeated(number for _, _, number, _ in done)
            assert not twice, f"{name} executed twice: {twice}"
            for when, _, number, not_after in done:
                assert number in rows, f"{name} executed {number}, which nobody knows"
                assert seconds_of(when) <= seconds_of(not_after) + CLOCK_S, \
                    f"{name} executed {number} at {when}, not after {not_after}"
                # A device that died has forgotten what it has read, so it may do it again;
                # but nobody may ask for what is known to be done.
                responded = rows[number]["responded"]
                assert len(bounds) == 2 or self._kept or responded is None or when <= responded, \
                    f"{name} executed {number} after it had responded"
            restarts += [(when, number) for when, command, number, _ in done
                         if command == "reboot"]
        self._account_restarts(name, restarts, [row for row in rows.values()
                                                if row["device"] == self.lab.jid(name) and
                                                row["command"] == "reboot"])

    def _account_restarts(self, name, executed, rows):
        """No restart was begun twice in all the lives of the device, nor arrived twice at the
        printer; what was responded has arrived."""
        twice = repeated(number for _, number in executed)
        assert not twice, f"{name} restarted twice for {twice}"
        begun = [seconds_of(when) for when, _ in executed]
        arrived = self.lab.printers.restarts(name)
        assert once_each(begun, arrived), \
            f"{name} was told to restart more than once for a request: {begun} {arrived}"
        executed = {number for _, number in executed}
        for row in rows:
            assert row["status"] not in ("responded", "refused") or \
                (row["id"] in executed) == (row["status"] == "responded"), row
            assert row["id"] not in executed or not self._was_never_begun(row), row
        assert len(arrived) >= sum(row["status"] == "responded" for row in rows)
        self.restarted += len(arrived)


    def _was_never_begun(self, row):
        """Cancelled by its device, or before it was sent to one."""
        return row["status"] == "cancelled" and (
            row["cause"] == "outcome" or
            row["cause"] in ("cancel", "superseded") and self._sent[row["id"]] == 0)


def seconds_of(time):
    return datetime.datetime.fromisoformat(time).timestamp()


def owed(lab, name):
    """Ids whose outcome this device has to say until it is acknowledged, by its journal."""
    path, found = lab.dir / f"devices/{name}/state/journal.tsv", {}
    for line in path.read_text().splitlines()[1:] if path.exists() else []:
        number, state, _, _, to = line.split("\t")[:5]
        if state != "dropped":
            found[number] = state == "ended" and to
    return [number for number, to in found.items() if to]


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


def transmissions(folder):
    """{id: the highest number of a transmission}"""
    found = {}
    for path in folder.glob("requests/*.tsv"):
        lines = path.read_text(errors="replace").splitlines()
        place = lines[0].split("\t").index("transmission")
        for row in (line.split("\t") for line in lines[1:]):
            if len(row) > place and row[place].isdigit():
                found[row[0]] = max(found.get(row[0], 0), int(row[place]))
    return found
