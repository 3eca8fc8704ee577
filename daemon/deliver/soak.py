#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""soak.py BUILD SETUP SECONDS: a whole posternd under mixed load, while its processes are killed at random and the
spool's disk fills and empties. No acknowledged message may be lost, none torn, none doubled, nothing may leak.

What is allowed: a message is delivered a second time if its reader has removed it after the delivery was killed and
before the retry (MD-6), or moved it to another folder. So accounts that nobody picks mail up from are held to once; those that somebody does, counted.
POSTERN_SOAK_SEED repeats the load, not the instants. Exit: 0, 1 a defect, 77 without root: skipped, not passed."""
import collections
import faulthandler
import fcntl
import os
import poplib
import random
import re
import signal
import smtplib
import subprocess
import sys
import threading
import time

from live_delivery import HOST, MAIL, SMTP, USERS, Delivery, children_of, enter_namespace, expect
from soak_imap import ImapLoad, may_move

MAILBOXES = ("ann", "amy")
MOVED = "ivy"  # read by several IMAP clients at once; IMAP's folders are below her mailbox
PICKED_UP = {"ann", "dave"}  # mail is removed from these meanwhile
ALL = (*MAILBOXES, MOVED, *USERS)
STRANGE = [b"From here", b">From there", b".", b"..", b"", b"\xff\xfe\x01", b"x" * 900]
FAILURES = (OSError, EOFError, smtplib.SMTPException, poplib.error_proto, ValueError)


def text_of(token):
    """The message that a token stands for; its length is in the token."""
    lines = random.Random(token)
    text = f"Subject: {token}\n\n".encode()
    size = int(token.rsplit("-", 1)[1])
    while len(text) < size:
        text += (lines.choice(STRANGE) if lines.random() < 0.3 else b"%x" % lines.getrandbits(200)) + b"\n"
    return text + b"the end\n"


def token_of(message):
    """The token of a delivered message; None if it is not whole, or is not what was sent."""
    body = re.sub(rb"\AReturn-Path: [^\n]*\nReceived: [^\n]+\n(\t[^\n]+\n)+", b"", message)
    found = re.match(rb"Subject: ([a-z0-9-]+-\d+)\n", body)
    token = found and found.group(1).decode()
    return token if token and body == text_of(token) else None


def tree_below(pid):
    return [one for child in children_of(pid) for one in (child, *tree_below(child))]


def name_of(pid):
    try:
        with open(f"/proc/{pid}/cmdline", encoding="ascii") as words:
            return words.read().split("\0")[0]
    except OSError:
        return ""


def descriptors_of(pid):
    try:
        return len(os.listdir(f"/proc/{pid}/fd"))
    except OSError:
        return 0


class Soak:
    """The load, what became of it, and what it is held to."""

    def __init__(self, build, setup, seconds):
        self.seconds = seconds
        self.random = random.Random(os.environ.get("POSTERN_SOAK_SEED"))
        self.lock = threading.Lock()
        self.acknowledged = {}  # token: recipients
        self.tried = {}
        self.taken = {name: collections.Counter() for name in ALL}  # picked up and removed
        self.torn = []
        self.kills = collections.Counter()
        self.end = threading.Event()
        self.tamed = threading.Event()  # from here on the service itself is left alone
        os.mkdir("/mnt/disk")
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=128m", "tmpfs", "/mnt/disk"], check=True)
        os.mkdir("/mnt/disk/spool")
        self.daemon = Delivery(build, setup, "imap-listen = 127.0.0.1:143\n", "/mnt/disk/spool")
        for name in ("amy", MOVED):
            self.daemon.add(name, "mailbox")
        self.imap = ImapLoad(MOVED, token_of, lambda messages: self.note(MOVED, messages, False))
        self.fresh = self.census()

    # ---- the load ----

    def sender(self, number):
        for count in range(10 ** 9):
            while len(self.daemon.queued()) > 200 and not self.end.wait(0.1):
                pass  # what waits for its next attempt is no load
            if self.end.is_set():
                return
            try:
                with smtplib.SMTP("127.0.0.1", SMTP, timeout=20) as client:
                    client.ehlo()
                    for part in range(self.random.randint(1, 4)):
                        self.send_one(client, f"s{number}-{count}-{part}")
            except FAILURES:
                time.sleep(0.05)

    def send_one(self, client, name):
        # Nobody empties most maildrops: where much lies already, little is sent, or the disk stays full.
        taken = sum(os.path.getsize(f"{self.daemon.spool}/{one}") for one in os.listdir(self.daemon.spool) if one in USERS)
        token = f"{name}-{self.random.choice((40, 400, 4000, 60000) if taken < 40 << 20 else (40,))}"
        to = self.random.sample(ALL, self.random.choice((1, 1, 2, 3)))
        client.mail(self.random.choice(("eve@far.example", "", "amy@other.example")))
        for one in to:
            if client.rcpt(f"{one}@{HOST}")[0] != 250:
                raise smtplib.SMTPException("RCPT")
        with self.lock:
            self.tried[token] = to
        code, _ = client.data(text_of(token).replace(b"\n", b"\r\n"))
        with self.lock:
            if code == 250:
                self.acknowledged[token] = to

    def note(self, name, messages, removed):
        with self.lock:
            for message in messages:
                token = token_of(message)
                if token is None:
                    self.torn.append((name, message[:200]))
                elif removed:
                    self.taken[name][token] += 1

    def pop3_reader(self, name):
        """Reads; from ann's mailbox it removes as well. Whether a killed QUIT had removed is found out at the end."""
        while not self.end.is_set():
            try:
                client = poplib.POP3("127.0.0.1", 110, timeout=20)
                client.user(name)
                client.pass_("sesame")
                messages = []
                for number in range(1, min(client.stat()[0], 20) + 1):
                    messages.append(b"\n".join(client.retr(number)[1]) + b"\n")
                    if name in PICKED_UP:
                        client.dele(number)
                self.note(name, messages, name in PICKED_UP)
                client.quit()
            except FAILURES:
                pass
            time.sleep(0.2)

    def pick_up(self, name):
        """As a mail reader does it: dotlock, fcntl lock, read, empty."""
        path = f"{self.daemon.spool}/{name}"
        while not self.end.is_set():
            time.sleep(0.3)
            try:
                lock = os.open(path + ".lock", os.O_CREAT | os.O_EXCL | os.O_WRONLY)
            except OSError:
                continue
            try:
                os.fchown(lock, USERS[name], MAIL)
                with open(path, "r+b") as box:
                    fcntl.lockf(box, fcntl.LOCK_EX)
                    self.note(name, self.daemon.maildrop_of(name), True)
                    box.truncate(0)
            except OSError:
                pass
            os.unlink(path + ".lock")
            os.close(lock)

    def fill_and_empty(self):
        while not self.end.wait(self.random.uniform(2, 6)):
            try:
                with open("/mnt/disk/filler", "wb") as filler:
                    while not self.end.is_set():
                        filler.write(b"x" * 65536)
            except OSError:
                self.kills["full disk"] += 1
            self.end.wait(1)
            os.unlink("/mnt/disk/filler")

    # ---- the killer ----

    def victims(self, kind):
        top = self.daemon.process.pid
        if kind == "the whole tree":
            return [top, *tree_below(top)]
        modules = [pid for pid in children_of(top) if name_of(pid) == kind.split()[0]]
        if kind.endswith("child"):
            children = [child for module in modules for child in children_of(module)]
            return [self.random.choice(children)] if children else []
        return modules

    def killer(self):
        kinds = ["postern-smtp child"] * 5 + ["postern-pop3 child"] * 3 + ["postern-imap child"] * 5 + ["postern-deliver child"] * 8 + [
            "postern-resolver", "postern-logger", "postern-imap", "postern-smtp", "postern-deliver", "postern-maildrop-helper",
            "the whole tree"]
        while not self.end.wait(self.random.uniform(0.02, 0.3)):
            kind = self.random.choice(kinds)
            if self.tamed.is_set() and not kind.endswith("child"):
                continue
            if not kind.endswith("child") and self.random.random() < 0.7:
                continue
            deadline = time.monotonic() + 0.5
            found = self.victims(kind)
            while not found and time.monotonic() < deadline:
                found = self.victims(kind)
            for pid in found:
                try:
                    os.kill(pid, signal.SIGKILL)
                    self.kills[kind] += 1
                except OSError:
                    pass
            if kind == "postern-maildrop-helper":  # an operator reads the log, a while later
                threading.Timer(3, self.daemon.process.terminate).start()

    def keep_alive(self):
        """What an init system does."""
        while not self.end.wait(0.1):
            if self.daemon.process.poll() is not None:
                self.kills["starts"] += 1
                self.revive()

    def revive(self):
        for _ in range(100):
            try:
                self.daemon.wait_for("a free port", self.daemon.is_down)
                return self.daemon.start()
            except AssertionError:
                time.sleep(0.2)
        raise AssertionError("it does not start any more")

    # ---- what must hold ----

    def census(self):
        """Every process of the tree: its name, and how many descriptors it has."""
        def count():
            return sorted((name_of(pid), descriptors_of(pid)) for pid in tree_below(self.daemon.process.pid))

        def delivers():
            return any(children_of(module) for module in self.victims("postern-deliver"))
        for _ in range(60):
            before = count()
            time.sleep(1)
            if len(before) >= 7 and not delivers() and count() == before:
                return before
        raise AssertionError(f"the tree does not come to rest: {count()}")

    def retry(self, ids):
        for queue_id in ids:
            subprocess.run([self.daemon.root + "/bin/postern", "queue", "retry", queue_id, "--config",
                            self.daemon.config], check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def impatient_operator(self):
        """A deferred message waits half a minute and longer: too long for a soak."""
        while not self.end.wait(1):
            self.retry(self.daemon.queued()[:40])

    def empty_queue(self):
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            if self.daemon.process.poll() is not None:  # of what was killed last
                self.revive()
            self.retry(self.daemon.queued())
            for _ in range(20):
                if not self.daemon.queued():
                    return
                time.sleep(0.1)
        raise AssertionError(f"{len(self.daemon.queued())} messages stay in the queue:\n" + self.daemon.log_text()[-3000:])

    def final(self, name):
        if name in USERS:
            return self.daemon.maildrop_of(name)
        messages = []
        parts = ("new", "cur") if name != MOVED else ("new", "cur", ".Archive/new", ".Archive/cur")
        for part in parts:
            folder = f"{self.daemon.root}/mailbox/{name}/{part}"
            for file in os.listdir(folder):
                with open(f"{folder}/{file}", "rb") as message:
                    messages.append(message.read())
        return messages

    def judge(self):
        lost, doubled, allowed, foreign = [], [], 0, []
        for name in ALL:
            messages = self.final(name)
            self.note(name, messages, False)
            there = collections.Counter(filter(None, map(token_of, messages)))
            for token, to in self.acknowledged.items():
                if name in to and there[token] + self.taken[name][token] == 0:
                    lost.append((name, token))
            for token, times in there.items():
                if name not in self.tried.get(token, ()):
                    foreign.append((name, token))
                if times > 1 and name not in PICKED_UP and not (name == MOVED and may_move(token)):
                    doubled.append((name, token, times))
            if name in PICKED_UP:
                allowed += sum((there + self.taken[name])[token] > 1 for token in there + self.taken[name])
        expect(not self.torn, f"{len(self.torn)} torn: {self.torn[:3]}")
        expect(not lost, f"{len(lost)} acknowledged and lost: {lost[:5]}")
        expect(not doubled and not foreign, f"doubled: {doubled[:5]}, in the wrong place: {foreign[:5]}")
        expect(not self.imap.judge(), f"IMAP: {self.imap.judge()[:5]}")
        ends = re.findall(r'event=helper-gone end="([^"]*)"', self.daemon.log_text())
        # 74: who had asked it was killed before the answer.
        expect(set(ends) <= {"exit 0", "exit 74", "signal SIGKILL"}, f"the helper ended by itself: {ends}")
        dead, left = self.daemon.queued("dead"), self.daemon.queued("incoming")
        expect(not dead and not left, f"dead letters: {dead}, leftovers: {left}\n{self.daemon.log_text()[-3000:]}")
        return allowed

    def strays(self):
        """Processes of an earlier life in this network namespace."""
        here = os.readlink("/proc/self/ns/net")
        mine = set(tree_below(self.daemon.process.pid))
        found = []
        for pid in map(int, filter(str.isdigit, os.listdir("/proc"))):
            try:
                ours = os.readlink(f"/proc/{pid}/ns/net") == here and name_of(pid).startswith("postern")
                if ours and pid not in mine:
                    found.append((pid, name_of(pid)))
            except OSError:
                pass
        return found

    def run(self):
        jobs = [(self.sender, n) for n in range(4)] + [(self.pop3_reader, name) for name in MAILBOXES]
        jobs += [(self.imap.run, self.end)] * 3 + [(self.pick_up, "dave"), (self.fill_and_empty,), (self.killer,), (self.keep_alive,),
                 (self.impatient_operator,)]
        threads = [threading.Thread(target=job[0], args=job[1:], daemon=True) for job in jobs]
        for thread in threads:
            thread.start()
        time.sleep(self.seconds * 2 / 3)
        self.tamed.set()
        time.sleep(self.seconds / 3)
        self.end.set()
        for thread in threads:
            thread.join(60)
            expect(not thread.is_alive(), "a part of the load does not end")
        if self.daemon.process.poll() is not None:
            self.revive()
        self.empty_queue()
        now = self.census()
        expect(now == self.fresh, f"processes and descriptors: {now}, at first {self.fresh}")
        self.daemon.process.terminate()
        expect(self.daemon.process.wait(30) == 0, "a clean end")
        self.revive()  # a start removes what keepers that were killed have left
        self.daemon.wait_for("no leftovers", lambda: not self.daemon.queued("incoming"))
        self.daemon.process.terminate()
        expect(self.daemon.process.wait(30) == 0, "a clean end again")
        expect(not self.strays(), f"processes left: {self.strays()}")
        return self.judge()


def main():
    enter_namespace()
    faulthandler.dump_traceback_later(int(sys.argv[3]) + 150, exit=True)
    soak = Soak(sys.argv[1], sys.argv[2], int(sys.argv[3]))
    try:
        allowed = soak.run()
        print(f"soak: {len(soak.tried)} messages, {len(soak.acknowledged)} acknowledged: 0 lost, 0 torn, 0 doubled "
              f"({allowed} a second time after a pick-up); no process or descriptor left over")
        print(f"soak: IMAP: {soak.imap.text()}; UIDs neither changed nor repeated")
        print("soak: killed: " + ", ".join(f"{kind} {count}" for kind, count in sorted(soak.kills.items())))
    finally:
        soak.end.set()  # nobody starts it again
        soak.daemon.end()


if __name__ == "__main__":
    main()
