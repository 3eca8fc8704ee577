# SPDX-License-Identifier: BSD-2-Clause
"""An authority of a test's own, by openssl: certificates for clients, and the list of those that it takes back."""
import os
import subprocess

CONFIG = """
[ca]
default_ca = own
[own]
database = {0}/index
serial = {0}/serial
crlnumber = {0}/crlnumber
new_certs_dir = {0}
certificate = {0}/ca.crt
private_key = {0}/ca.key
default_md = sha256
default_days = 2
default_crl_days = 2
policy = any
email_in_dn = yes
string_mask = utf8only
[any]
commonName = optional
emailAddress = optional
UID = optional
[req]
distinguished_name = none
[none]
"""
EC = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")


def openssl(*arguments):
    done = subprocess.run(["openssl", *arguments], capture_output=True, check=False, timeout=60)
    if done.returncode != 0:
        raise AssertionError(f"openssl {arguments}: {done.stderr.decode()}")


class Authority:
    """`certificate` is its own; directory/NAME.pem a client's certificate and key in one file."""

    def __init__(self, directory, name):
        self.directory = directory
        os.mkdir(directory, 0o755)
        self.certificate = directory + "/ca.crt"
        self.revocations = directory + "/ca.crl"
        openssl("req", "-x509", *EC, "-days", "2", "-subj", "/CN=" + name, "-keyout", directory + "/ca.key",
                "-out", self.certificate)
        for file, text in (("index", ""), ("index.attr", "unique_subject = no\n"), ("serial", "01\n"), ("crlnumber", "01\n")):
            with open(f"{directory}/{file}", "w", encoding="ascii") as out:
                out.write(text)
        self.config = directory + "/config"
        with open(self.config, "w", encoding="ascii") as out:
            out.write(CONFIG.format(directory))
        self.list_revoked()

    def issue(self, name, subject="/CN=somebody", alternative="", until="", more=""):
        """A client's certificate: NAME.pem. `alternative` as subjectAltName has it; `until` 20210101000000Z."""
        base = f"{self.directory}/{name}"
        openssl("req", "-new", *EC, "-config", self.config, "-utf8", "-subj", subject, "-keyout", base + ".key", "-out",
                base + ".csr")
        with open(base + ".ext", "w", encoding="ascii") as out:
            out.write("basicConstraints = CA:FALSE\nextendedKeyUsage = clientAuth\n" + more)
            if alternative:
                out.write(f"subjectAltName = {alternative}\n")
        openssl("ca", "-batch", "-notext", "-config", self.config, "-preserveDN", "-in", base + ".csr", "-out",
                base + ".crt", "-extfile", base + ".ext", *(("-startdate", "20200101000000Z", "-enddate", until) if until else ()))
        with open(base + ".pem", "wb") as both:
            for half in (".crt", ".key"):
                with open(base + half, "rb") as part:
                    both.write(part.read())
        return base + ".pem"

    def revoke(self, name):
        openssl("ca", "-config", self.config, "-revoke", f"{self.directory}/{name}.crt")
        self.list_revoked()

    def list_revoked(self):
        openssl("ca", "-config", self.config, "-gencrl", "-out", self.revocations)
