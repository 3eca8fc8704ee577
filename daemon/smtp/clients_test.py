#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Real clients against the real daemon: swaks, msmtp and smtplib send; what is acknowledged lies in the queue,
octet for octet, also after kill -9 of the whole tree. Runs with delivery, too: then it looks in the mailbox.

usage: clients_test.py BUILD_DIRECTORY POSTERN_SETUP
Sets the daemon up below a temporary directory on loopback (as root under an unassigned numeric id), and ends what
it started. Exit: 0 passed, 1 failed, 77 cannot run here (says why).
"""
import glob
import os
import re
import shutil
import signal
import smtplib
import subprocess
import sys
import time

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../setup"))
from live_daemon import LiveDaemon, expect, free_port

MTA = "20112"
HOST = "mail.example.org"
CORPUS = "/usr/lib/python3.11/test/test_email/data/msg_*.txt"


class Daemon(LiveDaemon):
    """posternd that takes mail, and what it has kept."""

    def __init__(self, build, setup):
        port = free_port()
        super().__init__(build, setup, MTA, port, ["--hostname", HOST, "--pop3-listen", f"127.0.0.1:{free_port()}",
                                                   "--smtp-listen", f"127.0.0.1:{port}"])
        self.account("add", "alice", password="secret")

    def kept(self):
        """Every message of the queue and of alice's mailbox, without what we put before it: text by queue id."""
        messages = {}
        for path in glob.glob(self.root + "/postoffice/queue/active/*"):
            try:
                with open(path, "rb") as file:
                    head, rest = file.read().split(b"\n\n", 1)
            except FileNotFoundError:
                continue  # it has come to the mailbox meanwhile
            size = int(re.search(rb"^size (\d+)$", head, re.M).group(1))
            self.note(rest[:size], messages)
        for path in glob.glob(self.root + "/mailbox/alice/new/*"):
            with open(path, "rb") as file:
                self.note(file.read(), messages)
        return messages

    @staticmethod
    def note(text, messages):
        trace = re.search(rb"\AReturn-Path:[^\n]*\n|\A", text).end()
        trace += re.match(rb"(?:Delivered-To:[^\n]*\n)?", text[trace:]).end()
        received = re.match(rb"Received: from [^\n]+\n\tby mail\.example\.org \(postern\) with E?SMTP id "
                            rb"([0-9a-f]{16}-[0-9a-f]{8});\n\t[^\n]+\n", text[trace:])
        expect(received, f"no Received line of ours: {text[:200]}")
        messages[received.group(1).decode()] = text[trace + received.end():]

    def kill_tree(self):
        """kill -9 of everything at once: the listeners' groups and the dispatcher, each by its id. Returns when they are
        gone: what is dying still has the ports."""
        me = self.process.pid
        said = subprocess.run(["ps", "-o", "pid=", "--ppid", str(me)], capture_output=True, text=True, check=True).stdout
        children = [int(child) for child in said.split()]
        os.kill(me, signal.SIGKILL)
        for child in children:
            os.killpg(child, signal.SIGKILL)
        self.process.wait()
        for _ in range(1200):
            if not any(map(has_members, children)):
                return
            time.sleep(0.05)
        raise AssertionError("what was killed does not go")


def has_members(group):
    try:
        os.killpg(group, 0)
        return True
    except ProcessLookupError:
        return False


def queue_id(words):
    found = re.search(r"queued as ([0-9a-f]{16}-[0-9a-f]{8})", words)
    expect(found, f"not acknowledged: {words}")
    return found.group(1)


def check_swaks(daemon):
    command = ["swaks", "--server", f"127.0.0.1:{daemon.port}", "--from", "bob@x.example", "--to", "alice@" + HOST]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    expect(done.returncode == 0, done.stdout)
    expect(b"This is a test mailing" in daemon.kept()[queue_id(done.stdout)], "swaks's message")
    command[-1] = "alice@elsewhere.example"
    expect(subprocess.run(command, capture_output=True, check=False).returncode == 24, "swaks: nothing is relayed")
    command[-1] = "nobody@" + HOST
    expect(subprocess.run(command, capture_output=True, check=False).returncode == 24, "swaks: unknown account")


def check_msmtp(daemon):
    text = b"Subject: from msmtp\n\n.\n..dots\n"
    command = ["msmtp", "--host=127.0.0.1", f"--port={daemon.port}", "--from=a@x.example", "--tls=off", "--auth=off",
               "alice@" + HOST]
    done = subprocess.run(command, input=text, capture_output=True, check=False)
    expect(done.returncode == 0, done.stderr)
    expect(any(kept.endswith(text) for kept in daemon.kept().values()), "msmtp's message, octet for octet")


def check_corpus(daemon):
    """The test messages of Python's own mail library, sent by smtplib: as smtplib sends them they are kept."""
    sent = {}
    with smtplib.SMTP("127.0.0.1", daemon.port, timeout=20) as client:
        client.ehlo()
        for path in sorted(glob.glob(CORPUS)):
            with open(path, "rb") as file:
                text = re.sub(rb"\r\n|\r|\n", b"\n", file.read())
            client.mail("bob@x.example")
            client.rcpt("alice@" + HOST)
            code, words = client.data(text.replace(b"\n", b"\r\n"))
            expect(code == 250, f"{path}: {code} {words}")
            sent[queue_id(words.decode())] = text if text.endswith(b"\n") else text + b"\n"
    kept = daemon.kept()
    for message, text in sent.items():
        expect(kept[message] == text, f"{message}: {text!r} became {kept[message]!r}")
    return len(sent)


def check_kill(daemon):
    """After each kill -9 what was acknowledged is there, and what was not is no message."""
    acknowledged = {}
    for step in range(6):
        client = smtplib.SMTP("127.0.0.1", daemon.port, timeout=20)
        client.ehlo()
        client.mail("bob@x.example")
        client.rcpt("alice@" + HOST)
        text = f"Subject: step {step}\n\nb\n".encode()
        if step == 0:
            code, words = client.data(text.decode())  # a str: smtplib ends its lines with CRLF
            expect(code == 250, words)
            acknowledged[queue_id(words.decode())] = text
        elif step % 2 == 1:
            client.docmd("DATA")
            client.send(b"half a message\r\n")
        else:
            for _ in range(step):
                acknowledged[queue_id(client.data(text.decode())[1].decode())] = text
                client.mail("bob@x.example")
                client.rcpt("alice@" + HOST)
        daemon.kill_tree()
        daemon.start()
        kept = daemon.kept()
        for message, words in acknowledged.items():
            expect(kept.get(message) == words, f"{message} was acknowledged and is lost")
        expect(not any(b"half a message" in one for one in kept.values()), "half a message is in the queue")


def main():
    missing = [tool for tool in ("swaks", "msmtp", "ps") if not shutil.which(tool)]
    if missing or len(sys.argv) != 3:
        print(f"SKIPPED: missing {missing}" if missing else __doc__)
        return 77 if missing else 64
    with Daemon(*sys.argv[1:]) as daemon:
        check_swaks(daemon)
        check_msmtp(daemon)
        print(f"{check_corpus(daemon)} messages of the corpus came out octet for octet")
        check_kill(daemon)
    return 0


if __name__ == "__main__":
    sys.exit(main())
