#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A live posternd, started as root with everything it has, audited in every phase: idle, connected, logged in, in DATA,
delivering, encrypted (PV-1 to PV-6); and controls that the audit must find. Root; own network and mount namespace.
usage: audit_live_test.py BUILD POSTERN-SETUP"""
import collections
import json
import os
import poplib
import signal
import smtplib
import socket
import ssl
import subprocess
import sys
import time

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../daemon/deliver"))
from live_delivery import HOST, MAIL, MTA, POP3, SMTP, Delivery, enter_namespace, expect

IDLE = collections.Counter({"dispatcher": 1, "maildrop-helper": 1, "name-resolver": 1, "deliver-supervisor": 1, "logger": 1,
                            "resolver": 1, "listener": 2, "tls": 1})
POP3S = 995
PAIR_BASE = "/mnt/tls/mail"
PAIR = collections.Counter({"session": 1, "keeper": 1})


class Audit:
    def __init__(self, build, daemon):
        self.command = [build + "/conformance/runner/postern-conform", "audit", "--user", MTA, "--group", MTA,
                        "--mail-group", str(MAIL), "--root-reads", daemon.config, "--root-reads",
                        daemon.root + "/etc/modules.sha256"]
        self.daemon = daemon
        self.phases = 0

    def run(self, *more, pid=None):
        command = [*self.command, "--pid", str(pid or self.daemon.process.pid), *more]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    def objects(self):
        return [json.loads(line) for line in self.run("--json").stdout.splitlines()]

    def settled(self, phase, roles):
        """The processes, when they are those of the phase and the same twice: what was just forked still holds what
        its parent does."""
        before = []
        for _ in range(100):
            seen = self.objects()
            if seen == before and collections.Counter(one["role"] for one in seen) == roles:
                return seen
            before = seen
            time.sleep(0.1)
        raise AssertionError(f"{phase}: the processes are not those: {self.run().stdout}")

    def phase(self, phase, roles):
        seen = self.settled(phase, roles)
        for one in seen:
            meant = 2 if one["role"] == "maildrop-helper" else 0
            expect(one["conforms"] and one["ways-back"] == meant, f"{phase}: {one}")
            expect(one["outside"] <= (one["role"] in ("session", "tls")), f"{phase}: a connection of {one}")
        expect(sum(one["outside"] for one in seen) == (roles["session"]), f"{phase}: each client is held once")
        found = self.run()
        expect(found.returncode == 0, f"{phase}: {found.stdout}{found.stderr}")
        print(f"--- {phase}\n{found.stdout}")
        self.phases += 1


def every_phase(audit, daemon):
    audit.phase("idle", IDLE)
    with smtplib.SMTP("127.0.0.1", SMTP, timeout=30) as smtp:
        pop3 = poplib.POP3("127.0.0.1", POP3, timeout=30)
        audit.phase("connected", IDLE + PAIR + PAIR)
        pop3.user("ann")
        pop3.pass_("sesame")
        audit.phase("logged in", IDLE + PAIR + PAIR)
        smtp.ehlo()
        smtp.mail("eve@far.example")
        smtp.rcpt(f"bob@{HOST}")
        smtp.docmd("DATA")
        smtp.send(b"Subject: half\r\n\r\nhalf a mess")
        audit.phase("in DATA", IDLE + PAIR + PAIR)
        lock = daemon.spool + "/bob.lock"  # a mail reader's: the delivery waits for it
        with open(lock, "w", encoding="ascii") as text:
            text.write("1")
        smtp.send(b"age\r\n.\r\n")
        expect(smtp.getreply()[0] == 250, "the message is taken")
        audit.phase("delivering", IDLE + PAIR + PAIR + collections.Counter({"deliver": 1}))
        os.unlink(lock)
        pop3.quit()
    with socket.create_connection(("127.0.0.1", POP3S), 30) as plain, \
            ssl.create_default_context(cafile=PAIR_BASE + ".crt").wrap_socket(plain, server_hostname="localhost") as client:
        expect(client.recv(4) == b"+OK ", "POP3 within TLS greets")
        audit.phase("encrypted", IDLE + PAIR + collections.Counter({"tls": 1}))
    daemon.wait_for("the delivery", lambda: daemon.maildrop_of("bob"))
    audit.phase("idle again", IDLE)


def controls(audit, daemon):
    """What the audit must find, on the same daemon."""
    os.chown(daemon.config, int(MTA), 0)
    ways = {one["role"]: one["ways-back"] for one in audit.objects()}
    expect(ways["logger"] == ways["dispatcher"] == 1 and ways["name-resolver"] == 0, f"DT-3: {ways}")
    expect(audit.run().returncode == 1, "a configuration that the MTA user can change is a way back")
    os.chown(daemon.config, 0, 0)
    expect(audit.run().returncode == 0, "and all is well again")
    undropped = subprocess.Popen(["sleep", "100"])
    found = audit.run(pid=undropped.pid)
    for code in ("real-user", "permitted-set", "bounding-set", "no-new-privs", "filter", "3 ways back to root"):
        expect(code in found.stdout, f"a root process: {found.stdout}")
    expect(found.returncode == 1, "a root process is found")
    undropped.kill()
    undropped.wait()
    expect(audit.run(pid=undropped.pid).returncode == 3, "a process that is gone")
    expect(audit.run("--frobnicate").returncode == 2, "usage")


def without_the_helper(audit, daemon):
    """PV-5: with the helper dead nobody holds a privilege."""
    os.kill(daemon.child("postern-maildrop-helper"), signal.SIGKILL)
    left = IDLE - collections.Counter({"maildrop-helper": 1, "name-resolver": 1})
    audit.phase("the helper is dead", left)
    expect(all(one["ways-back"] == 0 for one in audit.objects()), "no way back to root anywhere")


def make_key_pair():
    os.mkdir(os.path.dirname(PAIR_BASE), 0o755)
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", PAIR_BASE + ".key",
                    "-out", PAIR_BASE + ".crt"], check=True, capture_output=True)
    os.chmod(PAIR_BASE + ".key", 0o600)


def main():
    enter_namespace()
    build, setup = sys.argv[1:]
    make_key_pair()
    encryption = (f"imap-encryption = optional\npop3-tls-listen = 127.0.0.1:{POP3S}\n"
                  f"tls-directory = {os.path.dirname(PAIR_BASE)}\ntls-alias = mail\n")
    with Delivery(build, setup, encryption) as daemon:
        audit = Audit(build, daemon)
        every_phase(audit, daemon)
        controls(audit, daemon)
        without_the_helper(audit, daemon)
        print(f"{audit.phases} phases: every process is what the permission model says")


if __name__ == "__main__":
    main()
