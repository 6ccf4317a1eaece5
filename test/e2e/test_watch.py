"""`platen watch`: what it shows, of what, and through what it goes on."""
import contextlib
import json
import os
import re
import signal
import subprocess
import threading

import pytest

from client import Client, condition
from lab import wait_for
from schemas import OPERATION


class Watch:
    """`platen watch` in the background, and the lines that it has written."""

    def __init__(self, lab, *words, json_lines=True):
        self.lines = []
        self._json = json_lines
        self.process = lab.start(*(["--json"] if json_lines else []), "watch", *words)
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(json.loads(line) if self._json else line)

    def find(self, key, **wanted):
        """Lines of this kind that say this."""
        rows = [line[key] for line in self.lines if key in line]
        return [row for row in rows if all(row[name] == value for name, value in wanted.items())]

    def end(self):
        """Ctrl-C: what it has said on standard error."""
        self.process.send_signal(signal.SIGINT)
        said = self.process.stderr.read()
        assert self.process.wait(20) == 130, said
        self._thread.join(20)
        return said


@contextlib.contextmanager
def watching(lab, *words, name="mfp-0001", json_lines=True):
    """One that surely watches: something has happened and it has said so."""
    watch = Watch(lab, *words, json_lines=json_lines)
    try:
        def shown():
            lab.queue(name, "get-status")
            return watch.lines
        wait_for(shown, 20, "watching", pause=0.3)
        yield watch
    finally:
        if watch.process.poll() is None:
            watch.process.kill()
            watch.process.wait()


def test_each_arrow_of_a_request_is_shown(lab):
    with watching(lab) as watch:
        number = lab.ask("request", lab.jid("mfp-0002"), "get-supplies")["id"]
        wait_for(lambda: watch.find("request", id=number, status="responded"), 20, "its end")
        rows = watch.find("request", id=number)
        assert [row["status"] for row in rows] == ["queued", "transmitted", "responded"]
        assert rows[-1] == lab.status(number)
        assert watch.end() == ""


def test_a_device_that_goes_and_comes_is_shown(lab):
    with watching(lab) as watch:
        os.kill(lab.pid("mfp-0003"), signal.SIGTERM)
        jid = lab.jid("mfp-0003")
        wait_for(lambda: watch.find("device", device=jid, online=False), 20, "offline")
        lab.restart("mfp-0003")
        row = wait_for(lambda: watch.find("device", device=jid, online=True), 20, "online")[0]
        assert row == {**lab.ask("device", jid), "supplies": None, "counters": None}
        watch.end()


def test_a_unit_or_a_device_alone(lab):
    with watching(lab, "--device", "mfp-0001") as one, watching(lab, "lab") as unit:
        number = lab.ask("request", lab.jid("mfp-0002"), "get-status")["id"]
        wait_for(lambda: unit.find("request", id=number, status="responded"), 20, "its end")
        last = lab.ask("request", lab.jid("mfp-0001"), "get-status")["id"]
        wait_for(lambda: one.find("request", id=last, status="responded"), 20, "the other's end")
        assert not one.find("request", id=number)
        for watch in (one, unit):
            watch.end()


def test_what_there_is_not_cannot_be_watched(lab):
    for words in (["no-such-unit"], ["--device", "no-such-device"]):
        done = lab.run("watch", *words)
        assert (done.returncode, done.stdout) == (1, "")
        assert words[-1] in done.stderr


def test_people_get_a_table(lab):
    with watching(lab, json_lines=False) as watch:
        number = lab.ask("request", lab.jid("mfp-0002"), "get-supplies")["id"]
        wait_for(lambda: [line for line in watch.lines if number in line and "responded" in line],
                 20, "its end")
        assert re.match(r"TIME +DEVICE +COMMAND +STATE +ID$", watch.lines[0])
        line = [line for line in watch.lines if number in line][-1]
        assert re.match(r"[0-9-]{10} [0-9:]{8}  mfp-0002@localhost +get-supplies +responded in \d+"
                        rf" ms +{number}$", line), line
        assert watch.end() == ""


def test_it_goes_on_when_the_component_was_started_again(new_lab):
    """And says that something may be missed, as the lease was a new one."""
    lab = new_lab(devices=1)
    with watching(lab) as watch:
        lab.kill("platend")
        lab.restart("platend")
        wait_for(lambda: lab.online("mfp-0001"), 30, "the device is back")
        wait_for(lambda: {"missed": None} in watch.lines, 60, "missed")
        number = lab.ask("request", lab.jid("mfp-0001"), "get-status")["id"]
        wait_for(lambda: watch.find("request", id=number, status="responded"), 20, "its end")
        watch.end()


def test_it_goes_on_when_the_server_was_started_again(new_lab):
    lab = new_lab(devices=1)
    with watching(lab, json_lines=False) as watch:
        lab.kill("server")
        lab.restart("server")
        wait_for(lambda: [line for line in watch.lines if "something may be missed" in line], 60,
                 "missed")
        wait_for(lambda: lab.ask_any("device", lab.jid("mfp-0001")).get("online"), 60, "online")
        number = lab.ask("request", lab.jid("mfp-0001"), "get-status")["id"]
        wait_for(lambda: [line for line in watch.lines if number in line], 20, "a request")
        assert "connection" in watch.end()


def test_a_reader_that_has_gone_ends_it(lab):
    reading, writing = os.pipe()
    env = lab.env
    with os.fdopen(writing, "w") as pipe:
        command = subprocess.Popen([env["PLATEN"], "-c", env["PLATEN_CONFIG"], "--json", "watch"],
                                   stdout=pipe, stderr=subprocess.PIPE, text=True)
    os.close(reading)

    def ended():
        lab.queue("mfp-0001", "get-status")
        return command.poll() is not None

    wait_for(ended, 20, "its end", pause=0.3)
    assert (command.returncode, command.stderr.read()) == (0, "")


def test_who_ends_it_has_his_place_back(lab):
    for _ in range(12):
        with watching(lab) as watch:
            watch.end()


def test_who_watches_from_too_many_places_is_told(new_lab):
    lab = new_lab(devices=0)
    watch = f"<watch xmlns='{OPERATION}' seconds='300'/>"
    for n in range(11):
        with Client(lab, "operator", f"place-{n}") as place:
            answer = place.iq("set", lab.component, watch)
            assert (answer.get("type") == "result") == (n < 10)
    assert condition(answer) == ("wait", "resource-constraint", "limit")
    done = lab.run("watch")
    assert done.returncode == 5
    assert "watches from 10 places" in done.stderr
