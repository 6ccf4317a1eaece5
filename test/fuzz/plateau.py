"""Runs fuzz targets until nothing new comes: plateau.py [--quiet S] [--most S] [-j N] NAME…

A target ends when so many seconds of its own CPU time brought no new edge (libFuzzer's
`cov:`; its `ft:` alone does not count), or after the most that it may have. CPU time and not
the wall's: a busy machine ends nothing early. What is found stays in build/fuzz/found/NAME,
where the next run begins. It prints a line a target and writes build/fuzz/NAME.json."""
import argparse
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
OUT = ROOT / "build/fuzz"
TICK = os.sysconf("SC_CLK_TCK")
STATUS = re.compile(r"^#\d+\t(\w+) +cov: (\d+).*? corp: (\d+)", re.M)
INTERRUPTED = 72      # libFuzzer's exit status after SIGINT


class Target:
    def __init__(self, name):
        self.facts = {"name": name, "ended": None, "cpu_s": 0, "executions": None,
                      "edges_at_start": 0, "edges": 0, "last_new_edge_s": 0, "corpus": 0,
                      "findings": []}
        self._path = OUT / f"{name}.plateau.log"
        self._tail = ""
        found = OUT / "found" / name
        found.mkdir(parents=True, exist_ok=True)
        words = ROOT / f"test/fuzz/{name}.dict"
        command = [OUT / f"fuzz_{name}", "-max_len=65536", "-rss_limit_mb=2048",
                   "-print_final_stats=1", "-close_fd_mask=3",
                   f"-artifact_prefix={OUT}/{name}-"]
        command += [f"-dict={words}"] if words.exists() else []
        # What the code under test logs goes nowhere: hours of it would fill the disk.
        with self._path.open("wb") as log:
            self._process = subprocess.Popen(
                command + [found, ROOT / "test/fuzz/corpus" / name], cwd=ROOT,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self._log = self._path.open(errors="replace")

    def watch(self, quiet_s, most_s):
        """Whether it has ended; who has had enough of it ends it."""
        facts = self.facts
        facts["cpu_s"] = self._cpu_s()
        self._take_lines()
        if self._process.poll() is not None:
            self._end("itself")
        elif facts["cpu_s"] - facts["last_new_edge_s"] >= quiet_s:
            self._end("quiet")
        elif facts["cpu_s"] >= most_s:
            self._end("most")
        return facts["ended"] is not None

    def stop(self):
        """What SIGSTOP holds takes this when it goes on."""
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait()

    def _cpu_s(self):
        stat = pathlib.Path(f"/proc/{self._process.pid}/stat").read_text()
        user, system = stat.rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / TICK

    def _take_lines(self):
        lines, end, self._tail = (self._tail + self._log.read()).rpartition("\n")
        facts = self.facts
        for event, edges, corpus in STATUS.findall(lines + end):
            facts["corpus"] = int(corpus)
            if event == "INITED":
                facts["edges_at_start"] = int(edges)
            if int(edges) > facts["edges"]:
                facts["edges"], facts["last_new_edge_s"] = int(edges), facts["cpu_s"]

    def _end(self, why):
        self.stop()
        log = self._path.read_text(errors="replace")
        runs = re.search(r"stat::number_of_executed_units: (\d+)", log)
        self.facts["executions"] = int(runs[1]) if runs else None
        self.facts["findings"] = re.findall(r"Test unit written to (\S+)", log)
        failed = self._process.returncode not in (0, INTERRUPTED)
        self.facts["ended"] = "finding" if failed else why
        (OUT / f"{self.facts['name']}.json").write_text(json.dumps(self.facts, indent=1) + "\n")


def report(facts):
    print("{name}: {cpu_s:.0f} s of CPU, {executions} executions, {edges_at_start} edges at the "
          "start, {edges} now, the last new one after {last_new_edge_s:.0f} s, corpus of {corpus}; "
          "ended: {ended}".format(**facts), *facts["findings"], sep="\n    ", flush=True)


def run(names, arguments):
    """How many have failed."""
    waiting, running, failed = list(names), [], 0
    try:
        while waiting or running:
            while waiting and len(running) < arguments.j:
                running.append(Target(waiting.pop(0)))
            time.sleep(1)
            ended = [t for t in running if t.watch(arguments.quiet, arguments.most)]
            running = [t for t in running if t not in ended]
            for target in ended:
                report(target.facts)
                failed += target.facts["ended"] == "finding"
    finally:
        for target in running:
            target.stop()
    return failed


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--quiet", type=float, default=600)
    parser.add_argument("--most", type=float, default=3600)
    parser.add_argument("-j", type=int, default=1)
    parser.add_argument("names", nargs="+")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    sys.exit(1 if run(arguments.names, arguments) else 0)


main()
