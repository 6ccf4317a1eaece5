"""A certificate authority for one lab, and its server's certificate."""
import subprocess


def make(folder, domain):
    """Writes ca.crt, DOMAIN.crt, DOMAIN.key and DOMAIN.pem (both) into folder."""
    def openssl(*args):
        subprocess.run(["openssl", *args], cwd=folder, check=True, capture_output=True)

    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    openssl("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.crt", "-days", "30",
            "-subj", "/CN=Platen lab", "-addext", "keyUsage=critical,keyCertSign,cRLSign")
    openssl("req", *key, "-keyout", f"{domain}.key", "-out", f"{domain}.csr",
            "-subj", f"/CN={domain}")
    (folder / "extensions").write_text(
        f"subjectAltName=DNS:{domain}\nbasicConstraints=critical,CA:FALSE\n"
        "keyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth\n")
    openssl("x509", "-req", "-in", f"{domain}.csr", "-CA", "ca.crt", "-CAkey", "ca.key",
            "-CAcreateserial", "-days", "30", "-extfile", "extensions", "-out", f"{domain}.crt")
    pem = (folder / f"{domain}.crt").read_text() + (folder / f"{domain}.key").read_text()
    (folder / f"{domain}.pem").write_text(pem)
    for name in (f"{domain}.key", f"{domain}.pem", "ca.key"):
        (folder / name).chmod(0o600)
