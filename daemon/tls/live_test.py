#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Encrypted POP3 and SMTP with real clients: openssl, curl, poplib, smtplib, swaks; what a plain connection sends with the
command is not taken for the client's (RFC 2595, RFC 3207); the key is in no process but tls (PV-7); no worker opens a file.

usage: live_test.py BUILD_DIRECTORY POSTERN_SETUP
Sets the daemon up below a temporary directory on loopback (as root under unassigned numeric ids), and ends what
it started. Exit: 0 passed, 1 failed, 77 cannot run here (says why).
"""
import os
import poplib
import re
import shutil
import signal
import smtplib
import socket
import ssl
import subprocess
import sys
import time

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../setup"))
from live_daemon import LiveDaemon, expect, free_port, skip

MTA = "20112"
PASSWORD = "secret one"


def run(*command, **more):
    return subprocess.run(command, capture_output=True, check=False, timeout=60, **more)


def make_pair(directory, name="mail"):
    """A key and its certificate, as an administrator makes them."""
    base = f"{directory}/{name}"
    made = run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
               "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
               "-keyout", base + ".key", "-out", base + ".crt")
    expect(made.returncode == 0, f"openssl req: {made.stderr}")
    os.chmod(base + ".key", 0o600)
    return base


class Daemon(LiveDaemon):
    """posternd that speaks POP3, POP3 in TLS, and SMTP; `encryption` is required or optional."""

    def __init__(self, build, setup, encryption, more=""):
        self.plain, self.tls, self.smtp = free_port(), free_port(), free_port()
        # Outside of what the MTA user can write; root's, if this is root.
        self.pairs = f"/tmp/postern-tls-{os.getpid()}-{encryption}"
        os.mkdir(self.pairs, 0o755)
        self.pair = make_pair(self.pairs)
        settings = ("refusal-quantum = 0\nlookup-deadline = 300ms\n"
                    f"imap-encryption = {encryption}\npop3-tls-listen = 127.0.0.1:{self.tls}\n"
                    f"tls-directory = {self.pairs}\ntls-alias = mail\n{more}")
        super().__init__(build, setup, MTA, self.plain,
                         ["--pop3-listen", f"127.0.0.1:{self.plain}", "--smtp-listen", f"127.0.0.1:{self.smtp}",
                          "--hostname", "mail.test"], settings)
        self.account("add", "alice", "--hash", "sha512crypt", password=PASSWORD)

    def __exit__(self, failure, *more):
        if failure is not None:
            print(self.log_text(), file=sys.stderr)
        super().__exit__(failure, *more)

    def end(self):
        status = super().end()
        shutil.rmtree(self.pairs)
        return status

    def context(self, version=None):
        context = ssl.create_default_context(cafile=self.pair + ".crt")
        if version:
            context.minimum_version = context.maximum_version = version
        return context

    def connect(self, port):
        client = socket.create_connection(("127.0.0.1", port), 20)
        stream = client.makefile("rb")
        stream.readline()
        return client, stream

    def module(self):
        """Process ids of the tls module and of everybody else of the daemon."""
        out = run("ps", "-eo", "pid,ppid,args").stdout.decode()
        rows = [line.split(None, 2) for line in out.splitlines()[1:]]
        mine, grown = {self.process.pid}, True
        while grown:
            more = {int(pid) for pid, parent, _ in rows if int(parent) in mine} - mine
            mine |= more
            grown = bool(more)
        of_tls = {int(pid) for pid, _, args in rows if int(pid) in mine and args.startswith("postern-tls")}
        return of_tls, mine - of_tls


def check_pop3(daemon):
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        client = poplib.POP3_SSL("localhost", daemon.tls, context=daemon.context(version), timeout=20)
        expect("STLS" not in client.capa(), "STLS where it is encrypted")
        client.user("alice")
        client.pass_(PASSWORD)
        expect(client.stat() == (0, 0), f"STAT {client.stat()}")
        client.quit()
        client = poplib.POP3("localhost", daemon.plain, timeout=20)
        expect("STLS" in client.capa(), f"no STLS in {client.capa()}")
        client.stls(daemon.context(version))
        expect("STLS" not in client.capa() and "USER" in client.capa(), f"{client.capa()}")
        client.user("alice")
        client.pass_(PASSWORD)
        client.quit()


def check_curl(daemon):
    user = ("-sS", "--max-time", "20", "--cacert", daemon.pair + ".crt", "--user", "alice:" + PASSWORD)
    expect(run("curl", *user, f"pop3s://localhost:{daemon.tls}/").returncode == 0, "curl pop3s")
    expect(run("curl", *user, "--ssl-reqd", f"pop3://localhost:{daemon.plain}/").returncode == 0, "curl STLS")


def text_of(path):
    with open(path, encoding="latin-1") as file:
        return file.read()


def check_smtp(daemon):
    client = smtplib.SMTP("localhost", daemon.smtp, timeout=20)
    client.ehlo("me.test")
    expect(client.has_extn("starttls"), "no STARTTLS")
    client.mail("a@me.test")
    client.starttls(context=daemon.context())
    expect(client.ehlo("me.test")[0] == 250 and not client.has_extn("starttls"), "STARTTLS again")
    client.sendmail("a@me.test", ["alice@mail.test"], "Subject: sealed\r\n\r\nin an envelope\r\n")
    client.quit()
    for say, keyword in (("ehlo", "ESMTP"), ("helo", "SMTP")):
        client = smtplib.SMTP("localhost", daemon.smtp, timeout=20)
        getattr(client, say)("me.test")
        client.sendmail("a@me.test", ["alice@mail.test"], f"Subject: {keyword}\r\n\r\non a card\r\n")
        client.quit()
    wanted = ["ESMTPS", "ESMTP", "SMTP"]
    if shutil.which("swaks"):
        done = run("swaks", "--server", "127.0.0.1", "--port", str(daemon.smtp), "-tls", "--to", "alice@mail.test",
                   "--from", "b@me.test", "--helo", "me.test")
        expect(done.returncode == 0, f"swaks: {done.stdout} {done.stderr}")
        wanted.append("ESMTPS")
    new = f"{daemon.root}/mailbox/alice/new"
    for _ in range(400):
        if len(os.listdir(new)) >= len(wanted):
            break
        time.sleep(0.05)
    expect(len(os.listdir(new)) == len(wanted), "mail that was taken did not arrive: " + daemon.log_text())
    found = [re.search(r" with (\S+) id ", text_of(f"{new}/{name}")).group(1) for name in os.listdir(new)]
    expect(sorted(found) == sorted(wanted), f"RFC 3848: {found}")


def starttls_forgets(daemon):
    """RFC 3207, 4.2: after the handshake the client has said nothing yet: neither EHLO nor MAIL."""
    client, stream = daemon.connect(daemon.smtp)
    client.sendall(b"EHLO me.test\r\n")
    while stream.readline()[3:4] == b"-":
        pass
    for line in (b"MAIL FROM:<a@me.test>\r\n", b"RCPT TO:<alice@mail.test>\r\n", b"STARTTLS\r\n"):
        client.sendall(line)
        expect(stream.readline()[:1] == b"2", f"{line}")
    sealed = daemon.context().wrap_socket(client, server_hostname="localhost")
    stream = sealed.makefile("rb")
    sealed.sendall(b"DATA\r\n")
    expect(stream.readline().startswith(b"503"), "the transaction of before goes on")
    sealed.sendall(b"MAIL FROM:<a@me.test>\r\n")
    expect(stream.readline().startswith(b"503"), "the EHLO of before counts")
    sealed.close()


def stls_forgets(daemon):
    """RFC 2595, 4: the USER of before is nobody's after the handshake."""
    client, stream = daemon.connect(daemon.plain)
    client.sendall(b"STLS\r\n")
    expect(stream.readline()[:3] == b"+OK", "STLS")
    sealed = daemon.context().wrap_socket(client, server_hostname="localhost")
    stream = sealed.makefile("rb")
    sealed.sendall(b"PASS " + PASSWORD.encode() + b"\r\n")
    expect(stream.readline().startswith(b"-ERR"), "PASS without USER")
    sealed.sendall(b"STLS\r\n")
    expect(stream.readline().startswith(b"-ERR"), "STLS twice")
    sealed.close()


def pipelined(daemon, port, before, command, behind):
    """What is sent in one segment with the command ends the connection, and is not answered."""
    client, stream = daemon.connect(port)
    for line in before:
        client.sendall(line)
        while stream.readline()[3:4] == b"-":
            pass
    client.sendall(command + behind)
    answers = stream.read()  # to the end
    expect(answers.count(b"\r\n") == 1 and answers[:1] in (b"-", b"4"), f"{command} with more behind it: {answers}")


def check_injection(daemon):
    pipelined(daemon, daemon.plain, [], b"STLS\r\n", b"USER alice\r\n")
    pipelined(daemon, daemon.plain, [], b"STLS\r\n", b"\0")
    pipelined(daemon, daemon.smtp, [b"EHLO me.test\r\n"], b"STARTTLS\r\n", b"MAIL FROM:<a@me.test>\r\n")
    starttls_forgets(daemon)
    stls_forgets(daemon)


def check_required(daemon):
    """EN-1: no password in the clear, and the same words for every name."""
    seen = set()
    for name in (b"alice", b"nobody"):
        client, stream = daemon.connect(daemon.plain)
        client.sendall(b"CAPA\r\n")
        capabilities = []
        while (line := stream.readline()) != b".\r\n":
            capabilities.append(line)
        expect(b"USER\r\n" not in capabilities and b"STLS\r\n" in capabilities, f"CAPA {capabilities}")
        client.sendall(b"USER " + name + b"\r\nPASS " + PASSWORD.encode() + b"\r\n")
        seen.add(stream.readline() + stream.readline())
        client.close()
    expect(len(seen) == 1 and seen.pop().startswith(b"-ERR [AUTH]"), f"{seen}")


def check_protocol(daemon):
    """EN-5: nothing old; no ticket, no resumption, no renegotiation."""
    at = f"localhost:{daemon.tls}"
    old = run("openssl", "s_client", "-connect", at, "-tls1_1", "-cipher", "ALL:@SECLEVEL=0", stdin=subprocess.DEVNULL)
    expect(b"alert protocol version" in old.stderr, f"TLS 1.1: {old.stderr}")
    none = run("openssl", "s_client", "-connect", at, "-tls1_2", "-cipher", "eNULL:@SECLEVEL=0",
               stdin=subprocess.DEVNULL)
    expect(b"Cipher is (NONE)" in none.stdout, f"no encryption: {none.stdout}")
    for version in ("-tls1_2", "-tls1_3"):
        again = run("openssl", "s_client", "-connect", at, version, "-reconnect", stdin=subprocess.DEVNULL)
        expect(b"Reused" not in again.stdout, f"resumed: {again.stdout}")
        expect(b"TLS session ticket:" not in again.stdout, "a ticket")
    with subprocess.Popen(["openssl", "s_client", "-connect", at, "-tls1_2"], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE) as client:
        while b"+OK" not in client.stdout.readline():
            pass
        said = client.communicate(b"R\n", timeout=20)[1]
    expect(b"no renegotiation" in said, f"renegotiation: {said}")


def check_restart_is_needed(daemon):
    """EN-7"""
    daemon.process.send_signal(signal.SIGHUP)
    for _ in range(100):
        if "changes take effect on a restart" in daemon.log_text():
            return
        time.sleep(0.05)
    raise AssertionError("SIGHUP is not answered: " + daemon.log_text())


def key_texts(pair):
    """The private number as it may lie in memory: either order of octets, and the file's text."""
    text = run("openssl", "pkey", "-in", pair + ".key", "-noout", "-text").stdout.decode()
    number = bytes.fromhex(re.search(r"priv:(.*?)pub:", text, re.S)[1].replace(":", "").replace("\n", "").replace(" ", ""))
    number = number[-32:]
    with open(pair + ".key", "rb") as pem:
        return [number, number[::-1], pem.read().splitlines()[1][:48]]


def holds(pid, texts):
    """Whether one of the texts is in the process's memory."""
    try:
        with open(f"/proc/{pid}/maps", encoding="ascii") as maps, open(f"/proc/{pid}/mem", "rb", 0) as memory:
            for line in maps:
                begin, end = (int(number, 16) for number in line.split()[0].split("-"))
                if "r" not in line.split()[1] or "[v" in line:
                    continue
                memory.seek(begin)
                try:
                    octets = memory.read(end - begin)
                except OSError:
                    continue
                if any(text in octets for text in texts):
                    return True
    except (FileNotFoundError, ProcessLookupError):
        pass
    return False


def check_key(daemon):
    """PV-7, with a connection of each kind alive."""
    if os.geteuid() != 0:
        print("SKIPPED, NOT TESTED: whose memory has the key: needs root")
        return
    client = poplib.POP3_SSL("localhost", daemon.tls, context=daemon.context(), timeout=20)
    client.user("alice")
    client.pass_(PASSWORD)
    other = smtplib.SMTP("localhost", daemon.smtp, timeout=20)
    other.starttls(context=daemon.context())
    of_tls, others = daemon.module()
    expect(len(of_tls) >= 3 and len(others) >= 8, f"processes: {of_tls} {others}")
    texts = key_texts(daemon.pair)
    expect(any(holds(pid, texts[:2]) for pid in of_tls), "not even tls has the key: this test sees nothing")
    expect(not any(holds(pid, texts[2:]) for pid in of_tls), "the file's text is still in tls's memory")
    have = [pid for pid in others if holds(pid, texts)]
    expect(not have, f"the key is in {[open(f'/proc/{pid}/cmdline').read() for pid in have]}")
    client.quit()
    other.quit()


def check_nothing_opened(daemon, connect, witnesses):
    """Neither tls nor a worker opens anything while `connect` is served: all they call is seen, `witnesses` among it."""
    if os.geteuid() != 0 or shutil.which("strace") is None:
        print("SKIPPED, NOT TESTED: what tls and its workers open: needs root and strace")
        return
    trace = daemon.root + "/trace"
    of_tls, _ = daemon.module()
    with subprocess.Popen(["strace", "-f", "-qq", "-o", trace, "-p", str(min(of_tls))], stderr=subprocess.PIPE) as seen:
        time.sleep(1)
        connect()
        time.sleep(0.5)
        seen.terminate()
    with open(trace, encoding="ascii", errors="replace") as calls:
        text = calls.read()
    expect(all(call in text for call in witnesses), f"strace saw not all of {witnesses}")
    opened = [line for line in text.splitlines() if re.search(r"\b(open|openat|openat2|socket|connect|execve)\(", line)]
    expect(not opened, f"opened: {opened}")


def check_files(daemon):
    """No file is opened for a connection."""
    def connect():
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            client = poplib.POP3_SSL("localhost", daemon.tls, context=daemon.context(version), timeout=20)
            client.user("alice")
            client.pass_(PASSWORD)
            client.quit()

    check_nothing_opened(daemon, connect, ("recvfrom(", "sendto("))


def check_refused_settings(build, setup):
    """What --check says of a key that others may read, and of an alias that is not there."""
    root = f"/tmp/postern-tls-check-{os.getpid()}"
    os.mkdir(root, 0o755)
    try:
        pair = make_pair(root)
        command = ["sh", setup, "--prefix", root + "/p", "--build", build, "--pop3-listen", f"127.0.0.1:{free_port()}"]
        if os.geteuid() == 0:
            command += ["--user", MTA, "--group", MTA]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        config = root + "/p/etc/postern.conf"

        def check(more):
            with open(config, encoding="ascii") as file:
                kept = file.read()
            with open(config, "a", encoding="ascii") as file:
                file.write(f"imap-encryption = optional\ntls-directory = {root}\n{more}\n")
            done = run(root + "/p/sbin/posternd", "--config", config, "--check")
            with open(config, "w", encoding="ascii") as file:
                file.write(kept)
            return done.returncode, (done.stdout + done.stderr).decode()

        expect(check("tls-alias = mail")[0] == 0, f"a good pair: {check('tls-alias = mail')}")
        for more, words in (("tls-alias = other", "names no pair"), ("", "is not given"),
                            ("tls-alias = mail\ntls-versions = SSL3", "write TLS1.3"),
                            ("tls-alias = mail\ntls-ciphers = +rc4", "ECDHE-RSA-CHACHA20-POLY1305")):
            code, said = check(more)
            expect(code == 78 and words in said and "postern.conf" in said, f"{more}: {code} {said}")
        os.chmod(pair + ".key", 0o644)
        code, said = check("tls-alias = mail")
        expect(code != 0 and "chmod 0600" in said, f"a key that others may read: {code} {said}")
    finally:
        os.chmod(root + "/p/executables", 0o700)
        shutil.rmtree(root)


def main():
    if len(sys.argv) != 3:
        print(__doc__)
        return 64
    for tool in ("openssl", "curl"):
        if shutil.which(tool) is None:
            skip(f"{tool} is not installed")
    check_refused_settings(*sys.argv[1:])
    with Daemon(*sys.argv[1:], "optional") as daemon:
        check_pop3(daemon)
        check_curl(daemon)
        check_smtp(daemon)
        check_injection(daemon)
        check_protocol(daemon)
        check_restart_is_needed(daemon)
        check_key(daemon)
        check_files(daemon)
    with Daemon(*sys.argv[1:], "required") as daemon:
        check_required(daemon)
        check_pop3(daemon)
    print("ok")
    return 0


if __name__ == "__main__":
    sys.exit(main())
