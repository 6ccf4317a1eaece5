"""The life of the packages on a fresh Debian 12: installed, configured, started by systemd,
upgraded, removed, purged. The tests are in this order, and each stands on those before it."""
import re
import shutil
import subprocess
import sys

from conftest import DEBS, ROOT

sys.path.insert(0, str(ROOT / "scripts/lablib"))
import tls

SERVICES = ("platend", "platen-device")
# What `systemd-analyze security` says of both, of 10.
EXPOSURE = 12


def test_lintian_has_nothing_to_say(debs):
    done = subprocess.run(["lintian", "--allow-root", "--fail-on", "error,warning",
                           *DEBS.glob("*.changes")], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr


def test_what_it_needs_to_build_is_what_the_project_installs():
    packages = re.findall(r"[a-z0-9.+-]+", (ROOT / "scripts/packages").read_text())
    control = (ROOT / "debian/control").read_text()
    needs = control.partition("Build-Depends:")[2].partition("\n\n")[0].split(",")
    names = {need.split()[0] for need in needs} - {"debhelper-compat"}
    assert names <= set(packages)


def test_they_install_where_nothing_else_is_and_start_nothing(system, debs):
    system.install("/var/tmp/debs/platen_0.1_amd64.deb")
    assert not system.path("/usr/bin/platend").exists()
    system.install(*[f"/var/tmp/debs/{debs[name].name}" for name in SERVICES])
    assert list(system.path("/etc/platen").iterdir()) == []
    assert not system.path("/var/lib/platen").exists()
    assert not system.path("/var/lib/platen-device").exists()
    for name in SERVICES:
        wants = system.path(f"/etc/systemd/system/multi-user.target.wants/{name}.service")
        assert wants.is_symlink()
        assert name in system.run("sh", "-c", f"{name} -v")
        assert f"/etc/platen/{name}.conf: " in system.run(name, "-t", status=1)
    assert "requests" in system.run("platen", "help")
    for path in ("bash-completion/completions/platen", "zsh/vendor-completions/_platen"):
        assert system.path(f"/usr/share/{path}").is_file()
    assert system.run("id", "-un", "platen") == "platen\n"
    assert system.run("id", "-gn", "platen-device") == "platen-device\n"


def test_systemd_finds_the_units_right_and_little_exposed(system):
    units = [f"{name}.service" for name in SERVICES]
    assert system.run("systemd-analyze", "verify", "--man=no", *units) == ""
    for unit in units:
        system.run("systemd-analyze", "security", "--offline=yes", f"--threshold={EXPOSURE}", unit)


def test_the_examples_are_a_configuration(system):
    """README.Debian's way, as the user that the service has."""
    for package, secret, user in (("platend", "component.secret", "platen"),
                                  ("platen-device", "password", "platen-device")):
        system.run("sh", "-c", f"cp /usr/share/doc/{package}/examples/*.conf /etc/platen/")
        system.run("install", "-m", "640", "-g", user, "/dev/null", f"/etc/platen/{secret}")
        assert secret in system.run("runuser", "-u", user, "--", package, "-t", status=1)
        system.path(f"/etc/platen/{secret}").write_text("a secret\n")
        assert system.run("runuser", "-u", user, "--", package, "-t") == ""
        assert "example.com" in system.run("runuser", "-u", user, "--", package, "-p")
    assert "alice" in system.path("/etc/platen/units.conf").read_text()
    for secret, other in (("component.secret", "platen-device"), ("password", "platen")):
        system.run("runuser", "-u", other, "--", "cat", f"/etc/platen/{secret}", status=1)


PROSODY = """\
VirtualHost "localhost"
	ssl = { certificate = "/etc/prosody/certs/localhost.crt"; key = "/etc/prosody/certs/localhost.key" }
Component "devices.localhost"
	component_secret = "a secret"
"""
UNITS = """\
[unit here]
devices = mfp-*@localhost
operator alice@localhost = view request configure
"""
ACCOUNT = """\
[account]
jid = {jid}@localhost
password-file = {password}
host = 127.0.0.1
ca-file = /etc/platen/ca.crt
[component]
{component} = devices.localhost
"""
STATE = """\
<state xmlns='urn:platen:mfp:1'><counters>
<counter name='marker-life-count' index='1.1' value='271871'/></counters></state>
"""
RUN = """\
until systemctl is-active platend; do sleep 1; done
until platen -c /root/platen.conf devices online=true | grep mfp-0001; do sleep 1; done
platen -c /root/platen.conf --json request mfp-0001@localhost get-counters | grep 271871
sed -i 's/^type = file/type = snmp/' /etc/platen/platen-device.conf
systemctl restart platen-device
until platen -c /root/platen.conf devices online=true | grep mfp-0001; do sleep 1; done
platen -c /root/platen.conf --json request mfp-0001@localhost get-counters | grep '"failed"'
platen -c /root/platen.conf --json request mfp-0001@localhost reboot | tee /root/reboot
grep '"printer-' /root/reboot
test "$(stat -c %U:%a /var/lib/platen-device)" = platen-device:700
ls /var/lib/platen-device/*.tsv
platen -c /root/platen.conf requests | tee /root/requests
systemctl reload platend
until journalctl -u platend | grep 'was read again'; do sleep 1; done
test "$(stat -c %U:%a /var/lib/platen)" = platen:750
before=$(systemctl show -P MainPID platend)
dpkg -i /var/tmp/debs/*.deb
until systemctl is-active platend; do sleep 1; done
test "$(systemctl show -P MainPID platend)" != "$before"
platen -c /root/platen.conf requests | cmp - /root/requests
systemctl stop platend platen-device
! systemctl is-failed platend platen-device
"""


def test_systemd_runs_them_a_request_goes_through_and_an_upgrade_restarts_them(system):
    system.install("prosody")
    system.path("/etc/prosody/conf.d/platen.cfg.lua").write_text(PROSODY)
    tls.make(system.path("/etc/prosody/certs"), "localhost")
    system.run("sh", "-c", "chown prosody: /etc/prosody/certs/*")
    etc = system.path("/etc/platen")
    shutil.copy(system.path("/etc/prosody/certs/ca.crt"), etc)
    (etc / "units.conf").write_text(UNITS)
    (etc / "state.xml").write_text(STATE)
    conf = (etc / "platend.conf").read_text()
    (etc / "platend.conf").write_text(conf.replace("example.com", "localhost"))
    (etc / "write").write_text("private\n")
    source = ("[source]\ntype = file\nfile = state.xml\naddress = 127.0.0.1:9\ntimeout = 100ms\n"
              "write-community-file = write\n")
    (etc / "platen-device.conf").write_text(
        ACCOUNT.format(jid="mfp-0001", password="password", component="obey") + source)
    system.path("/root/platen.conf").write_text(
        ACCOUNT.format(jid="alice", password="/etc/platen/password", component="jid"))
    for name in ("mfp-0001", "alice"):
        system.run("prosodyctl", "register", name, "localhost", "a secret")
    system.boot(RUN)


def test_removing_keeps_what_was_accepted_and_purging_ends_it(system):
    system.run("apt-get", "-q", "remove", "-y", *SERVICES, "platen")
    assert list(system.path("/var/lib/platen/requests").glob("*.tsv"))
    assert not system.path("/usr/bin/platend").exists()
    system.run("dpkg", "--purge", *SERVICES)
    assert not system.path("/var/lib/platen").exists()
    assert system.path("/etc/platen/platend.conf").exists()
    for place in ("/usr", "/lib/systemd", "/etc/systemd", "/var/lib"):
        assert system.run("find", place, "-name", "*platen*", "-not", "-path", "*/apt/*") == ""
