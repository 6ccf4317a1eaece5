"""A printer that answers wrongly (odd_agent.py), started and looked at."""
import signal
import subprocess
import sys

from schemas import ROOT

AGENT = ROOT / "test/e2e/odd_agent.py"
RECORDING = ROOT / "test/data/printer.snmprec"


class Odd:
    """odd_agent.py, whose oddity is the community."""

    def __init__(self, folder):
        self.path = folder / "sets"
        self._process = subprocess.Popen([sys.executable, AGENT, RECORDING, self.path], text=True,
                                         stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        self.address = self._process.stdout.readline().strip()

    def sets(self, community):
        lines = self.path.read_text().splitlines() if self.path.exists() else []
        return [line.split()[1:3] for line in lines if line.split()[3] == community]

    def close(self):
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(10)
        self._process.stdout.close()
