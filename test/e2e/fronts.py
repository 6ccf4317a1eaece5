"""Stock reverse proxies that end TLS before a lab's BOSH endpoint:

    with Nginx(lab, timeout=60) as front:
        front.url            # to be a device's [bosh] url
"""
import os
import re

from proxies import Proxy

NGINX = """\
daemon off;
pid {folder}/pid;
error_log {folder}/error.log;
{user}
events {{ }}
http {{
    access_log {folder}/access.log;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port} ssl;
        ssl_certificate {pem};
        ssl_certificate_key {pem};
        location / {{
            proxy_pass http://127.0.0.1:{server};
            proxy_read_timeout {timeout}s;
        }}
    }}
}}
"""
HAPROXY = """\
global
    log stdout format raw local0
defaults
    mode http
    log global
    option httplog
    timeout connect 5s
    timeout client {timeout}s
    timeout server {timeout}s
frontend door
    bind 127.0.0.1:{port} ssl crt {pem}
    default_backend server
backend server
    server one 127.0.0.1:{server}
"""


class Front(Proxy):
    """As a stock configuration has it, but for the time after which a request is ended."""

    def __init__(self, lab, timeout=60):
        server, path = re.search(r":(\d+)(/.*)", lab.env["BOSH_URL"]).groups()
        self._facts = {"server": server, "timeout": timeout,
                       "pem": lab.dir / f"tls/{lab.env['DOMAIN']}.pem"}
        super().__init__()
        self.url = f"https://{lab.env['DOMAIN']}:{self.port}{path}"

    def _write(self, template, **more):
        self.conf = self.dir / "conf"
        self.conf.write_text(template.format(port=self.port, folder=self.dir, **self._facts, **more))


class Nginx(Front):
    """It keeps whole requests and answers in buffers."""

    def _configure(self, more):
        self._write(NGINX, user="user root;" if os.getuid() == 0 else "")

    def _argv(self):
        return ["nginx", "-p", self.dir, "-e", self.dir / "error.log", "-c", self.conf]


class Haproxy(Front):
    def _configure(self, more):
        self._write(HAPROXY)

    def _argv(self):
        return ["haproxy", "-db", "-f", self.conf]
