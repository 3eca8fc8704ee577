#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""readers_test.py BUILD SETUP: mutt and mailutils' mail, in a terminal, as the maildrop's owner: they read what we
deliver, octet for octet; while they hold their locks we wait, and while we hold ours they wait (MD-1, MD-6).
Exit: 0, 1 a defect, 77 without root or the readers: skipped, not passed."""
import os
import re
import shutil
import signal
import sys

import live_delivery
from live_delivery import USERS, Delivery, check_trace, enter_namespace, expect
from terminal import Terminal

TEXTS = (b"Subject: one\n\nFrom the start\n>From the middle\n.\n..dots\n\xc3\xa4 \x01\x7f\nthe end\n",
         b"Subject: two\n\n\n\nFrom \n>>From x\n\n", b"Subject: three\n\n" + b"x" * 900 + b"\n")
LARGE = b"Subject: large\n\n" + (b"0123456789abcdef" * 50 + b"\n") * 30_000
SMALL = b"Subject: small\n\nFrom the other\n"
HOME = "/mnt/home"
MUTTRC = ("set pipe_decode=no wait_key=no delete=yes quit=yes mbox_type=mbox record='' mail_check=0 timeout=1 "
          "mark_old=no tmpdir=/mnt/home folder=/mnt/home\n")


def terminal(*command):
    return Terminal(command, HOME, USERS["bob"])


class Mutt:
    """mutt: a dotlock by its set-group-id program, and fcntl."""
    name = "mutt"
    program = "mutt_dotlock"
    lock = "bob.lock"
    listed = r"Msgs:%d\b"

    def __init__(self, path):
        self.terminal = terminal("mutt", "-n", "-F", HOME + "/muttrc", "-f", path)

    def take_out(self, number, file):
        self.terminal.type(f"{number}\n|cat >{file}\n")

    def delete_first_and_quit(self):
        self.terminal.type("1\ndq")

    @staticmethod
    def unpack(octets):
        """What mutt pipes: as it lies there, separator and quoting included."""
        return re.sub(rb"(?m)^>(>*From )", rb"\1", octets[octets.find(b"\n") + 1:])


class Mail:
    """mailutils' mail: fcntl."""
    name = "mail"
    program = "mail"
    lock = "bob"
    listed = r"%d message"

    def __init__(self, path):
        self.terminal = terminal("mail", "-f", path)

    def take_out(self, number, file):
        self.terminal.type(f"copy {number} {file}\n")

    def delete_first_and_quit(self):
        self.terminal.type("delete 1\nquit\n")

    @staticmethod
    def unpack(octets):
        """What mail copies: separator and the empty line after it, but without the quoting."""
        return octets[octets.find(b"\n") + 1:-1]


def content_of(file):
    try:
        with open(file, "rb") as content:
            return content.read()
    except OSError:
        return b""


def check_reading(daemon, reader):
    """Octet for octet."""
    path = daemon.spool + "/bob"
    mail = reader(path)
    mail.terminal.wait_for(mail.listed % len(TEXTS))
    for number, text in enumerate(TEXTS, 1):
        file = f"{HOME}/{reader.name}{number}"
        mail.take_out(number, file)
        daemon.wait_for(f"{reader.name} gives message {number}: {mail.terminal.text()[-1000:]}",
                        lambda: mail.terminal.look(0.1) and content_of(file).endswith(text[-10:] + b"\n") or
                        content_of(file).endswith(text[-10:]))
        check_trace(mail.unpack(content_of(file)), text)
    mail.terminal.type("x" if reader is Mutt else "exit\n")
    mail.terminal.end()


def is_locked(path, pid):
    """Whether that process holds an fcntl lock on the file."""
    inode = str(os.stat(path).st_ino)
    with open("/proc/locks", encoding="ascii") as locks:
        for line in locks:
            fields = line.split()
            if "->" not in fields and int(fields[4]) == pid and fields[5].rsplit(":", 1)[1] == inode:
                return True
    return False


def holds(daemon, mail, path):
    """Whether the reader holds all its locks."""
    return os.path.exists(f"{daemon.spool}/{mail.lock}") and is_locked(path, mail.terminal.pid)


def stop_while_it_locks(daemon, reader, path):
    """The reader removes the first of two messages; stopped while it holds its lock, that is in the middle of it."""
    for _ in range(50):
        mail = reader(path)
        mail.terminal.wait_for(mail.listed % 2)
        mail.terminal.look(0.5)
        mail.delete_first_and_quit()
        lives = True
        while lives and not holds(daemon, mail, path):
            lives = mail.terminal.look(0)
        if lives:
            os.kill(mail.terminal.pid, signal.SIGSTOP)
            if holds(daemon, mail, path):
                return mail
            os.kill(mail.terminal.pid, signal.SIGCONT)
        mail.terminal.end()
        empty(daemon, SMALL, LARGE)
    raise AssertionError("it could not be stopped while it holds its lock")


def empty(daemon, *texts):
    """Leaves just these in bob's maildrop."""
    os.truncate(daemon.spool + "/bob", 0)
    for text in texts:
        daemon.send(text, "bob")
        daemon.wait_for("it leaves the queue", lambda: not daemon.queued())


def check_their_lock(daemon, reader):
    """We wait, give up, and deliver behind what the reader has left."""
    path = daemon.spool + "/bob"
    empty(daemon, SMALL, LARGE)
    mail = stop_while_it_locks(daemon, reader, path)
    known = content_of(path)
    queue_id = daemon.send(TEXTS[0], "bob")
    refused = f"queue={queue_id} account=bob target=maildrop:bob outcome=deferred status=4.2.0"
    daemon.wait_for("it is deferred", lambda: refused in daemon.log_text())
    last = [line for line in daemon.log_text().splitlines() if refused in line][-1]
    expect(re.search(rf"\b{mail.lock}: is locked|is locked by somebody else.*\b{mail.lock}\b", last), last)
    expect(content_of(path) == known, "nothing was written while the reader held its lock")
    os.kill(mail.terminal.pid, signal.SIGCONT)
    mail.terminal.end()
    expect(not os.path.exists(path + ".lock"), "all locks are gone")
    daemon.queue("retry", queue_id)
    daemon.wait_for("it leaves the queue", lambda: not daemon.queued())
    first, second = daemon.maildrop_of("bob")
    expect(first.endswith(LARGE[LARGE.index(b"\n\n"):]), "what the reader kept is whole")
    check_trace(second, TEXTS[0])


def check_our_lock(daemon, reader):
    """The reader waits until the delivery has ended, and sees all of it."""
    path = daemon.spool + "/bob"
    empty(daemon, SMALL)
    _, child = daemon.stop_while_it_appends(LARGE, "bob")
    expect(os.path.exists(path + ".lock"), "our dotlock")
    if reader is Mutt:
        lock = terminal("mutt_dotlock", "-p", "-r", "0", path)
        while lock.look(1):
            pass
        expect(os.waitstatus_to_exitcode(os.waitpid(lock.pid, 0)[1]) == 3, "mutt's lock program: it is locked")
    mail = reader(path)
    if reader is Mutt:
        mail.terminal.wait_for("Waiting for fcntl lock")
    mail.terminal.look(0.4)  # less than mutt waits between tries, of which it makes five
    expect(not re.search(mail.listed.replace("%d", r"\d+"), mail.terminal.text()), "it does not read while we write")
    os.kill(child, signal.SIGCONT)
    messages = daemon.wait_for("the large one", lambda: not daemon.queued() and daemon.maildrop_of("bob"))
    mail.terminal.wait_for(mail.listed % len(messages))
    file = f"{HOME}/{reader.name}-large"
    mail.take_out(len(messages), file)
    daemon.wait_for("it is whole", lambda: (mail.terminal.look(0.1), mail.unpack(content_of(file)).endswith(LARGE))[1])
    mail.terminal.type("x" if reader is Mutt else "exit\n")
    mail.terminal.end()


def main():
    live_delivery.MAIL = 8  # Debian's: what the readers' lock programs run in
    enter_namespace()
    os.mkdir(HOME)
    os.chown(HOME, USERS["bob"], USERS["bob"])
    with open(HOME + "/muttrc", "w", encoding="ascii") as muttrc:
        muttrc.write(MUTTRC)
    readers = [reader for reader in (Mutt, Mail) if shutil.which(reader.program)]
    for reader in {Mutt, Mail} - set(readers):
        print(f"SKIPPED, NOT TESTED: no {reader.name}")
    for reader in readers[::-1]:
        os.mkdir("/mnt/" + reader.name)
        with Delivery(*sys.argv[1:], spool="/mnt/" + reader.name) as daemon:
            for text in TEXTS:
                daemon.send(text, "bob")
                daemon.wait_for("it leaves the queue", lambda: not daemon.queued())
            check_reading(daemon, reader)
            check_their_lock(daemon, reader)
            check_our_lock(daemon, reader)
        print(f"{reader.name}: reads what we deliver, octet for octet; we wait for its locks, and it for ours")
    return 0 if len(readers) == 2 else 77


if __name__ == "__main__":
    sys.exit(main())
