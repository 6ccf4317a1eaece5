"""Backups by the manual's commands while platend works, is killed, seals days and merges its
table of devices; and what is restored from them."""
import contextlib
import os
import pathlib
import re
import shutil
import signal
import subprocess
import time

import pytest

from days import OUTCOME, Day
from fault import ROOT
from lab import wait_for
from load import FINAL, OPEN, Load, transmissions

DEVICES = 4
OLD_REQUESTS = 100    # a day
HOOK = """\
#!/bin/sh
[ ! -e {dir}/reached ] && readlink /proc/$PPID/fd/* | grep -q {file} || exit 0
touch {dir}/reached
while [ ! -e {dir}/go ]; do sleep 0.02; done
"""


def manual(program):
    """The command of platend.8 that begins with this."""
    page = (ROOT / "component/platend.8").read_text()
    return re.search(rf"^{program} .*(?:\\e\n.*)*$", page, re.M)[0].replace("\\e\n", " ")


class Backup:
    """One of the manual's commands, with the lab's directory for /var/lib/platen. It stands
    still until go(): tar while it reads the file, rsync anywhere."""
    allowed = {"tar": (0, 1), "rsync": (0, 24)}    # "a file changed", "vanished"

    def __init__(self, lab, folder, kind, file, pause=0, sort="inode"):
        self.lab, self.dir, self.kind = lab, pathlib.Path(folder), kind
        self.dir.mkdir()
        self.copy = self.dir / "platen"
        command = manual("tar -c" if kind == "tar" else "rsync -a")
        command = command.replace("/var/lib/platen", str(lab.dir / "data")).replace(
            "/var/lib platen", f"{lab.dir} data").replace("/backup", str(self.dir))
        if kind == "tar":
            self._hook(file)
            # By inode a table's older files come first, by name its newest.
            command = command.replace("tar ", f"tar --sort={sort} --checkpoint=1 "
                                      f"--checkpoint-action='exec=exec {self.dir}/hook' ", 1)
        self._process = subprocess.Popen(command, shell=True, stderr=subprocess.PIPE, text=True)
        if kind == "tar":
            wait_for((self.dir / "reached").exists, 30, "tar in its midst", pause=0.01)
        else:
            time.sleep(pause)
            self._process.send_signal(signal.SIGSTOP)

    def _hook(self, file):
        path = self.dir / "hook"
        path.write_text(HOOK.format(file=file, dir=self.dir))
        path.chmod(0o755)

    def go(self):
        """To its end; what it has complained of."""
        (self.dir / "go").touch()
        self._process.send_signal(signal.SIGCONT)
        _, said = self._process.communicate(timeout=60)
        assert self._process.returncode in self.allowed[self.kind], said
        return said

    def restore(self):
        """In the place of the data of a platend that has ended."""
        shutil.rmtree(self.lab.dir / "data")
        if self.kind == "rsync":
            shutil.copytree(self.dir / "platen", self.lab.dir / "data")
            return
        command = manual("tar -x").replace("/var/lib", str(self.lab.dir)).replace(
            "/backup", str(self.dir))
        subprocess.run(command, shell=True, check=True)


def old_day(lab, days_ago):
    """A day that waits to be sealed, in two segments; its ids."""
    day = Day(lab, days_ago)
    for number in range(OLD_REQUESTS):
        request = day.accept(hour=number * 0.2)
        if number == OLD_REQUESTS // 2:
            day.write()
        day.end(request, "failed" if number % 4 else "responded", outcome=OUTCOME)
    day.write(segment=1)
    return day


def rows_of(lab):
    return {row["id"]: row for row in lab.list("requests")}


def facts_of(lab):
    """What devices are, without what changes all the time."""
    return {row["device"]: (row["unit"], row["serial"], row["model"], row["location"])
            for row in lab.list("devices")}


def merged(lab):
    """Which devices.tsv it is: each merge makes another one."""
    path = lab.dir / "data/devices/devices.tsv"
    return path.stat().st_ino if b" merged/" in path.read_bytes().split(b"\n")[0] else None


@contextlib.contextmanager
def stopped(lab, name):
    """Its device stands still."""
    lab.freeze(name)
    try:
        yield
    finally:
        lab.thaw(name)


def back_up(lab, load, folder, kind, rng, days_ago):
    """In the midst of it platend is killed, seals two days, and merges the devices. One request
    at least is open in it."""
    days = [old_day(lab, days_ago + n) for n in range(2)]
    with stopped(lab, "mfp-0001"):
        still_open = lab.queue("mfp-0001")
        before = {"ids": {still_open, *load.acknowledged.values(), *days[0].ids, *days[1].ids},
                  "open": still_open, "rows": rows_of(lab), "devices": facts_of(lab)}
        table = merged(lab)
        backup = Backup(lab, folder, kind, rng.choice(days).path(), rng.uniform(0, 0.05))
        load.kill("platend")
        wait_for(lambda: days[0].is_sealed() and days[1].is_sealed(), 30, "sealed")
        wait_for(lambda: merged(lab) not in (None, table), 30, "the devices are merged")
        backup.go()
    backup.before = before
    return backup


def hold_against(lab, backup, known):
    """A platend that was started from it."""
    rows = {}

    def ended():
        rows.update(rows_of(lab))
        return not any(row["status"] in OPEN for row in rows.values())

    wait_for(ended, 60, "what was open has ended", pause=0.3)
    before = backup.before
    assert before["ids"] <= rows.keys(), "what was acknowledged is not in the backup"
    for number, row in before["rows"].items():
        if row["status"] in FINAL:
            assert rows[number] == row
    assert rows.keys() <= known
    assert {row["status"] for row in rows.values()} <= {*FINAL, "cancelled"}
    assert facts_of(lab) == before["devices"]
    new = lab.ask("request", lab.jid("mfp-0001"), "get-counters")
    assert new["status"] == "responded" and new["id"] not in known
    known.add(new["id"])
    assert f"repeat: id={before['open']}" in lab.log("mfp-0001")
    assert transmissions(lab.dir / "data")[before["open"]] > 100


@pytest.mark.short
def test_backups_under_load_restore(fault_lab, rng, tmp_path):
    lab = fault_lab(devices=DEVICES)
    load = Load(lab, 200, devices=DEVICES)
    backups = []
    for number, kind in enumerate(("tar", "rsync", "tar")):
        load.reach(0.1 + number * 0.3)
        backups.append(back_up(lab, load, tmp_path / f"backup{number}", kind, rng,
                               days_ago=2 + 2 * number))
    known = set(load.account(allowed=FINAL))
    rng.shuffle(backups)
    for backup in backups:
        lab.kill("platend")
        backup.restore()
        lab.restart("platend")
        hold_against(lab, backup, known)
    assert "damaged" not in lab.log("platend")
    for name in (f"mfp-{n:04d}" for n in range(1, DEVICES + 1)):
        done = lab.executions(name)
        assert len(done) == len(set(done)), f"{name} has executed one twice"


@pytest.mark.short
def test_a_file_that_vanishes_while_it_is_copied_is_in_another(fault_lab, tmp_path):
    """A segment that was merged an hour ago is removed when tar has seen its name only."""
    lab = fault_lab(devices=1)
    days = [old_day(lab, days_ago) for days_ago in (3, 2)]
    lab.restart("platend")
    wait_for(lambda: all(day.is_sealed() for day in days), 30, "sealed")
    rows = rows_of(lab)
    last = days[1].path(segment=1)
    hour_ago = time.time() - 3700
    assert last.exists()
    backup = Backup(lab, tmp_path / "backup", "tar", days[0].path(), sort="name")
    os.utime(last, (hour_ago, hour_ago))
    lab.restart("platend")
    wait_for(lambda: not last.exists(), 30, "removed")
    assert "File removed before we read it" in backup.go()
    lab.kill("platend")
    backup.restore()
    lab.restart("platend")
    assert not last.exists()
    assert rows_of(lab) == rows
