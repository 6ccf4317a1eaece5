"""What a loss of power may leave of a data directory, from the shim's record of what was
done to it; and whether a component, or a device, that starts from it has kept its word.

The disk as it is assumed: of each file all that was synced is there, and a prefix of what
was written since, the last write perhaps in part. Names that were made, moved and removed
since their directory was synced are so or not, each for itself. After a failed sync of a
file, what it should have brought to disk may be missing for ever, whatever a later sync
says."""
import itertools
import os
import random
import re
import shutil
import struct
import subprocess

from fault import BIN, Control

HEAD = struct.Struct("=IIII")
FINAL = {"responded", "failed", "refused"}
REQUEST = re.compile(r"<request [^>]*?\bid='([^']+)'[^>]*?\bstatus='([^']+)'")
DEVICE = re.compile(r"<device [^>]*\bdevice='([^']+)'[^>]*>")
STANZA_ID = re.compile(r"<iq [^>]*\bid='([^']+)'")


class File:
    """Its content is what is synced, then what was done since: bytes to append, or a
    size to cut it to."""

    def __init__(self):
        self.synced, self.since, self.doubtful = b"", [], None

    def after(self, n, part=0.0):
        """With the first n of what was done since, and a part of the next."""
        content = self.synced
        for what in self.since[:n]:
            content = content[:what] if isinstance(what, int) else content + what
        if n < len(self.since) and not isinstance(self.since[n], int):
            content += self.since[n][:int(part * len(self.since[n]))]
        return content

    def whole(self):
        return self.after(len(self.since))

    def sync(self, content):
        self.synced, self.since = self.whole() if content is None else content, []

    def fail(self, content):
        """The kernel takes what it could not write for written."""
        start = len(self.synced)
        self.sync(content)
        if self.doubtful is None and len(self.synced) > start:
            self.doubtful = (start, len(self.synced))

    def contents(self, rng, most):
        """Up to most of what may be there, the least and the whole of it first."""
        found = [self.after(0), self.whole()]
        found += [self.after(n) for n in range(1, len(self.since))]
        found += [self.after(rng.randrange(len(self.since)), rng.random())
                  for _ in range(2 if self.since else 0)]
        if self.doubtful:
            start, end = self.doubtful
            found.append(found[1][:start] + bytes(end - start) + found[1][end:])
            if end == len(found[1]):
                found.append(found[1][:start])
        return list(dict.fromkeys(found))[:most]


class Disk:
    """After any number of records."""

    def __init__(self, root):
        self.root = str(root)
        self.now = {}          # path: File, or None for a directory
        self.durable = {}      # the same, on disk
        self.pending = {}      # path: what it became since its directory was synced
        self._open = {}        # serial: path or File

    def apply(self, op, serial, text, data):
        if op in "CO":
            self._open_file(op, serial, text)
        elif op == "W":
            self._open[serial].since.append(data)
        elif op == "T":
            self._open[serial].since.append(struct.unpack("=q", data)[0])
        elif op in "SF":
            self._sync(op, self._open[serial], data)
        elif op == "R":
            self._name(data.decode(), self.now[text])
            self._name(text, "gone")
        elif op == "U":
            self._name(text, "gone")
        elif op == "M":
            self._name(text, None)

    def _name(self, path, what):
        if what == "gone":
            self.now.pop(path, None)
        else:
            self.now[path] = what
        self.pending.setdefault(path, []).append(what)

    def _open_file(self, op, serial, path):
        if op == "C":
            self._name(path, File())
        self._open[serial] = self.now.get(path) if self.now.get(path) is not None else path

    def _sync(self, op, what, data):
        if isinstance(what, File):
            (what.sync if op == "S" else what.fail)(data or None)
        elif op == "S":
            for path in [p for p in self.pending if os.path.dirname(p) == what]:
                self._settle(path, self.pending.pop(path)[-1])

    def _settle(self, path, what):
        if what == "gone":
            self.durable.pop(path, None)
        else:
            self.durable[path] = what

    def states(self, rng, most):
        """Up to most of what may be found: {path below root: content, None a directory}."""
        names = [(path, ["as before", *done]) for path, done in self.pending.items()]
        files = {id(f): f for f in [*self.durable.values(), *self.now.values()] if f is not None}
        files.update((id(f), f) for done in self.pending.values() for f in done
                     if isinstance(f, File))
        choices = [[(path, what) for what in done] for path, done in names]
        choices += [[(number, content) for content in one.contents(rng, most)]
                    for number, one in files.items()]
        for picked in _picks(choices, rng, most):
            yield self._state(dict(picked))

    def _state(self, picked):
        tree = dict(self.durable)
        for path in self.pending:
            if picked[path] == "gone":
                tree.pop(path, None)
            elif picked[path] != "as before":
                tree[path] = picked[path]
        found = {}
        for path in sorted(tree):
            parent = os.path.dirname(path)
            if parent == self.root or parent in found:
                found[path] = None if tree[path] is None else picked[id(tree[path])]
        return found


def _picks(choices, rng, most):
    """All combinations if they are not too many; else all of the first, all of the last,
    and some."""
    size = 1
    for one in choices:
        size *= len(one)
    if size <= most:
        yield from itertools.product(*choices)
        return
    yield [one[0] for one in choices]
    yield [one[-1] for one in choices]
    for _ in range(most - 2):
        yield [rng.choice(one) for one in choices]


def records(path):
    with open(path, "rb") as file:
        while head := file.read(HEAD.size):
            op, serial, text, data = HEAD.unpack(head)
            yield chr(op), serial, file.read(text).decode(), file.read(data)


class Component:
    """What the component has said so far, that a start must not forget."""
    program, first = BIN.parent / "test/powerloss_component", 1767355200000

    def __init__(self):
        self.accepted, self.told, self.sent, self.wall = set(), {}, set(), 0
        self.devices, self.ordered = {}, {}     # JID: is it out of use; id: (JID, shall it be)

    def hear(self, text):
        word, *rest = text.split(" ", 3)
        if word == "wall":
            self.wall = int(rest[0])
            return
        if word == "order":
            if rest[2] != "acknowledge":
                self.ordered[rest[0]] = rest[1], rest[2] == "decommission"
            return
        if word == "<iq":
            self.ordered.pop(STANZA_ID.search(text)[1], None)
        request = REQUEST.search(text)
        if "<operation " in text:
            self.sent.add(STANZA_ID.search(text)[1])
        elif text.startswith("<iq") and "type='result'" in text and request:
            self.accepted.add(request[1])
        elif text.startswith("<message") and request:
            self.told[request[1]] = request[2]
        elif text.startswith("<iq") and "type='result'" in text and DEVICE.search(text):
            device = DEVICE.search(text)
            self.devices[device[1]] = " decommissioned='" in device[0]

    def later(self, wall):
        """When the next life begins."""
        return max(wall, self.wall) + 1000

    def question(self, folder):
        return f"{self.wall} {folder}"

    def broken(self, found):
        """What a start has found, held against them. What was not said yet may be on disk
        already."""
        rows = dict(line.split()[1:] for line in found if line.startswith("row "))
        devices = dict(line.split()[1:] for line in found if line.startswith("device "))
        sent = [line.split()[1] for line in found if line.startswith("sent ")]
        known = ("row ", "live ", "device ", "sent ")
        bad = [f"said: {line}" for line in found if not line.startswith(known)]
        bad += [f"lost: {number}" for number in self.accepted - rows.keys()]
        for number, status in self.told.items():
            if rows.get(number) not in ({status} if status in FINAL else {status, *FINAL}):
                bad.append(f"{number} was told as {status} and is {rows.get(number)}")
        bad += [f"sent again: {one}" for one in sent if one in self.sent]
        bad += [f"sent though it has ended: {one}" for one in sent
                if self.told.get(one[:36]) in FINAL]
        for device, out in self.devices.items():
            may = {out, *(order[1] for order in self.ordered.values() if order[0] == device)}
            if (devices.get(device) == "decommissioned") not in may:
                bad.append(f"{device} is {devices.get(device)}")
        return bad


class Device:
    """What a device has done and answered so far: what it has executed it does not execute
    again, and what it has answered it repeats as it was, also that it is cancelled. What it has
    told to be in progress it owes until that is acknowledged. A refusal binds while it lives."""
    program, first = BIN.parent / "test/powerloss_device", 0
    # powerloss_device.c: so many, less those that may be under way or owed
    kept = 48 - 8 - 24

    def __init__(self):
        self.executed, self.answered, self.asked, self.wrong = set(), {}, [], []
        self.promised = set()

    def hear(self, text):
        word, number, *rest = text.split(" ", 2)
        if word == "asked":
            self.asked.append(number)
        elif word == "promised":
            self.promised.add(number)
        elif word == "acknowledged":
            self.promised.discard(number)
        elif word == "not-known":
            self.wrong += self._wrongly_unknown(number)
        elif word == "executed":
            self.wrong += self._wrong_execution(number)
            self.executed.add(number)
        elif word in ("answered", "owed"):
            self.wrong += self._wrong_answer(number, rest[0])
            if number in self.answered and "'forgotten'" in rest[0]:
                return
            self.answered[number] = rest[0]

    def later(self, first):
        return first + 1000

    def question(self, folder):
        known = self.executed | self.answered.keys() | self.promised
        return " ".join([str(folder), *known])

    def _wrong_execution(self, number):
        if number in self.executed:
            return [f"executed again: {number}"]
        if not self._is_open(self.answered.get(number, "'refused'")):
            return [f"executed after it was answered: {number}"]
        return []

    def _wrongly_unknown(self, number):
        met = number in self.executed | self.promised or \
            not self._is_open(self.answered.get(number, "'refused'"))
        return [f"was met, and is not known: {number}"] if met else []

    def _wrong_answer(self, number, answer):
        before = self.answered.get(number, answer)
        if before == answer or self._is_open(before):
            return []
        if "'forgotten'" in answer and self._may_be_forgotten(number):
            return []
        return [f"{number} was answered {before} and is {answer}"]

    @staticmethod
    def _is_open(answer):
        """It was not executed, as far as is known, and may be later."""
        return any(word in answer for word in ("'refused'", "'forgotten'", "'no-journal'"))

    def _may_be_forgotten(self, number):
        """So many others were asked for since then."""
        since = self.asked[self.asked.index(number):]
        return len(set(since)) >= self.kept

    def broken(self, found):
        bad, owed = list(self.wrong), set()
        for line in found:
            word, number, *rest = line.split(" ", 2)
            if word == "executed":
                bad += self._wrong_execution(number)
            elif word in ("answered", "owed"):
                bad += self._wrong_answer(number, rest[0])
                owed |= {number} if word == "owed" else set()
                # One of before may have come to the disk.
                if "'no-journal'" in rest[0] and rest[0] != self.answered.get(number):
                    bad.append(f"not usable: {line}")
            elif word != "asked":
                bad.append(f"said: {line}")
        return bad + [f"not owed any more: {number}" for number in self.promised - owed]


class Loader:
    """`PROGRAM load`: what a start makes of a directory."""

    def __init__(self, folder, program):
        self.folder = folder / "state"
        self._child = subprocess.Popen([program, "load"], stdin=subprocess.PIPE, text=True,
                                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def load(self, state, root, said):
        shutil.rmtree(self.folder, ignore_errors=True)
        os.makedirs(self.folder / "data")
        for path, content in state.items():
            there = self.folder / os.path.relpath(path, root)
            if content is None:
                there.mkdir(exist_ok=True)
            else:
                there.write_bytes(content)
        self._child.stdin.write(said.question(self.folder) + "\n")
        self._child.stdin.flush()
        return list(self._answer())

    def _answer(self):
        while line := self._child.stdout.readline():
            if line == "end\n":
                return
            yield line.rstrip()
        yield f"ended with status {self._child.wait()}"

    def close(self):
        self._child.stdin.close()
        self._child.wait(20)
        self._child.stdout.close()


def run(folder, seed, of=Component, lives=1, steps=120, faults=lambda control, rng: None):
    """A load over some lives, all but the last of them killed at some call. The record."""
    rng = random.Random(seed)
    root, log, first = folder / "root", folder / "record", of.first
    root.mkdir()
    control = Control(folder, root, log)
    for life in range(lives):
        control.heal()
        faults(control, rng)
        # Files are made in the first calls, so many die there.
        last = rng.choice((24, 4 * steps))
        control.die_after(rng.randrange(1, last) if life + 1 < lives else 0)
        done = subprocess.run([of.program, "run", root, str(rng.randrange(1 << 30)), str(steps),
                               str(first)], env=os.environ | control.env(), timeout=300,
                              capture_output=True, text=True)
        # A life may end so, too: it could not keep its rows, or not begin.
        fair = ("not all rows could be brought to disk", "cannot open table")
        assert done.returncode in (0, -9) or any(words in done.stderr for words in fair), \
            (done.returncode, done.stderr)
        heard = of()
        for op, _, _, data in records(log):
            if op == "N":
                heard.hear(data.decode())
        first = heard.later(first)
    return log


def check(folder, seed, most, every=1, of=Component, **options):
    """Runs, loses power after each record, and starts from up to most states of each.
    How many states there were; fails with the first promise that is broken."""
    log = run(folder, seed, of, **options)
    rng = random.Random(seed)
    said, disk, loader, n = of(), Disk(folder / "root"), Loader(folder, of.program), 0
    for number, (op, serial, text, data) in enumerate(records(log)):
        if op == "N":
            said.hear(data.decode())
        else:
            disk.apply(op, serial, text, data)
        if number % every:
            continue
        for state in disk.states(rng, most):
            n += 1
            bad = said.broken(loader.load(state, disk.root, said))
            assert not bad, f"seed {seed} record {number} {op} {text}: {bad[:5]}; {log}"
    loader.close()
    return n
