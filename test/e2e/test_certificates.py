"""Whom a device trusts, and how it shows who it is without a password."""
import base64
import contextlib
import hashlib
import os
import pathlib
import subprocess

import pytest

from lab import wait_for

SERVERS = ("prosody", "ejabberd")
KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")


def openssl(*args, **options):
    return subprocess.run(["openssl", *args], check=True, capture_output=True, **options).stdout


def another_authority(folder):
    openssl("req", "-x509", *KEY, "-keyout", folder / "other.key", "-out", folder / "other.crt",
            "-days", "1", "-subj", "/CN=another authority")
    return folder / "other.crt"


def pin_of(certificate):
    """By the openssl commands that platen-device.conf(5) names."""
    key = openssl("x509", "-in", certificate, "-pubkey", "-noout")
    der = openssl("pkey", "-pubin", "-outform", "DER", input=key)
    return "sha256//" + base64.b64encode(hashlib.sha256(der).digest()).decode()


def certificate_of(lab, jid):
    """A client's, with its key in the same file, by the lab's authority."""
    folder, tls = lab.dir / "client", lab.dir / "tls"
    folder.mkdir()
    openssl("req", *KEY, "-keyout", folder / "key", "-out", folder / "csr", "-subj", "/CN=device")
    (folder / "extensions").write_text(
        f"subjectAltName=otherName:1.3.6.1.5.5.7.8.5;UTF8:{jid}\n"
        "keyUsage=critical,digitalSignature\nextendedKeyUsage=clientAuth\n")
    openssl("x509", "-req", "-in", folder / "csr", "-CA", tls / "ca.crt", "-CAkey", tls / "ca.key",
            "-CAcreateserial", "-days", "1", "-extfile", folder / "extensions", "-out",
            folder / "crt")
    (folder / "pem").write_text((folder / "crt").read_text() + (folder / "key").read_text())
    return folder / "pem"


@contextlib.contextmanager
def started(lab, keys, remove=(), environment=None):
    """The lab's device with other lines in [account]; what its log says."""
    lab.kill("mfp-0001")
    conf = lab.dir / "devices/mfp-0001/platen-device.conf"
    lines = [line for line in conf.read_text().splitlines()
             if line.partition(" = ")[0] not in (*keys, *remove)]
    at = lines.index("[account]") + 1
    lines[at:at] = [f"{key} = {value}" for key, value in keys.items()]
    changed, log = conf.with_name("changed.conf"), conf.with_name("changed.log")
    changed.write_text("\n".join(lines) + "\n")
    program = pathlib.Path(lab.env["PLATEN"]).with_name("platen-device")
    with open(log, "wb") as out:
        process = subprocess.Popen([program, "-c", changed], stdout=out, stderr=out,
                                   env={**os.environ, **(environment or {})})
    try:
        yield log.read_text
    finally:
        process.terminate()
        process.wait(20)


def wait_for_line(log, words):
    wait_for(lambda: words in log(), 20, f"{words!r} in the device's log")


def test_a_ca_file_replaces_the_systems_authorities(new_lab, tmp_path):
    """The system trusts the server's authority here, the device's configuration another one."""
    lab = new_lab()
    system = {"SSL_CERT_FILE": lab.env["CA_FILE"]}
    with started(lab, {}, remove=("ca-file",), environment=system) as log:
        wait_for_line(log, "online jid=")
    with started(lab, {"ca-file": another_authority(tmp_path)}, environment=system) as log:
        wait_for_line(log, "the server's certificate: unable to get local issuer certificate")
        assert "online jid=" not in log()


@pytest.mark.parametrize("server", SERVERS)
def test_the_servers_key_is_one_of_the_pins(new_lab, tmp_path, server):
    lab = new_lab(server=server)
    right, wrong = pin_of(lab.dir / "tls/localhost.crt"), pin_of(another_authority(tmp_path))
    with started(lab, {"pins": f"{wrong}, {right}"}) as log:
        wait_for_line(log, "online jid=")
    with started(lab, {"pins": wrong}) as log:
        wait_for_line(log, "the server's certificate: its key is none of the pins")
        assert "online jid=" not in log()


def test_over_bosh_pins_are_for_the_endpoint(new_lab, tmp_path):
    lab = new_lab(transport="bosh")
    right, wrong = pin_of(lab.dir / "tls/localhost.crt"), pin_of(another_authority(tmp_path))
    with started(lab, {"pins": f"{wrong}, {right}"}) as log:
        wait_for_line(log, "online jid=")
    with started(lab, {"pins": wrong}) as log:
        wait_for_line(log, "does not match pinned public key")
        assert "online jid=" not in log()


def test_a_pinned_key_replaces_no_authority(new_lab, tmp_path):
    lab = new_lab()
    keys = {"pins": pin_of(lab.dir / "tls/localhost.crt"), "ca-file": another_authority(tmp_path)}
    with started(lab, keys) as log:
        wait_for_line(log, "the server's certificate: unable to get local issuer certificate")


def ask_clients_for_certificates(lab):
    """As docs/deploy tells: ejabberd takes them where an authority of clients is named."""
    conf = lab.dir / "server/ejabberd.yml"
    conf.write_text(conf.read_text().replace(
        "    module: ejabberd_c2s\n", "    module: ejabberd_c2s\n    tls_verify: true\n"
        f"    cafile: {lab.env['CA_FILE']}\n"))
    lab.restart("server")


def test_a_certificate_logs_in_without_a_password(new_lab):
    lab = new_lab(server="ejabberd")
    pem = certificate_of(lab, lab.jid("mfp-0001"))
    ask_clients_for_certificates(lab)
    with started(lab, {"certificate-file": pem}, remove=("password-file",)) as log:
        wait_for_line(log, "online jid=")
        assert lab.ask("request", lab.jid("mfp-0001"), "get-information")["status"] == "responded"


def test_somebody_elses_certificate_does_not(new_lab):
    lab = new_lab(server="ejabberd", devices=2)
    pem = certificate_of(lab, lab.jid("mfp-0002"))
    ask_clients_for_certificates(lab)
    with started(lab, {"certificate-file": pem}, remove=("password-file",)) as log:
        wait_for_line(log, f"the server takes us for {lab.jid('mfp-0002')}")
        assert "online jid=" not in log()


def test_a_server_that_takes_no_certificates_gets_the_password(new_lab):
    lab = new_lab()
    with started(lab, {"certificate-file": certificate_of(lab, lab.jid("mfp-0001"))}) as log:
        wait_for_line(log, "online jid=")
