"""Stock servers in a network namespace, on their usual ports: what Debian's configuration says,
as far as it matters here, and a file besides."""
import json
import os
import pathlib
import re

import process

PROSODY = """\
run_as_root = true
daemonize = false
pidfile = "{folder}/prosody.pid"
data_path = "{folder}/data"
admin_socket = "/run/prosody.sock"
log = {{ {{ levels = {{ min = "{level}" }}, to = "console" }} }}
modules_enabled = {{ {modules} }}
s2s_secure_auth = true
limits = {{ c2s = {{ rate = "10kb/s" }}; s2sin = {{ rate = "30kb/s" }} }}
authentication = "internal_plain"
certificates = "certs"
VirtualHost "localhost"
Include "platen.cfg.lua"
"""
MODULES = ("disco roster saslauth tls blocklist bookmarks carbons dialback limits pep private"
           " smacks vcard4 vcard_legacy csi_simple ping register time uptime version admin_adhoc"
           " admin_shell posix")

EJABBERD = """\
loglevel: {level}
include_config_file: {folder}/platen.yml
listen:
  -
    port: 5222
    module: ejabberd_c2s
    starttls_required: true
  -
    port: 5269
    module: ejabberd_s2s_in
    max_stanza_size: 524288
  -
    port: 5280
    ip: "127.0.0.1"
    module: ejabberd_http
    request_handlers:
      /api: mod_http_api
auth_password_format: scram
api_permissions:
  "accounts of the test":
    who:
      ip: 127.0.0.0/8
    what: [register]
shaper_rules:
  max_user_sessions: 10
modules:
  mod_admin_extra: {{}}
  mod_disco: {{}}
  mod_http_api: {{}}
  mod_ping: {{}}
  mod_roster: {{}}
  mod_s2s_dialback: {{}}
  mod_stream_mgmt: {{}}
"""


class Server:
    """accounts: {domain: {name: password}}"""

    def __init__(self, space, folder, certificates, configuration, accounts, ports=()):
        self.space, self.folder, self._accounts = space, folder, accounts
        self._ports = (5222, 5269, *ports)
        folder.mkdir(parents=True)
        self._configure(certificates, configuration)
        self.start()

    def start(self):
        self.process = self._start()
        for port in self._ports:
            process.wait_for(lambda: self.space.listening(port), 30,
                             lambda: f"nobody listens on port {port}: {self.log()[-2000:]}")

    def log(self):
        return (self.folder / "log").read_text(errors="replace")

    def kill(self):
        process.kill(self.process)

    def restart(self):
        self.kill()
        self.start()


class ProsodyServer(Server):
    def _configure(self, certificates, configuration):
        (self.folder / "certs").symlink_to(certificates)
        (self.folder / "prosody.cfg.lua").write_text(PROSODY.format(
            folder=self.folder, level=os.environ.get("LAB_SERVER_LOG", "info"),
            modules=" ".join(f'"{name}";' for name in MODULES.split())))
        (self.folder / "platen.cfg.lua").write_text(configuration)
        for domain, accounts in self._accounts.items():
            folder = self.folder / "data" / self._encoded(domain) / "accounts"
            folder.mkdir(parents=True)
            for name, password in accounts.items():
                (folder / f"{self._encoded(name)}.dat").write_text(
                    f'return {{ ["password"] = "{password}"; }};\n')

    @staticmethod
    def _encoded(name):
        return re.sub(r"[^A-Za-z0-9]", lambda m: f"%{ord(m[0]):02x}", name)

    def _start(self):
        return self.space.start(["prosody", "-F", "--config", self.folder / "prosody.cfg.lua"],
                                self.folder)

    def streams(self):
        """Of s2s, as prosodyctl shows them: [(own domain, "<->", other domain)]"""
        out = self.space.run("prosodyctl", "--config", self.folder / "prosody.cfg.lua", "shell",
                             "s2s:show()")
        rows = [[word.strip() for word in line.split("|")] for line in out.splitlines()
                if line.startswith("s2s")]
        return sorted(tuple(row[1:4]) for row in rows)


class EjabberdServer(Server):
    def _configure(self, certificates, configuration):
        (self.folder / "ejabberd.yml").write_text(EJABBERD.format(
            folder=self.folder, level=os.environ.get("LAB_SERVER_LOG", "info")))
        (self.folder / "platen.yml").write_text(configuration.replace("/etc/ejabberd",
                                                                      str(certificates)))

    def _start(self):
        libraries = next(pathlib.Path("/usr/lib").glob("*/ejabberd-*")).parent
        env = {"ERL_LIBS": str(libraries), "HOME": str(self.folder),
               "EJABBERD_CONFIG_PATH": str(self.folder / "ejabberd.yml"),
               "EJABBERD_LOG_PATH": str(self.folder / "ejabberd.log")}
        return self.space.start(
            ["erl", "+K", "true", "+sss", "8192", "-mnesia", "dir", f'"{self.folder}/mnesia"',
             "-s", "ejabberd", "-noinput"], self.folder, env)

    def start(self):
        """Killed, it forgets accounts of the last seconds."""
        super().start()
        for domain, accounts in self._accounts.items():
            for name, password in accounts.items():
                self._register(domain, name, password)

    def _register(self, domain, name, password):
        body = json.dumps({"user": name, "host": domain, "password": password})
        script = ("import sys, urllib.error, urllib.request as r\n"
                  "try:\n"
                  " r.urlopen(r.Request('http://127.0.0.1:5280/api/register', sys.argv[1].encode(),\n"
                  "  {'Content-Type': 'application/json'}), timeout=3)\n"
                  "except urllib.error.HTTPError as e:\n"
                  " sys.exit(e.code != 409)\n")

        def done():
            try:
                self.space.run("/usr/bin/python3", "-c", script, body)
            except process.LabError:
                return False
            return True

        process.wait_for(done, 30, f"ejabberd does not register {name}", pause=0.3)
