#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Real clients against the real daemon: imaplib in several sessions at once, poplib beside them.

usage: clients_test.py BUILD_DIRECTORY POSTERN_SETUP
Sets the daemon up below a temporary directory on loopback (as root under unassigned numeric ids), and ends what
it started. Exit: 0 passed, 1 failed.
"""
import imaplib
import os
import poplib
import random
import re
import socket
import sys
import threading
import time

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../setup"))
from live_daemon import LiveDaemon, expect, free_port

MTA = "20112"
WORDS = "correct horse"


def mail(number, text="body"):
    return f"From: a@dispatch.test\nSubject: number {number}\nMessage-ID: <{number}@dispatch.test>\n\n{text}\n".encode()


class Daemon(LiveDaemon):
    """posternd that speaks IMAP and POP3, and what is done with it."""

    def __init__(self, build, setup):
        port = free_port()
        self.imap_port = free_port()
        super().__init__(build, setup, MTA, port,
                         ["--pop3-listen", f"127.0.0.1:{port}", "--imap-listen", f"127.0.0.1:{self.imap_port}"],
                         "refusal-quantum = 600ms\nlookup-deadline = 300ms\n")

    def login(self, account="alice", folder=None):
        client = imaplib.IMAP4("127.0.0.1", self.imap_port)
        client.login(account, WORDS)
        if folder:
            ok(client.select(folder))
        return client


def ok(answer):
    expect(answer[0] == "OK", f"answered {answer}")
    return answer[1]


def uids(client):
    return ok(client.uid("SEARCH", "ALL"))[0].split()


def test_folders(daemon):
    client = daemon.login()
    for name in ("Sent", "Archive.2026", "Archive.2025"):
        ok(client.create(name))
    expect(client.create("../bob")[0] == "NO", "a folder outside was made")
    listed = b"\n".join(ok(client.list()))
    for wanted in (rb'INBOX', rb'\\Sent.*Sent', rb'\\HasChildren.*Archive', rb'Archive\.2026'):
        expect(re.search(wanted, listed), f"{wanted} is not in {listed}")
    ok(client.subscribe("Sent"))
    expect(b"Sent" in b"".join(ok(client.lsub())), "the subscription is not listed")
    ok(client.rename("Archive", "Old"))
    ok(client.select("Old.2026"))
    ok(client.delete("Old.2025"))
    expect(client.select("Old.2025")[0] == "NO", "a deleted folder was selected")
    client.logout()


def test_messages(daemon):
    for i in range(1, 4):
        daemon.deliver("alice", f"100{i}.test", mail(i))
    client = daemon.login(folder="INBOX")
    expect(uids(client) == [b"1", b"2", b"3"], f"UIDs are {uids(client)}")
    text = ok(client.fetch("2", "(BODY.PEEK[] RFC822.SIZE)"))[0][1]
    expect(text == mail(2).replace(b"\n", b"\r\n"), f"the message came as {text!r}")
    ok(client.store("2", "+FLAGS", "(\\Flagged $Later)"))
    flags = ok(client.fetch("2", "(FLAGS)"))[0]
    expect(b"\\Flagged" in flags and b"$Later" in flags, f"flags are {flags}")
    ok(client.append("Sent", "(\\Seen)", imaplib.Time2Internaldate(1e9), mail(9).replace(b"\n", b"\r\n")))
    ok(client.copy("1:2", "Sent"))
    ok(client.uid("MOVE", "3", "Sent"))
    expect(uids(client) == [b"1", b"2"], "the moved message is still there")
    ok(client.select("Sent"))
    expect(len(uids(client)) == 4, "copies, the moved and the appended message are in Sent")
    date = ok(client.fetch("1", "(INTERNALDATE)"))[0]
    expect(b"-Sep-2001" in date, f"the date was not kept: {date}")
    client.logout()


# What one session does the others see: POP3 as well.
def test_sessions_see_each_other(daemon):
    one, other = daemon.login(folder="INBOX"), daemon.login(folder="INBOX")
    ok(one.store("1", "+FLAGS", "(\\Deleted)"))
    ok(other.noop())
    expect(b"\\Deleted" in ok(other.fetch("1", "(FLAGS)"))[0], "the flag is not seen")
    ok(one.expunge())
    ok(other.noop())
    expect(other.response("EXPUNGE")[1] == [b"1"], "the expunge is not seen")
    pop = poplib.POP3("127.0.0.1", daemon.port, timeout=20)
    pop.user("alice")
    pop.pass_(WORDS)
    expect(pop.stat()[0] == 1, f"POP3 counts {pop.stat()}")
    pop.dele(1)
    pop.quit()
    ok(one.noop())
    expect(one.response("EXPUNGE")[1] == [b"1"], "what POP3 removed is not seen")
    for client in (one, other):
        client.logout()


def test_idle_hears_of_a_delivery(daemon):
    client = daemon.login(folder="INBOX")
    client.send(b"x1 IDLE\r\n")
    expect(client.readline().startswith(b"+ "), "IDLE does not begin")
    client.sock.settimeout(30)
    daemon.deliver("alice", "2000.idle", mail(20))
    heard = client.readline()
    while b"EXISTS" not in heard:
        heard = client.readline()
    client.send(b"DONE\r\n")
    while not client.readline().startswith(b"x1 OK"):
        pass
    client.logout()


# Several clients change one mailbox at once: a UID that was seen with a message is never seen with another.
def test_uids_do_not_repeat(daemon):
    seen, broken, lock = {}, [], threading.Lock()

    def look(client, folder):
        ok(client.select(folder))
        validity = client.response("UIDVALIDITY")[1][0]
        status, parts = client.uid("FETCH", "1:*", "(UID BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])")
        if status != "OK":
            expect(b"EXPUNGEISSUED" in parts[0], f"FETCH answered {parts}")  # another session was faster
            return
        for part in parts:
            if not isinstance(part, tuple):
                continue
            uid = re.search(rb"UID (\d+)", part[0]).group(1)
            with lock:
                known = seen.setdefault((folder, validity, uid), part[1])
            if known != part[1]:
                broken.append((folder, uid, known, part[1]))

    def work(number):
        chance = random.Random(number)
        try:
            client = daemon.login()
            for i in range(12):
                folder, target = chance.sample(["INBOX", "Sent"], 2)
                ok(client.append(folder, None, None, mail(f"{number}-{i}").replace(b"\n", b"\r\n")))
                look(client, folder)
                there = uids(client)
                if not there:
                    continue
                uid = chance.choice(there).decode()
                act = chance.choice(["MOVE", "COPY", "EXPUNGE"])
                if act == "EXPUNGE":
                    client.uid("STORE", uid, "+FLAGS", "(\\Deleted)")
                    client.expunge()
                else:
                    client.uid(act, uid, target)  # another may have been faster
                look(client, target)
            client.logout()
        except Exception as error:  # told below: a thread's own traceback is not a failure
            broken.append((number, repr(error)))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    expect(not broken, f"{broken[:3]}")
    expect(len(seen) > 40, f"only {len(seen)} UIDs were seen")


def main():
    build, setup = sys.argv[1:3]
    with Daemon(build, setup) as daemon:
        daemon.account("add", "alice", "--hash", "sha512crypt", password=WORDS)
        for test in (test_folders, test_messages, test_sessions_see_each_other, test_idle_hears_of_a_delivery,
                     test_uids_do_not_repeat):
            start = time.time()
            try:
                test(daemon)
            except (AssertionError, imaplib.IMAP4.error, OSError, socket.timeout):
                print(daemon.log_text()[-3000:])
                raise
            print(f"{test.__name__}: {time.time() - start:.1f} s")


if __name__ == "__main__":
    main()
