"""platend, its devices and its operator: configurations, start, readiness."""
import json
import os
import subprocess
import urllib.parse

import process

PLATEND = """\
# Made by scripts/lab.
[component]
domain = {lab.component}
secret-file = {lab.dir}/platend/secret
host = 127.0.0.1
port = {component}

[data]
directory = {lab.dir}/data
units = {lab.dir}/platend/units.conf
reserve = 1M

[metrics]
listen = 127.0.0.1:{metrics}

[log]
level = {level}
"""

UNITS = """\
[unit lab]
devices = {globs}
operator operator@{domain} = view request configure emergency session admin
"""

ACCOUNT = """\
# Made by scripts/lab.
[account]
jid = {jid}
password-file = {folder}/password
host = 127.0.0.1
port = {port}
security = starttls
ca-file = {lab.dir}/tls/ca.crt

[component]
{component_key} = {lab.component}

[log]
level = {level}
"""

BOSH = """
[bosh]
url = {url}

[proxy]
url = none
"""

# Figures that differ from device to device but not from run to run.
STATE = """\
<state xmlns='urn:platen:mfp:1'>
  <information manufacturer='Platen' model='Lab MFP {model}' serial='LAB{n:06d}' firmware='1.{n}'
               location='Room {n}' mac='02:00:5e:10:{high:02x}:{low:02x}' name='{name}'
               address='192.0.2.{address}' host='{name}.lab.example'/>
  <counters>
    <counter name='marker-life-count' index='1.1' value='{pages}' unit='impressions'/>
    <counter name='marker-power-on-count' index='1.1' value='{since_on}' unit='impressions'/>
  </counters>
  <supplies>
    <supply index='1.1' description='Black Toner' class='supplyThatIsConsumed' type='toner'
            colorant='black' unit='percent' capacity='100' level='{black}'/>
    <supply index='1.2' description='Cyan Toner' class='supplyThatIsConsumed' type='toner'
            colorant='cyan' unit='impressions' capacity='6000' level='{cyan}'/>
    <supply index='1.3' description='Fuser' class='supplyThatIsConsumed' type='fuser'
            unit='impressions' capacity='-2' level='-2'/>
    <supply index='1.4' description='Waste Toner Box' class='receptacleThatIsFilled'
            type='wasteToner' unit='percent' capacity='-2' level='-3'/>
  </supplies>
  <status state='idle' power_on_s='{on_s}' operation_s='{used_s}'>
    <error>lowToner</error>
    <alert index='1.1' severity='warning' group='markerSupplies'
           code='markerTonerAlmostEmpty'>Black toner is low</alert>
    <console>Ready</console>
  </status>
</state>
"""


def device_name(number):
    return f"mfp-{number:04d}"


def figures(number):
    """What device number says of itself in its state.xml."""
    return {"n": number, "name": device_name(number), "model": 3000 + number % 4,
            "high": number >> 8 & 255, "low": number & 255, "address": number % 250 + 1,
            "pages": 10000 + 137 * number, "since_on": 100 + number, "black": (7 * number) % 101,
            "cyan": (600 * number + 300) % 6001, "on_s": 86400 + number, "used_s": 3600 + number}


def source_of(url):
    """The [source] section for --printer's URL."""
    if url.startswith("file:") and len(url) > 5:
        return {"type": "file", "file": os.path.abspath(url[5:])}
    parts = urllib.parse.urlsplit(url)
    if parts.scheme == "snmp" and parts.hostname:
        source = {"type": "snmp", "address": f"{parts.hostname}:{parts.port or 161}",
                  "community": parts.username or "public"}
        return source | ({"write-community": parts.password} if parts.password else {})
    raise process.LabError(f"{url}: not one of snmp://COMMUNITY[:WRITE-COMMUNITY]@HOST:PORT, "
                           "file:PATH")


def configure(lab):
    """Writes everybody's files. lab.devices: {name: [source] section}."""
    level = os.environ.get("LAB_LOG", "info")
    folder = lab.dir / "platend"
    _secret(folder / "secret", lab.secret)
    (folder / "platend.conf").write_text(PLATEND.format(
        lab=lab, component=lab.ports["component"], metrics=lab.ports["metrics"], level=level))
    globs = [f"mfp-*@{lab.domain}"] + [f"{name}@{lab.domain}" for name in lab.devices
                                       if not name.startswith("mfp-")]
    (folder / "units.conf").write_text(UNITS.format(globs=", ".join(globs), domain=lab.domain))
    _account(lab, lab.dir / "operator", "operator", "jid", "warn", "platen.conf")
    for number, (name, source) in enumerate(lab.devices.items(), 1):
        folder = lab.dir / "devices" / name
        folder.mkdir(parents=True)
        conf = _account(lab, folder, name, "obey", level, "platen-device.conf")
        if not source:
            (folder / "state.xml").write_text(STATE.format(**figures(number)))
            source = {"type": "file", "file": folder / "state.xml"}
        with conf.open("a") as out:
            out.write(f"\n[state]\ndirectory = {folder}/state\n\n[source]\n")
            out.writelines(f"{key} = {value}\n" for key, value in source.items())
            if lab.transport == "bosh":
                out.write(BOSH.format(url=lab.backend.bosh_tls_url(lab)))
                out.write("\n[account]\ntransport = bosh\n")


def _account(lab, folder, name, component_key, level, file):
    _secret(folder / "password", lab.accounts[name])
    conf = folder / file
    conf.write_text(ACCOUNT.format(lab=lab, jid=f"{name}@{lab.domain}", folder=folder,
                                   port=lab.ports["c2s"], component_key=component_key,
                                   level=level))
    return conf


def _secret(path, text):
    path.touch(0o600)
    path.write_text(text + "\n")


def start_platend(lab):
    folder = lab.dir / "platend"
    lab.processes["platend"] = process.start([lab.bin / "platend", "-c", folder / "platend.conf"],
                                             folder)


def start_device(lab, name):
    folder = lab.dir / "devices" / name
    lab.processes[name] = process.start(
        [lab.bin / "platen-device", "-c", folder / "platen-device.conf"], folder)


def rows(lab):
    """What the component says about its devices: {JID: row}, None without an answer."""
    try:
        done = subprocess.run(
            [lab.bin / "platen", "-c", lab.dir / "operator/platen.conf", "--json", "devices"],
            capture_output=True, text=True, timeout=30)
    except subprocess.TimeoutExpired:
        return None
    if done.returncode:
        return None
    found = [json.loads(line) for line in done.stdout.splitlines()]
    return {row["device"]: row for row in found}


def logins(lab, name):
    """How often this device's client has logged in so far."""
    log = lab.dir / "devices" / name / "log"
    return log.read_text(errors="replace").count("stream: online") if log.exists() else 0


def wait_until_online(lab, names, seconds, before=None):
    """Until the component answers and says that all names are online, with a login since
    the count in before ({name: logins}): the component believes what it knew."""
    last = None
    before = before or {}

    def there(name):
        row = last.get(f"{name}@{lab.domain}")
        return row and row["online"] and logins(lab, name) > before.get(name, 0)

    def ready():
        nonlocal last
        _check_alive(lab, ["server", "platend", *names])
        last = rows(lab)
        if last is None:
            return False
        return all(there(name) for name in names)

    def failure():
        if last is None:
            return f"the component does not answer the operator within {seconds:g} s"
        late = [name for name in names if not there(name)]
        return f"not online within {seconds:g} s: {' '.join(late[:10])} ({len(late)} in all)"

    process.wait_for(ready, seconds, failure, pause=0.1)


def _check_alive(lab, names):
    for name in names:
        if not process.alive(lab.processes[name]):
            raise process.LabError(f"{name} has ended by itself")
