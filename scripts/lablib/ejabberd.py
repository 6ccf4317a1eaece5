"""ejabberd as a private server: its Erlang machine directly, without epmd."""
import concurrent.futures
import json
import os
import pathlib
import urllib.error
import urllib.request

import process

# The last one is for erl_call: Erlang's distribution, without epmd.
PORTS = ("c2s", "component", "http", "https", "erlang")

CONFIG = """\
# Made by scripts/lab.
loglevel: {level}
hosts: [{domain}]
certfiles: ["{tls}/{domain}.pem"]
auth_password_format: scram
disable_sasl_mechanisms: [digest-md5, X-OAUTH2]
listen:
  -
    port: {c2s}
    ip: "127.0.0.1"
    module: ejabberd_c2s
    max_stanza_size: 262144
    starttls: true
    starttls_required: {encrypted}
    access: c2s
    shaper: c2s_shaper
{components}  -
    port: {http}
    ip: "127.0.0.1"
    module: ejabberd_http
    request_handlers:
      /api: mod_http_api
      /bosh: mod_bosh
  -
    port: {https}
    ip: "127.0.0.1"
    module: ejabberd_http
    tls: true
    request_handlers:
      /bosh: mod_bosh
acl:
  loopback:
    ip: [127.0.0.0/8]
  admin:
    user: [operator@{domain}]
access_rules:
  configure:
    allow: admin
  c2s:
    allow: all
api_permissions:
  "accounts of the lab":
    who:
      access:
        allow:
          acl: loopback
    what: [register]
{tuning}
modules:
  mod_adhoc: {{}}
  mod_admin_extra: {{}}
  mod_bosh: {{}}
  mod_configure: {{}}
  mod_disco: {{}}
  mod_http_api: {{}}
  mod_last: {{}}
  mod_offline: {{}}
  mod_ping: {{}}
  mod_roster: {{}}
  mod_stream_mgmt: {{}}
  mod_version: {{}}
{more_modules}"""

# One for each component: two under one port get each other's stanzas.
COMPONENT = """\
  -
    port: {port}
    ip: "127.0.0.1"
    module: ejabberd_service
    max_fsm_queue: 100000
    shaper_rule: component_shaper
    hosts:
      {domain}:
        password: "{secret}"
"""
STOCK = """\
shaper:
  normal:
    rate: 3000
    burst_size: 20000
  fast: 200000
shaper_rules:
  max_user_sessions: 10
  max_user_offline_messages: 100
  c2s_shaper: normal
  component_shaper: fast
"""
PRIVATE = """\
shaper: {}
shaper_rules:
  max_user_sessions: 10
  max_user_offline_messages: 100
  c2s_shaper: none
  component_shaper: none
"""
STOCK_MODULES = """\
  mod_blocking: {}
  mod_caps: {}
  mod_carboncopy: {}
  mod_client_state: {}
  mod_fail2ban: {}
  mod_pres_counter:
    count: 5
    interval: 60
  mod_privacy: {}
  mod_private: {}
  mod_push: {}
  mod_push_keepalive: {}
  mod_vcard: {}
  mod_vcard_xupdate: {}
"""


def configure(lab):
    """It sets TCP_NODELAY on all its sockets, whatever one may want (lab.nagle)."""
    folder = lab.dir / "server"
    components = {lab.component: lab.ports["component"], **lab.more_components}
    (folder / "ejabberd.yml").write_text(CONFIG.format(
        tls=lab.dir / "tls", domain=lab.domain, c2s=lab.ports["c2s"],
        encrypted=str(not lab.plain).lower(),
        components="".join(COMPONENT.format(port=port, domain=domain, secret=lab.secret)
                           for domain, port in components.items()),
        http=lab.ports["http"], https=lab.ports["https"], level=os.environ.get("LAB_SERVER_LOG", "info"),
        tuning=STOCK if lab.stock else PRIVATE,
        more_modules=STOCK_MODULES if lab.stock else ""))


def start(lab):
    """+sss: without it one client's stanza nested 5,000 deep ends the whole machine."""
    folder = lab.dir / "server"
    libraries = next(pathlib.Path("/usr/lib").glob("*/ejabberd-*"), None)
    if not libraries:
        raise process.LabError("ejabberd is not installed: sh scripts/packages")
    env = {"ERL_LIBS": str(libraries.parent), "HOME": str(folder),
           "EJABBERD_CONFIG_PATH": str(folder / "ejabberd.yml"),
           "EJABBERD_LOG_PATH": str(folder / "ejabberd.log")}
    return process.start(
        ["erl", "+K", "true", "+P", "250000", "+sss", "8192", "-sname", "ejabberd@localhost",
         "-start_epmd", "false", "-erl_epmd_port", str(lab.ports["erlang"]),
         "-kernel", "inet_dist_use_interface", "{127,0,0,1}", "-mnesia", "dir",
         f'"{folder}/mnesia"', "-s", "ejabberd", "-noinput"], folder, env)


def register(lab):
    """After each start: killed, ejabberd forgets accounts of the last seconds, because
    Mnesia writes its log late."""
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda account: _register(lab, *account), lab.accounts.items()))


def _register(lab, name, password):
    body = json.dumps({"user": name, "host": lab.domain, "password": password}).encode()
    request = urllib.request.Request(f"http://127.0.0.1:{lab.ports['http']}/api/register", body,
                                     {"Content-Type": "application/json"})

    def done():
        try:
            urllib.request.urlopen(request, timeout=3).read()
        except urllib.error.HTTPError as error:
            return error.code == 409    # it is there already
        except OSError:
            return False    # its listeners open a moment before it can answer them
        return True

    process.wait_for(done, 30, f"ejabberd does not register {name}")


def bosh_url(lab):
    return f"http://127.0.0.1:{lab.ports['http']}/bosh"


def bosh_tls_url(lab):
    return f"https://{lab.domain}:{lab.ports['https']}/bosh"
