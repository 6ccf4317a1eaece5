"""An HTTPS server for meta.example, with a certificate of an authority of its own. Prints its
port and the authority's file; what it answers the User-Agent says. Ends on SIGTERM."""
import http.server
import pathlib
import signal
import ssl
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "scripts/lablib"))
import tls

DOMAIN = "meta.example"
PATH = "/.well-known/host-meta"
XRD = ("<?xml version='1.0'?><XRD xmlns='http://docs.oasis-open.org/ns/xri/xrd-1.0'>"
       "<Link rel='urn:xmpp:alt-connections:xbosh' href='https://meta.example/bosh'/></XRD>")
REDIRECTS = {"moved": f"https://{DOMAIN}/elsewhere", "to-plain": f"http://{DOMAIN}/elsewhere",
             "for-ever": f"https://{DOMAIN}{PATH}"}


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        case = self.headers["User-Agent"]
        if case in REDIRECTS and self.path == PATH:
            self._answer(302, "", Location=REDIRECTS[case])
        elif case == "none":
            self._answer(404, "nothing")
        else:
            self._answer(200, XRD + (" " * 65536 if case == "long" else ""))

    def _answer(self, status, text, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        pass


def stop(*_):
    sys.exit(0)


def main():
    signal.signal(signal.SIGTERM, stop)
    with tempfile.TemporaryDirectory(prefix="platen-test-") as name:
        folder = pathlib.Path(name)
        tls.make(folder, DOMAIN)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / f"{DOMAIN}.pem")
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.socket = context.wrap_socket(server.socket, server_side=True,
                                            do_handshake_on_connect=False)
        print(server.server_address[1], folder / "ca.crt", flush=True)
        server.serve_forever()


main()
