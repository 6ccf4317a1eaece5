"""A UDP port before a printer that can die in several ways, and live again, while its
port stays the same:

    live      all goes through
    silent    it takes everything and says nothing
    closed    nobody listens there
    slow      each answer comes seconds later"""
import contextlib
import heapq
import random
import select
import socket
import threading
import time

SLOW_S = 4
IDLE_S = 30


def bound():
    """A port below the ephemeral range: nobody gets it while it is closed for a moment."""
    while True:
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            s.bind(("127.0.0.1", random.SystemRandom().randrange(15000, 32000)))
            return s
        except OSError:
            s.close()


class Relay:
    def __init__(self, printer):
        host, _, port = printer.rpartition(":")
        self._printer = (host, int(port))
        self._front = bound()
        self._here = self._front.getsockname()
        self.address = "%s:%d" % self._here
        self._mode, self._backs, self._late = "live", {}, []
        self._ours, self._theirs = socket.socketpair()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def set(self, mode):
        """Returns when it is so."""
        self._ours.send(mode.encode())
        self._ours.recv(16)

    def close(self):
        self._ours.send(b"end")
        self._thread.join()
        for one in (self._front, self._ours, self._theirs, *self._backs):
            if one is not None:
                one.close()

    def _become(self, mode):
        self._mode = mode
        if mode == "closed":
            self._front.close()
            self._front = None
        elif self._front is None:
            self._front = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self._front.bind(self._here)
        self._theirs.send(b"ok")

    def _run(self):
        while True:
            ready = self._wait()
            if self._theirs in ready:
                mode = self._theirs.recv(16).decode()
                if mode == "end":
                    return
                self._become(mode)
                continue
            for one in ready:
                with contextlib.suppress(OSError):   # an ICMP error of a peer that has gone
                    if one is self._front:
                        self._question()
                    else:
                        self._answer(one)
            while self._late and self._late[0][0] <= time.monotonic():
                self._reply(*heapq.heappop(self._late)[1:])

    def _wait(self):
        now = time.monotonic()
        for back in [back for back, (_, at) in self._backs.items() if at + IDLE_S < now]:
            del self._backs[back]
            back.close()
        sockets = [self._theirs, *self._backs] + ([self._front] if self._front else [])
        seconds = max(0, self._late[0][0] - now) if self._late else 1
        return select.select(sockets, [], [], seconds)[0]

    def _question(self):
        data, client = self._front.recvfrom(65535)
        if self._mode == "silent":
            return
        back = next((back for back, (whose, _) in self._backs.items() if whose == client), None)
        if back is None:
            back = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            back.connect(self._printer)
        self._backs[back] = (client, time.monotonic())
        back.send(data)

    def _answer(self, back):
        data, client = back.recv(65535), self._backs[back][0]
        if self._mode == "slow":
            heapq.heappush(self._late, (time.monotonic() + SLOW_S, data, client))
        else:
            self._reply(data, client)

    def _reply(self, data, client):
        if self._front and self._mode != "silent":
            with contextlib.suppress(OSError):
                self._front.sendto(data, client)
