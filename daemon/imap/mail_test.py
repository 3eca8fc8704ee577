#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Real clients against the real daemon over IMAP: imaplib, curl and mbsync read, append, copy, search and remove;
what SMTP took comes back octet for octet; refusals are alike.

usage: mail_test.py BUILD_DIRECTORY POSTERN_SETUP
Sets the daemon up below a temporary directory on loopback (as root under unassigned numeric ids), and ends what
it started. Exit: 0 passed, 1 failed, 77 cannot run here (says why).
"""
import imaplib
import os
import re
import shutil
import smtplib
import socket
import subprocess
import sys
import time

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../setup"))
from live_daemon import LiveDaemon, expect, free_port, skip

MTA = "20143"
QUANTUM = 0.6
MAIL = (b"From: A B <a@dispatch.test>\r\nTo: alice@mail.dispatch.test\r\nSubject: =?utf-8?Q?caf=C3=A9?=\r\n"
        b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\npreamble\r\n--x\r\n\r\n.\r\n..two\r\n"
        b"--x\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\naGlkZGVuIHdvcmQ=\r\n--x--\r\n")
PASSWORD = "secret one"


class Daemon(LiveDaemon):
    """posternd that speaks IMAP and SMTP, and what is done with it."""

    def __init__(self, build, setup):
        port, self.smtp, self.imap = free_port(), free_port(), free_port()
        super().__init__(build, setup, MTA, port,
                         ["--pop3-listen", f"127.0.0.1:{port}", "--smtp-listen", f"127.0.0.1:{self.smtp}",
                          "--imap-listen", f"127.0.0.1:{self.imap}", "--hostname", "mail.dispatch.test"],
                         f"refusal-quantum = {int(QUANTUM * 1000)}ms\nlookup-deadline = 300ms\n")

    def login(self, account="alice"):
        client = imaplib.IMAP4("127.0.0.1", self.imap, timeout=20)
        client.login(account, PASSWORD)
        return client


def ok(answer):
    expect(answer[0] == "OK", f"{answer}")
    return answer[1]


def check_delivery(daemon):
    """What SMTP took is there, behind the trace lines, octet for octet."""
    with smtplib.SMTP("127.0.0.1", daemon.smtp, timeout=20) as client:
        client.sendmail("a@dispatch.test", ["alice@mail.dispatch.test"], MAIL)
    client = daemon.login()
    for _ in range(100):
        if ok(client.select("INBOX")) == [b"1"]:
            break
        time.sleep(0.1)
    (head, whole), _ = ok(client.fetch("1", "(RFC822.SIZE BODY.PEEK[])"))
    expect(whole.endswith(MAIL), f"not what SMTP took: {whole}")
    size = re.search(rb"RFC822.SIZE (\d+)", head)
    expect(int(size.group(1)) == len(whole), f"RFC822.SIZE is {size.group(1)}, the message {len(whole)}")
    client.logout()


def check_messages(daemon):
    client = daemon.login()
    ok(client.create("Archive.2026"))
    ok(client.append("INBOX", r"(\Flagged $Label)", '" 1-Feb-1994 21:52:25 -0800"', MAIL))
    ok(client.select("INBOX"))
    got = ok(client.fetch("2", "(FLAGS INTERNALDATE BODY.PEEK[])"))
    expect(got[0][1] == MAIL, f"appended and not the same: {got}")
    expect(rb"\Flagged" in got[0][0] and b"$Label" in got[0][0] and b"02-Feb-1994 05:52:25 +0000" in got[0][0], f"{got}")
    structure = ok(client.fetch("2", "(BODYSTRUCTURE ENVELOPE)"))
    expect(b'"text" "html" NIL NIL NIL "base64" 16 0' in structure[0], f"{structure}")
    expect(b'(("A B" NIL "a" "dispatch.test"))' in structure[0], f"{structure}")
    for keys, found in ((("FROM", "dispatch"), b"1 2"), (("BODY", "hidden"), b"1 2"), (("KEYWORD", "$label"), b"2"),
                        (("SENTON", "1-Jan-1990"), b""), (("BEFORE", "1-Jan-2000"), b"2"), (("LARGER", "1000000"), b"")):
        expect(ok(client.search(None, *keys)) == [found], f"{keys}: {client.search(None, *keys)}")
    expect(ok(client.search("UTF-8", "SUBJECT", "caf")) == [b"1 2"], "SUBJECT")
    ok(client.copy("2", "Archive.2026"))
    expect(client.copy("2", "nowhere")[1][0].startswith(b"[TRYCREATE]"), "TRYCREATE")
    other = daemon.login()
    ok(other.select("INBOX"))
    ok(client.store("2", "+FLAGS", r"(\Deleted)"))
    expect(ok(client.expunge()) == [b"2"], "EXPUNGE")
    ok(other.noop())
    expect(other.response("EXPUNGE")[1] == [b"2"], "the other session is not told")
    ok(client.select("Archive.2026"))
    expect(ok(client.uid("FETCH", "1:*", "(UID FLAGS)"))[0].startswith(b"1 (UID 1"), "the copy")
    ok(client.close())
    client.logout()
    other.logout()


def refusal(daemon, account, password, address):
    client = socket.create_connection(("127.0.0.1", daemon.imap), 20, (address, 0))
    stream = client.makefile("rb")
    stream.readline()
    asked = time.monotonic()
    client.sendall(f'a LOGIN {account} "{password}"\r\n'.encode())
    answer = stream.readline()
    waited = time.monotonic() - asked
    client.close()
    return answer, waited


def check_refusals(daemon):
    # AD-L2
    seen = set()
    for account, password, address in (("nobody", "x", "127.0.0.1"), ("alice", "wrong", "127.0.0.1"),
                                       ("alice", PASSWORD, "127.0.0.9")):
        answer, waited = refusal(daemon, account, password, address)
        seen.add(answer)
        expect(waited >= QUANTUM, f"{account}: answered after {waited:.3f} s")
    expect(len(seen) == 1 and seen.pop().startswith(b"a NO [AUTHENTICATIONFAILED]"), f"answers differ: {seen}")
    for reason in ("unknown-account", "wrong-password", "refused-place step=5"):
        expect(f"reason={reason}" in daemon.log_text(), f"no {reason} in the log")


def check_curl(daemon):
    command = ["curl", "-sS", "--max-time", "20", "--user", f"alice:{PASSWORD}", f"imap://127.0.0.1:{daemon.imap}/"]
    listed = subprocess.run(command, capture_output=True, check=True).stdout
    expect(b"Archive.2026" in listed, f"curl LIST: {listed}")
    command[-1] += "INBOX;MAILINDEX=1"
    read = subprocess.run(command, capture_output=True, check=True).stdout
    expect(read.endswith(MAIL), f"curl: {read}")


def check_mbsync(daemon):
    """A whole account, synchronised to a Maildir by somebody else's hands."""
    if shutil.which("mbsync") is None:
        print("mbsync is not installed: not run")
        return
    local = daemon.root + "/local"
    os.mkdir(local, 0o700)
    with open(daemon.root + "/mbsyncrc", "w", encoding="ascii") as config:
        config.write(f'IMAPStore there\nHost 127.0.0.1\nPort {daemon.imap}\nUser alice\nPass "{PASSWORD}"\nSSLType None\n'
                     f'AuthMechs LOGIN\n\nMaildirStore here\nPath {local}/\nInbox {local}/inbox\nSubFolders Verbatim\n\n'
                     'Channel all\nFar :there:\nNear :here:\nPatterns *\nCreate Near\nSyncState *\n')
    done = subprocess.run(["mbsync", "-c", daemon.root + "/mbsyncrc", "-a"], capture_output=True, timeout=60, check=False)
    expect(done.returncode == 0, f"mbsync: {done.stderr}")
    inbox = [os.path.join(at, name) for at, _, names in os.walk(local + "/inbox") for name in names if "/new" in at or "/cur" in at]
    expect(len(inbox) == 1, f"mbsync: {inbox}")
    with open(inbox[0], "rb") as mail:
        body = MAIL[MAIL.index(b"\r\n\r\n"):]  # mbsync adds a line to the header
        expect(mail.read().replace(b"\r\n", b"\n").endswith(body.replace(b"\r\n", b"\n")), "mbsync: not the same")


def main():
    if len(sys.argv) != 3:
        print(__doc__)
        return 64
    if shutil.which("curl") is None:
        skip("curl is not installed")
    with Daemon(sys.argv[1], sys.argv[2]) as daemon:
        daemon.account("add", "alice", "--access", "127.0.0.1", "--hash", "sha512crypt", password=PASSWORD)
        check_delivery(daemon)
        check_messages(daemon)
        check_curl(daemon)
        check_mbsync(daemon)
        check_refusals(daemon)
    print("ok")
    return 0


if __name__ == "__main__":
    sys.exit(main())
