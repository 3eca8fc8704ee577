# SPDX-License-Identifier: BSD-2-Clause
"""posternd for tests of deliveries: as root, in a network and mount namespace of the test's own, with Unix users of
its own and a spool of root's; what SMTP takes is read back from mailbox and maildrop."""
import errno
import mailbox
import os
import poplib
import re
import signal
import smtplib
import socket
import subprocess
import sys
import time

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../setup"))
from live_daemon import LiveDaemon, expect, facts_of

MTA, MAIL = "64100", 64108
USERS = {"bob": 64200, "carl": 64201, "dave": 64202, "erin": 64203}
HOST = "mail.example.org"
SMTP, POP3 = 25, 110


def enter_namespace(users=None):
    """Starts this program again in its own network and mount namespace, where `users` (USERS) exist, with homes
    below /mnt/home if somebody makes them. Exit 77 without root."""
    if os.geteuid() != 0:
        print("SKIPPED, NOT TESTED: needs root (the drop, a namespace, a spool of root's)")
        sys.exit(77)
    if "POSTERN_IN_NAMESPACE" not in os.environ:
        os.environ["POSTERN_IN_NAMESPACE"] = "1"
        os.execvp("unshare", ["unshare", "--net", "--mount", "--propagation", "private", "--", sys.executable,
                              *sys.argv])
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=0755", "tmpfs", "/mnt"], check=True)
    # All of /etc: a file that is mounted over goes when somebody outside gives its name to another.
    subprocess.run(["cp", "-a", "/etc", "/mnt/etc"], check=True)
    subprocess.run(["mount", "--bind", "/mnt/etc", "/etc"], check=True)
    with open("/etc/passwd", "a", encoding="utf-8") as passwd:
        for name, uid in (users or USERS).items():
            passwd.write(f"{name}:x:{uid}:{uid}::/mnt/home/{name}:/usr/sbin/nologin\n")


def children_of(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as children:
            return [int(child) for child in children.read().split()]
    except OSError:
        return []


class Delivery(LiveDaemon):
    """A LiveDaemon that takes mail on port 25 and serves it on 110. Accounts: ann has a mailbox, USERS maildrops."""

    def __init__(self, build, setup, settings="", spool=None):
        self.spool = spool or "/mnt/spool"
        if not spool:
            os.mkdir(self.spool)
        os.chown(self.spool, 0, MAIL)
        os.chmod(self.spool, 0o3775)
        super().__init__(build, setup, MTA, SMTP, ["--hostname", HOST, "--pop3-listen", f"127.0.0.1:{POP3}",
                                                   "--smtp-listen", f"127.0.0.1:{SMTP}"],
                         f"refusal-quantum = 0\nlookup-deadline = 500ms\nmaildrop-spool = {self.spool}\n"
                         f"maildrop-group = {MAIL}\n" + settings)
        self.add("ann", "mailbox")
        for name in USERS:
            self.add(name, "maildrop:" + name)

    def add(self, name, delivery):
        self.account("add", name, "--delivery", delivery, "--hash", "sha512crypt", "--cost", "cheapest",
                     password="sesame")

    def wait_for(self, what, condition):
        """Waits until `condition` holds, and returns its value. A refused connection is no answer."""
        for _ in range(1200):
            try:
                value = condition()
                if value:
                    return value
            except (OSError, EOFError, smtplib.SMTPException, poplib.error_proto):
                pass
            time.sleep(0.05)
        raise AssertionError(f"waited in vain: {what}\n--- log:\n{self.log_text()}")

    def send(self, text, *recipients, sender="eve@far.example"):
        """Sends `text` (bytes, lines ended by LF); returns when 250 has been read, with the queue id."""
        with smtplib.SMTP("127.0.0.1", SMTP, timeout=30) as client:
            client.ehlo()
            client.mail(sender)
            for name in recipients:
                expect(client.rcpt(f"{name}@{HOST}")[0] == 250, f"RCPT {name}")
            code, words = client.data(text.replace(b"\n", b"\r\n"))
            expect(code == 250, words)
            return re.search(rb"[0-9a-f]{16}-[0-9a-f]{8}", words).group(0).decode()

    def mailbox_of(self, name):
        """The messages in a mailbox, by POP3: octets as delivered, lines ended by LF."""
        client = poplib.POP3("127.0.0.1", POP3, timeout=30)
        client.user(name)
        client.pass_("sesame")
        messages = [b"\n".join(client.retr(n + 1)[1]) + b"\n" for n in range(client.stat()[0])]
        client.quit()
        return messages

    def maildrop_of(self, name):
        """The messages in a maildrop, as python's own mailbox module tells them apart; From quoting undone."""
        path = f"{self.spool}/{name}"
        if not os.path.exists(path):
            return []
        box = mailbox.mbox(path, create=False)
        return [re.sub(rb"(?m)^>(>*From )", rb"\1", box.get_bytes(key)) for key in box.keys()]

    def queued(self, part="active"):
        return sorted(os.listdir(f"{self.root}/postoffice/queue/{part}"))

    def queue(self, *arguments):
        command = [self.root + "/bin/postern", "queue", *arguments, "--config", self.config]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    def has_waited(self, queue_id):
        """How many attempts there were for the message that were put off; a slow machine makes more of its own."""
        return sum(map(int, re.findall(r": waiting, (\d+) attempts", self.queue("show", queue_id))))

    def deliverer(self, queue_id):
        """The process that has the message open to deliver it; 0 if there is none. Others may wait for more."""
        for pid in children_of(self.child("postern-deliver")):
            for number in os.listdir(f"/proc/{pid}/fd"):
                if os.readlink(f"/proc/{pid}/fd/{number}").endswith(queue_id):
                    return pid
        return 0

    def stop_while_it_appends(self, text, name):
        """Sends `text`, which has to be large, and stops its delivery when a part lies in the maildrop: returns
        the message's queue id, and the process id."""
        path = f"{self.spool}/{name}"
        for _ in range(50):
            before = os.path.getsize(path)
            queue_id = self.send(text, name)
            self.wait_for("a delivery", lambda: self.deliverer(queue_id) or queue_id not in self.queued())
            child = self.deliverer(queue_id)
            if not child:
                continue  # it was quicker
            try:
                while os.path.getsize(path) == before:
                    os.kill(child, signal.SIGCONT)
                    time.sleep(0.001)
                    os.kill(child, signal.SIGSTOP)
                if os.path.getsize(path) < before + len(text):
                    return queue_id, child
                os.kill(child, signal.SIGCONT)
            except ProcessLookupError:
                pass
            self.wait_for("it leaves the queue", lambda: not self.queued())
        raise AssertionError("no delivery could be stopped while it appends")

    @staticmethod
    def is_down():
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", SMTP)) == errno.ECONNREFUSED


def check_trace(message, text, sender="eve@far.example"):
    """MD-6: the octets of `text` behind what we add: Return-Path and Received."""
    expect(message.endswith(text), f"octet for octet: {message!r}")
    added = message[:-len(text)]
    expect(re.fullmatch(rb"Return-Path: <%s>\nReceived: [^\n]+\n(\t[^\n]+\n)+" % sender.encode(), added), added)
