"""A certificate authority for one lab, and its server's certificate."""
import subprocess

KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]


def make(folder, domain):
    """Writes ca.crt, DOMAIN.crt, DOMAIN.key and DOMAIN.pem (both) into folder."""
    _openssl(folder, "req", "-x509", *KEY, "-keyout", "ca.key", "-out", "ca.crt", "-days", "30",
             "-subj", "/CN=Platen lab", "-addext", "keyUsage=critical,keyCertSign,cRLSign")
    certificate(folder, domain)
    (folder / "ca.key").chmod(0o600)


def certificate(folder, domain):
    """Another domain's, by the authority whose ca.crt and ca.key are in folder."""
    def openssl(*args):
        _openssl(folder, *args)

    openssl("req", *KEY, "-keyout", f"{domain}.key", "-out", f"{domain}.csr",
            "-subj", f"/CN={domain}")
    (folder / "extensions").write_text(
        f"subjectAltName=DNS:{domain}\nbasicConstraints=critical,CA:FALSE\n"
        "keyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth\n")
    openssl("x509", "-req", "-in", f"{domain}.csr", "-CA", "ca.crt", "-CAkey", "ca.key",
            "-CAcreateserial", "-days", "30", "-extfile", "extensions", "-out", f"{domain}.crt")
    pem = (folder / f"{domain}.crt").read_text() + (folder / f"{domain}.key").read_text()
    (folder / f"{domain}.pem").write_text(pem)
    for name in (f"{domain}.key", f"{domain}.pem"):
        (folder / name).chmod(0o600)


def _openssl(folder, *args):
    subprocess.run(["openssl", *args], cwd=folder, check=True, capture_output=True)
