"""A program on a terminal of its own, so that it asks, shows progress and hears Ctrl-C."""
import os
import pty
import select
import signal
import termios
import time


class Terminal:
    """with Terminal(words) as terminal: terminal.expect(text); terminal.type(text)"""

    def __init__(self, words, env=None):
        self.said = ""
        self._pid, self._fd = pty.fork()
        if self._pid == 0:
            os.execve(words[0], list(map(str, words)), env or dict(os.environ))
        self._status = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._status is None:
            os.kill(self._pid, signal.SIGKILL)
            os.waitpid(self._pid, 0)
        os.close(self._fd)

    def _read(self, seconds):
        """False at its end."""
        if not select.select([self._fd], [], [], seconds)[0]:
            return True
        try:
            came = os.read(self._fd, 65536)
        except OSError:
            came = b""
        self.said += came.decode(errors="replace")
        return bool(came)

    def expect(self, text, seconds=20):
        """Until it has said this; returns what came before it, which is then forgotten."""
        deadline = time.monotonic() + seconds
        goes_on = True
        while text not in self.said:
            assert goes_on and time.monotonic() < deadline, (text, self.said)
            goes_on = self._read(0.2)
        before, _, self.said = self.said.partition(text)
        return before

    def type(self, text):
        os.write(self._fd, text.encode())

    def echoes(self):
        return bool(termios.tcgetattr(self._fd)[3] & termios.ECHO)

    def end(self, seconds=30):
        """Its exit status; the rest of what it said is in said."""
        deadline = time.monotonic() + seconds
        while self._read(0.2):
            assert time.monotonic() < deadline, self.said
        self._status = os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])
        return self._status
