#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Real clients against the real daemon: poplib and curl log in, read, remove; refusals are alike.

usage: clients_test.py BUILD_DIRECTORY POSTERN_SETUP
Sets the daemon up below a temporary directory on loopback (as root under unassigned numeric ids), and ends what
it started. Exit: 0 passed, 1 failed, 77 cannot run here (says why).
"""
import os
import poplib
import shutil
import socket
import subprocess
import sys
import time

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../setup"))
from live_daemon import LiveDaemon, expect, free_port, skip

MTA = "20111"
QUANTUM = 0.6
MAIL = b"From: a@dispatch.test\nSubject: dots\n\n.\n..two\nlast line without an end"


class Daemon(LiveDaemon):
    """posternd that speaks POP3, and what is done with it."""

    def __init__(self, build, setup):
        port = free_port()
        super().__init__(build, setup, MTA, port, ["--pop3-listen", f"127.0.0.1:{port}"],
                         f"refusal-quantum = {int(QUANTUM * 1000)}ms\nlookup-deadline = 300ms\n")

    def login(self, account, password):
        client = poplib.POP3("127.0.0.1", self.port, timeout=20)
        client.user(account)
        client.pass_(password)
        return client

    def curl(self, *arguments):
        command = ["curl", "-sS", "--max-time", "20", *arguments]
        done = subprocess.run(command, capture_output=True, check=False)
        return done.returncode, done.stdout


def check_reading(daemon):
    client = daemon.login("alice", "secret one")
    wire = MAIL.replace(b"\n", b"\r\n") + b"\r\n"
    expect(client.stat() == (2, 2 * len(wire)), f"STAT {client.stat()}")
    expect(client.uidl()[1] == [b"1 1.a", b"2 2.b"], f"UIDL {client.uidl()}")
    expect(b"\r\n".join(client.retr(1)[1]) + b"\r\n" == wire, f"RETR {client.retr(1)}")
    expect(client.top(1, 1)[1][-1] == b".", f"TOP {client.top(1, 1)}")
    expect("PIPELINING" in client.capa(), f"CAPA {client.capa()}")
    client.dele(1)
    client.close()  # no QUIT: nothing is removed
    for _ in range(100):
        try:
            client = daemon.login("alice", "secret one")
            break
        except poplib.error_proto as busy:
            expect(b"IN-USE" in busy.args[0], f"{busy}")
    expect(client.stat()[0] == 2, "removed without QUIT")
    client.dele(1)
    client.quit()
    client = daemon.login("alice", "secret one")
    expect(client.uidl()[1] == [b"1 2.b"], f"UIDL after DELE {client.uidl()}")
    client.quit()


def refusal(daemon, account, password, address):
    client = socket.create_connection(("127.0.0.1", daemon.port), 20, (address, 0))
    stream = client.makefile("rb")
    stream.readline()
    client.sendall(f"USER {account}\r\n".encode())
    answers = stream.readline()
    asked = time.monotonic()
    client.sendall(f"PASS {password}\r\n".encode())
    answers += stream.readline()
    waited = time.monotonic() - asked
    client.close()
    return answers, waited


def check_refusals(daemon):
    # AD-L2
    seen = set()
    for account, password, address in (("nobody", "x", "127.0.0.1"), ("alice", "wrong", "127.0.0.1"),
                                       ("alice", "secret one", "127.0.0.9")):
        answers, waited = refusal(daemon, account, password, address)
        seen.add(answers)
        expect(waited >= QUANTUM, f"{account}: answered after {waited:.3f} s")
        expect(waited % QUANTUM < QUANTUM / 2, f"{account}: answered after {waited:.3f} s")
    expect(len(seen) == 1 and b"-ERR [AUTH]" in seen.pop(), f"answers differ: {seen}")
    log = daemon.log_text()
    for reason in ("unknown-account", "wrong-password", "refused-place step=5"):
        expect(f"reason={reason}" in log, f"no {reason} in the log:\n{log}")


def check_curl(daemon):
    url = f"pop3://127.0.0.1:{daemon.port}/"
    expect(daemon.curl("--user", "alice:secret one", url)[0] == 0, "curl LIST")
    code, mail = daemon.curl("--user", "alice:secret one", url + "1")
    expect(code == 0 and mail.replace(b"\r\n", b"\n") == MAIL + b"\n", f"curl RETR: {code} {mail}")
    expect(daemon.curl("--user", "alice:wrong", url)[0] == 67, "curl with a wrong password")
    expect(daemon.curl("--interface", "127.0.0.9", "--user", "alice:secret one", url)[0] == 67, "curl from elsewhere")


def check_limits(daemon):
    """Each process, those of a connection among them: no core dump, and 4,096 descriptors at most."""
    client = daemon.login("alice", "secret one")
    ours = daemon.processes()
    expect(len(ours) >= 7, f"dispatcher, deliver, logger, resolver, listener, session, keeper: {ours}")
    for process in ours:
        with open(f"/proc/{process}/limits", encoding="ascii") as file:
            limits = {line[:26].strip(): line[26:].split()[:2] for line in file}
        expect(limits["Max core file size"] == ["0", "0"], f"{process}: {limits['Max core file size']}")
        expect(all(int(most) <= 4096 for most in limits["Max open files"]), f"{process}: {limits['Max open files']}")
    client.quit()


def main():
    if len(sys.argv) != 3:
        print(__doc__)
        return 64
    if shutil.which("curl") is None:
        skip("curl is not installed")
    with Daemon(sys.argv[1], sys.argv[2]) as daemon:
        daemon.account("add", "alice", "--access", "127.0.0.1", "--hash", "sha512crypt", password="secret one")
        daemon.deliver("alice", "1.a", MAIL)
        daemon.deliver("alice", "2.b", MAIL)
        check_reading(daemon)
        check_curl(daemon)
        check_refusals(daemon)
        check_limits(daemon)
    print("ok")
    return 0


if __name__ == "__main__":
    sys.exit(main())
