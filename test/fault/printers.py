"""Printers that can be restarted, and count it: one agent, whose write-community ends in a
printer's name. What they do with orders is before that: any_sometimes lets some take longer than
a device waits before it says so."""
import pathlib
import signal
import subprocess
import sys

import fault

AGENT = fault.ROOT / "test/e2e/odd_agent.py"
RECORDING = fault.ROOT / "test/data/printer.snmprec"


class Printers:
    def __init__(self, folder):
        self._sets = pathlib.Path(folder) / "sets"
        self._process = subprocess.Popen([sys.executable, AGENT, RECORDING, self._sets],
                                         stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                         text=True)
        self._address = self._process.stdout.readline().strip()

    def url(self, name, oddity="any_sometimes"):
        return f"snmp://{name}:{oddity}.{name}@{self._address}"

    def restarts(self, name):
        """When this printer was told to restart, in order."""
        lines = self._sets.read_text().splitlines() if self._sets.exists() else []
        return [float(line.split()[0]) for line in lines
                if line.split()[3].partition(".")[2] == name]

    def close(self):
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(10)
        self._process.stdout.close()
