"""Prosody as a private server."""
import base64
import hashlib
import hmac
import os
import re

import process

PORTS = ("c2s", "component", "http", "https")

CONFIG = """\
-- Made by scripts/lab.
run_as_root = true
daemonize = false
pidfile = "{dir}/prosody.pid"
data_path = "{dir}/data"
log = {{ {{ levels = {{ min = "{level}" }}, to = "console" }} }}
interfaces = {{ "127.0.0.1" }}
c2s_ports = {{ {c2s} }}
c2s_direct_tls_ports = {{ }}
s2s_ports = {{ }}
component_ports = {{ {component} }}
http_ports = {{ {http} }}
https_ports = {{ {https} }}
https_certificate = "{tls}/{domain}.crt"
http_default_host = "{domain}"
modules_disabled = {{ "s2s" }}
modules_enabled = {{ {modules} }}
admins = {{ "operator@{domain}" }}
authentication = "internal_hashed"
c2s_require_encryption = {encrypted}
allow_unencrypted_plain_auth = {plain}
consider_bosh_secure = true
ssl = {{ certificate = "{tls}/{domain}.crt"; key = "{tls}/{domain}.key" }}
{tuning}
VirtualHost "{domain}"
"""
COMPONENT = """\
Component "{domain}"
	component_secret = "{secret}"
"""

MODULES = ("disco roster saslauth tls posix ping smacks presence message iq offline bosh http"
           " admin_adhoc")
# Debian's own list has these too.
STOCK_MODULES = (" blocklist bookmarks carbons limits pep private vcard4 vcard_legacy csi_simple"
                 " invites invites_adhoc invites_register register time uptime version")
STOCK = 'limits = { c2s = { rate = "10kb/s" }; s2sin = { rate = "30kb/s" } }'
# Nagle's algorithm delays small stanzas by 40 ms on a quiet stream. It is on by default.
PRIVATE = {False: "network_settings = { nagle = false }", True: ""}

ITERATIONS = 4096


def configure(lab):
    """Writes the configuration and the accounts: {name: password}."""
    folder = lab.dir / "server"
    modules = MODULES + (STOCK_MODULES if lab.stock else "")
    (folder / "prosody.cfg.lua").write_text(CONFIG.format(
        dir=folder, tls=lab.dir / "tls", domain=lab.domain, c2s=lab.ports["c2s"],
        component=lab.ports["component"], http=lab.ports["http"], https=lab.ports["https"],
        level=os.environ.get("LAB_SERVER_LOG", "info"),
        modules=" ".join(f'"{name}";' for name in modules.split()),
        encrypted=str(not lab.plain).lower(), plain=str(lab.plain).lower(),
        tuning=STOCK if lab.stock else PRIVATE[lab.nagle])
        + "".join(COMPONENT.format(domain=domain, secret=lab.secret)
                  for domain in (lab.component, *lab.more_components)))
    accounts = folder / "data" / _encoded(lab.domain) / "accounts"
    accounts.mkdir(parents=True)
    for name, password in lab.accounts.items():
        (accounts / f"{_encoded(name)}.dat").write_text(_account(password))


def _encoded(name):
    """As Prosody's util.datamanager names its files."""
    return re.sub(r"[^A-Za-z0-9]", lambda m: f"%{ord(m[0]):02x}", name)


def _account(password):
    """What mod_auth_internal_hashed stores (RFC 5802). Writing a hundred accounts takes
    a third of a second, prosodyctl register takes four."""
    salt = base64.b64encode(os.urandom(12)).decode()
    salted = hashlib.pbkdf2_hmac("sha1", password.encode(), salt.encode(), ITERATIONS)
    client = hmac.digest(salted, b"Client Key", "sha1")
    stored = hashlib.sha1(client).hexdigest()
    server = hmac.digest(salted, b"Server Key", "sha1").hex()
    return (f'return {{ ["salt"] = "{salt}"; ["iteration_count"] = {ITERATIONS};'
            f' ["stored_key"] = "{stored}"; ["server_key"] = "{server}"; }};\n')


def start(lab):
    folder = lab.dir / "server"
    return process.start(["prosody", "-F", "--config", folder / "prosody.cfg.lua"], folder)


def register(lab):
    """The accounts are there already."""


def bosh_url(lab):
    return f"http://127.0.0.1:{lab.ports['http']}/http-bind"


def bosh_tls_url(lab):
    return f"https://{lab.domain}:{lab.ports['https']}/http-bind"
