"""A proxy before the XMPP server. Of a stream without TLS it knows where stanzas end, and can
cut it before or after one, send one twice, or hold it up; of another it counts bytes."""
import re
import socket
import threading
import time

TAG = re.compile(rb"<(?:[^<>'\"]|'[^']*'|\"[^\"]*\")*>")
TO_SERVER, FROM_SERVER = "to the server", "from the server"


class Splitter:
    """Bytes in, whole stanzas out; what is no stanza (headers, blanks) comes as it is."""

    def __init__(self):
        self._bytes, self._from, self._depth = b"", 0, 0

    def feed(self, more):
        self._bytes += more
        found = []
        while tag := TAG.search(self._bytes, self._from):
            self._from = tag.end()
            self._depth += depth_of(tag[0])
            # The stream's own element is open all the time.
            if self._depth <= 1:
                found.append(self._bytes[:self._from])
                self._bytes, self._from = self._bytes[self._from:], 0
        return found


def depth_of(tag):
    if tag.startswith(b"<?") or tag.endswith(b"/>"):
        return 0
    return -1 if tag.startswith(b"</") else 1


class Rule:
    """What happens to the nth stanza in a direction that holds a text: "before" and "after"
    cut the stream, "twice", "note" for nothing, or seconds that it (and what follows) is held up.
    done is set when it has happened."""

    def __init__(self, direction, text, what, nth=1):
        self.direction, self.text, self.what, self.left = direction, text.encode(), what, nth
        self.done = threading.Event()

    def meets(self, direction, stanza):
        if direction != self.direction or self.text not in stanza or self.done.is_set():
            return False
        self.left -= 1
        return self.left == 0


class Proxy:
    """Listens on a port of its own and connects each stream to the server's. cut_after: each
    stream is cut when so many bytes have passed (an iterator); then nothing is parsed."""

    def __init__(self, port, cut_after=None):
        self._server, self._cut_after = ("127.0.0.1", port), cut_after
        self._rules, self._lock, self._pairs = [], threading.Lock(), []
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = self._door.getsockname()[1]
        self.cuts = 0
        self._passes = threading.Event()
        self._passes.set()
        threading.Thread(target=self._accept, daemon=True).start()

    def add(self, *args, **options):
        rule = Rule(*args, **options)
        with self._lock:
            self._rules.append(rule)
        return rule

    def swallow(self):
        """From now on nothing arrives, by old streams and new ones, and nobody is told."""
        self._passes.clear()

    def pass_on(self):
        """New streams work again; those from before are lost."""
        self.cut_all()
        self._passes.set()

    def cut_all(self):
        pairs, self._pairs = self._pairs, []
        for pair in pairs:
            cut(*pair)

    def _accept(self):
        while True:
            try:
                client = self._door.accept()[0]
            except OSError:
                return
            try:
                server = socket.create_connection(self._server)
            except OSError:
                client.close()
                continue
            self._pairs.append((client, server))
            pump = self._pump_stanzas if self._cut_after is None else self._counter()
            for one, other, direction in ((client, server, TO_SERVER),
                                          (server, client, FROM_SERVER)):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                threading.Thread(target=pump, args=(one, other, direction), daemon=True).start()

    def _pump_stanzas(self, source, sink, direction):
        splitter = Splitter()
        try:
            while more := source.recv(65536):
                for stanza in splitter.feed(more):
                    self._pass(stanza, source, sink, direction)
        except OSError:
            pass
        cut(source, sink)

    def _pass(self, stanza, source, sink, direction):
        self._passes.wait()
        with self._lock:
            rules = [rule for rule in self._rules if rule.meets(direction, stanza)]
        for what in [rule.what for rule in rules]:
            if what == "before":
                self._cut(rules, source, sink)
            if what == "twice":
                sink.sendall(stanza)
            elif not isinstance(what, str):
                time.sleep(what)
        sink.sendall(stanza)
        if "after" in [rule.what for rule in rules]:
            self._cut(rules, source, sink)
        for rule in rules:
            rule.done.set()

    def _cut(self, rules, source, sink):
        self.cuts += 1
        cut(source, sink)
        for rule in rules:
            rule.done.set()
        raise OSError("cut")

    def _counter(self):
        """Pumps for the two directions of one stream, which count together."""
        left = [next(self._cut_after)]

        def pump(source, sink, _):
            try:
                while more := source.recv(65536):
                    self._passes.wait()
                    sink.sendall(more[:max(left[0], 0)])
                    left[0] -= len(more)
                    if left[0] <= 0:
                        self.cuts += 1
                        break
            except OSError:
                pass
            cut(source, sink)

        return pump

    def close(self):
        cut(self._door)
        self.cut_all()
        self._passes.set()


def cut(*sockets):
    for one in sockets:
        try:
            one.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        one.close()
