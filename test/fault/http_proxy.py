"""A reverse proxy before the server's BOSH endpoint that loses some of what passes: requests
before they are there, answers behind the server's back, halves of answers."""
import collections
import http.client
import re
import socket
import struct
import threading
import time

LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")
FAULTS = ("reset before", "reset after", "502 before", "502 after", "cut", "stall")


class HttpProxy:
    """Each request has a fault with this probability. faults: how often each has been."""

    def __init__(self, port, rng, share=0.0, kinds=FAULTS):
        self._server, self._rng, self._kinds = port, rng, kinds
        self.share, self.faults, self.passed = share, collections.Counter(), 0
        self._lock = threading.Lock()
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = self._door.getsockname()[1]
        self._clients = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client = self._door.accept()[0]
            except OSError:
                return
            self._clients.append(client)
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _fault(self):
        with self._lock:
            if self._rng.random() >= self.share:
                self.passed += 1
                return ""
            kind = self._rng.choice(self._kinds)
            self.faults[kind] += 1
            return kind

    def _serve(self, client):
        server = http.client.HTTPConnection("127.0.0.1", self._server, timeout=120)
        try:
            with client.makefile("rb") as source:
                while self._one(client, source, server):
                    pass
        except (OSError, http.client.HTTPException, ValueError):
            pass
        server.close()
        client.close()

    def _one(self, client, source, server):
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            line = source.readline(65536)
            if not line:
                return False
            head += line
        body = source.read(int(LENGTH.search(head)[1]))
        fault = self._fault()
        if fault == "reset before":
            return reset(client)
        if fault == "502 before":
            return say(client, 502, b"<html>Bad gateway</html>")
        server.request("POST", head.split()[1].decode(), body,
                       {"Content-Type": "text/xml; charset=utf-8"})
        response = server.getresponse()
        answer = response.read()
        if fault == "reset after":
            return reset(client)
        if fault == "502 after":
            return say(client, 502, b"<html>Bad gateway</html>")
        if fault == "stall":
            time.sleep(self._rng.uniform(0.2, 3))
        return say(client, response.status, answer, half=fault == "cut")

    def close(self):
        for one in (self._door, *self._clients):
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            one.close()


def reset(client):
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()
    return False


def say(client, status, body, half=False):
    client.sendall(b"HTTP/1.1 %d X\r\nContent-Type: text/xml\r\nContent-Length: %d\r\n\r\n%s"
                   % (status, len(body), body[:len(body) // 2] if half else body))
    return not half
