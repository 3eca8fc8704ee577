#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Logins by client certificate (EN-2, AD-L1, PV-7), with imaplib, ssl, openssl s_client and curl: who is let in as whom, over
the encrypted ports and after STARTTLS and STLS; who is not; what is offered where; what tls opens meanwhile.

usage: certificates_test.py BUILD_DIRECTORY POSTERN_SETUP
As live_test.py, whose daemon it is. Exit: 0 passed, 1 failed, 77 cannot run here (says why).
"""
import base64
import imaplib
import os
import poplib
import re
import shutil
import smtplib
import ssl
import subprocess
import sys
import time

from certificate_authority import Authority
from live_test import PASSWORD, Daemon, check_nothing_opened, expect, free_port, run, skip


class CertificateDaemon(Daemon):
    """With IMAP beside POP3, and one authority with its list; `authentication` is either or certificate."""

    def __init__(self, build, setup, encryption, authentication):
        self.imap, self.imaps = free_port(), free_port()
        self.scratch = f"/tmp/postern-certificates-{os.getpid()}-{authentication}"
        os.mkdir(self.scratch, 0o755)
        self.ours = Authority(self.scratch + "/ours", "ours")
        self.theirs = Authority(self.scratch + "/theirs", "theirs")
        self.issue_all()
        super().__init__(build, setup, encryption,
                         f"imap-listen = 127.0.0.1:{self.imap}\nimap-tls-listen = 127.0.0.1:{self.imaps}\n"
                         f"imap-authentication = {authentication}\ntls-authorities = {self.ours.certificate}\n"
                         f"tls-revocations = {self.ours.revocations}\n")
        self.account("add", "bob@elsewhere.test", "--hash", "sha512crypt", password=PASSWORD)
        self.account("add", "carol", "--hash", "sha512crypt", "--access", "192.0.2.1", password=PASSWORD)

    def issue_all(self):
        issue = self.ours.issue
        self.alice = issue("alice", alternative="email:Alice@mail.test")
        self.bob = issue("bob", "/CN=b/emailAddress=bob@elsewhere.test")
        self.uid = issue("uid", "/CN=nobody/UID=alice")
        self.first = issue("first", "/CN=x/emailAddress=carol@mail.test/UID=carol", "email:alice@mail.test")
        self.refused = {  # certificate: the reason in the log, and what the certificate came to
            issue("nameless", "/CN=alice", "DNS:alice"): ("no-certificate", "nameless"),
            issue("several", alternative="email:alice@mail.test,email:carol@mail.test"): ("no-certificate", "several-names"),
            issue("foreign", alternative="email:alice@sub.mail.test"): ("unknown-account", "mail-address"),
            issue("unknown", "/UID=zoe"): ("unknown-account", "user-id"),
            issue("blank", "/UID=al ice"): ("no-certificate", "unusable-name"),
            issue("place", "/UID=carol"): ("refused-place", "user-id"),
        }
        self.no_handshake = {self.theirs.issue("alice", alternative="email:alice@mail.test"): "issuer",
                             issue("expired", "/UID=alice", until="20210101000000Z"): "expired",
                             issue("revoked", "/UID=alice"): "revoked"}
        self.ours.revoke("revoked")

    def end(self):
        status = super().end()
        shutil.rmtree(self.scratch)
        return status

    def with_certificate(self, pem=None, version=None):
        context = self.context(version)
        if pem:
            context.load_cert_chain(pem)
        return context

    def connect_imap(self, pem=None, version=None, plain=False):
        context = self.with_certificate(pem, version)
        if not plain:
            return imaplib.IMAP4_SSL("localhost", self.imaps, ssl_context=context, timeout=20)
        client = imaplib.IMAP4("localhost", self.imap, timeout=20)
        client.starttls(context)
        return client

    def connect_pop3(self, pem=None, plain=False):
        context = self.with_certificate(pem)
        if not plain:
            return poplib.POP3_SSL("localhost", self.tls, context=context, timeout=20)
        client = poplib.POP3("localhost", self.plain, timeout=20)
        client.stls(context)
        return client

    def expect_login(self, *words):
        """That the last login's line has these words, once the logger has written it."""
        line = ""
        for _ in range(100):
            line = ([""] + [line for line in self.log_text().splitlines() if "event=login" in line])[-1]
            if all(word in line for word in words):
                return
            time.sleep(0.02)
        raise AssertionError(f"not {words}: {line}")


def external(client, wished=""):
    """Without an initial response: imaplib sends none."""
    return client.authenticate("EXTERNAL", lambda _: wished.encode())


def refusal(client, wished=""):
    try:
        external(client, wished)
    except imaplib.IMAP4.error as error:
        return str(error)
    return "let in"


def check_let_in(daemon):
    """EN-2: which certificate is whose, by which field, whatever the way."""
    for pem, account in ((daemon.alice, "alice"), (daemon.bob, "bob@elsewhere.test"), (daemon.uid, "alice"),
                         (daemon.first, "alice")):
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            for plain in (False, True):
                client = daemon.connect_imap(pem, version, plain)
                expect("AUTH=EXTERNAL" in client.capabilities, f"{client.capabilities}")
                external(client, account if plain else "")
                daemon.expect_login(f'account="{account}"', "certificate=", "outcome=allowed")
                expect(client.select()[0] == "OK", "SELECT")
                client.logout()
    client = daemon.connect_imap(daemon.alice)  # SASL-IR
    typ, _ = client._simple_command("AUTHENTICATE", "EXTERNAL", "=")
    expect(typ == "OK", "AUTHENTICATE EXTERNAL =")
    client.logout()
    wished = base64.b64encode(b"alice").decode()
    for plain in (False, True):
        for command in ("AUTH EXTERNAL =", "auth external " + wished):
            pop3 = daemon.connect_pop3(daemon.alice, plain)
            expect(pop3.capa().get("SASL") == ["PLAIN", "EXTERNAL"], f"{pop3.capa()}")
            pop3._shortcmd(command)
            expect(pop3.stat() == (0, 0), f"STAT {pop3.stat()}")
            pop3.quit()
    pop3 = daemon.connect_pop3(daemon.alice)  # RFC 5034: the response by itself
    pop3._putcmd("AUTH EXTERNAL")
    expect(pop3._getline()[0] == b"+ ", "a challenge")
    pop3._shortcmd(wished)
    pop3.quit()


def check_curl(daemon):
    done = run("curl", "-sS", "--max-time", "20", "--cacert", daemon.pair + ".crt", "--cert", daemon.alice, "--user", "alice:",
               "--login-options", "AUTH=EXTERNAL", f"imaps://localhost:{daemon.imaps}/INBOX;MAILINDEX=1")
    expect(done.returncode == 78, f"curl, of an empty mailbox: {done.returncode} {done.stderr}")  # 78: no such message
    daemon.expect_login('account="alice"', "certificate=mail-address", "outcome=allowed")


def check_refused(daemon):
    """AD-L1, AD-L2: one answer; the log has the reason."""
    answers = set()
    for pem, (reason, certificate) in daemon.refused.items():
        client = daemon.connect_imap(pem)
        answers.add(re.sub(r"^.*?\[", "[", refusal(client)))
        daemon.expect_login(f"reason={reason}", f"certificate={certificate}", "outcome=refused")
        client.shutdown()
        pop3 = daemon.connect_pop3(pem)
        try:
            pop3._shortcmd("AUTH EXTERNAL =")
            raise AssertionError(f"{pem}: POP3 lets in")
        except poplib.error_proto as error:
            expect(b"[AUTH] login refused" in error.args[0], f"{error}")
        pop3.close()
    client = daemon.connect_imap(daemon.alice)
    for other in ("carol", "alice@mail.test", "ALICE", "alice\0"):
        answers.add(re.sub(r"^.*?\[", "[", refusal(client, other)))
        if other != "alice\0":
            daemon.expect_login("reason=other-account", "outcome=refused")
        client = daemon.connect_imap(daemon.alice)
    expect(len(answers) == 1 and "[AUTHENTICATIONFAILED] login refused" in answers.pop(), f"answers: {answers}")
    client.shutdown()


def check_no_handshake(daemon):
    """A certificate that does not stand up ends the handshake; the log has OpenSSL's verdict."""
    for pem, word in daemon.no_handshake.items():
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            try:
                client = daemon.connect_imap(pem, version)
                client.noop()
                raise AssertionError(f"{pem}: the handshake was done")
            except (ssl.SSLError, ConnectionError, imaplib.IMAP4.abort):
                pass
            time.sleep(0.1)
            lines = [line for line in daemon.log_text().splitlines() if "end=no-handshake" in line]
            expect(lines and word in lines[-1], f"{pem}: {lines[-1:]}")


def check_without(daemon):
    """Who shows none is offered none; who brings mail is not asked."""
    for plain in (False, True):
        client = daemon.connect_imap(plain=plain)
        expect("AUTH=EXTERNAL" not in client.capabilities and "AUTH=PLAIN" in client.capabilities, f"{client.capabilities}")
        expect("CANNOT" in refusal(client), "EXTERNAL without a certificate")
        client.login("alice", PASSWORD)
        client.logout()
    plain = imaplib.IMAP4("localhost", daemon.imap, timeout=20)
    expect("AUTH=EXTERNAL" not in plain.capabilities, f"in the clear: {plain.capabilities}")
    expect("CANNOT" in refusal(plain), "EXTERNAL in the clear")
    plain.logout()
    smtp = smtplib.SMTP("localhost", daemon.smtp, timeout=20)  # of an authority that we do not know
    smtp.starttls(context=daemon.with_certificate(next(iter(daemon.no_handshake))))
    expect(smtp.ehlo("me.test")[0] == 250, "SMTP with a certificate that nobody asked for")
    smtp.quit()


def check_files(daemon):
    """No file is opened for a client's certificate."""
    def connect():
        for plain in (False, True):
            client = daemon.connect_imap(daemon.alice, plain=plain)
            external(client)
            client.logout()

    check_nothing_opened(daemon, connect, ("recvfrom(", "SO_COOKIE"))


def check_certificate_alone(daemon):
    """EN-2: required, and by certificate: no password is taken anywhere, and no handshake is done without one."""
    plain = imaplib.IMAP4("localhost", daemon.imap, timeout=20)
    expect("LOGINDISABLED" in plain.capabilities and "AUTH=PLAIN" not in plain.capabilities, f"{plain.capabilities}")
    plain.logout()
    client = daemon.connect_imap(daemon.alice)
    expect("LOGINDISABLED" in client.capabilities and "AUTH=EXTERNAL" in client.capabilities, f"{client.capabilities}")
    try:
        client.login("alice", PASSWORD)
        raise AssertionError("a password was taken")
    except imaplib.IMAP4.error as error:
        expect("certificate" in str(error), f"{error}")
    external(client)
    client.logout()
    pop3 = daemon.connect_pop3(daemon.alice)
    expect("USER" not in pop3.capa() and pop3.capa().get("SASL") == ["EXTERNAL"], f"{pop3.capa()}")
    pop3.close()
    for version in ("-tls1_2", "-tls1_3"):
        none = run("openssl", "s_client", "-connect", f"localhost:{daemon.imaps}", version, "-quiet", "-ign_eof",
                   stdin=subprocess.DEVNULL)
        expect(b"alert" in none.stderr and b"* OK" not in none.stdout, f"without one: {none.stdout} {none.stderr}")
    with_one = run("openssl", "s_client", "-connect", f"localhost:{daemon.imaps}", "-quiet", "-cert", daemon.alice, "-key",
                   daemon.alice, input=b"a AUTHENTICATE EXTERNAL =\r\nb LOGOUT\r\n")
    expect(b"a OK" in with_one.stdout, f"s_client: {with_one.stdout} {with_one.stderr}")


def main():
    if len(sys.argv) != 3:
        print(__doc__)
        return 64
    for tool in ("openssl", "curl"):
        if shutil.which(tool) is None:
            skip(f"{tool} is not installed")
    with CertificateDaemon(*sys.argv[1:], "optional", "either") as daemon:
        check_let_in(daemon)
        check_curl(daemon)
        check_refused(daemon)
        check_no_handshake(daemon)
        check_without(daemon)
        check_files(daemon)
    with CertificateDaemon(*sys.argv[1:], "required", "certificate") as daemon:
        check_certificate_alone(daemon)
    print("ok")
    return 0


if __name__ == "__main__":
    sys.exit(main())
