#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""traps_test.py BUILD SETUP: what lies in a maildrop's place is refused and left as it is, the mail waits, and arrives
when the trap is gone (MD-5). Exit 77 without root: skipped, not passed."""
import os
import stat
import sys

from live_delivery import MAIL, MTA, USERS, Delivery, check_trace, enter_namespace, expect

TEXT = b"Subject: trapped\n\nFrom the trap\n"
VICTIM = "/mnt/victim"


def make_file(path, uid, gid, mode):
    with open(path, "wb") as file:
        file.write(b"foreign\n")
    os.chown(path, uid, gid)
    os.chmod(path, mode)


def hard_link(path):
    make_file(path + "-other", USERS["bob"], MAIL, 0o660)
    os.link(path + "-other", path)


def fifo(path):
    os.mkfifo(path)
    os.chown(path, USERS["bob"], MAIL)
    os.chmod(path, 0o660)


# What is planted in bob's place, and the words that the refusal must have.
TRAPS = {
    "symbolic link to root's file": (lambda path: os.symlink(VICTIM, path), "symbolic link"),
    "symbolic link to the MTA user's file": (lambda path: os.symlink(VICTIM + "-mta", path), "symbolic link"),
    "dangling link": (lambda path: os.symlink("/mnt/new", path), "symbolic link"),
    "link to another's maildrop": (lambda path: os.symlink("carl", path), "symbolic link"),
    "hard link": (hard_link, "several names"),
    "hard link to another's maildrop": (lambda path: os.link(os.path.dirname(path) + "/carl", path), "several names"),
    "FIFO": (fifo, "FIFO"),
    "device": (lambda path: os.mknod(path, stat.S_IFCHR | 0o660, os.makedev(1, 3)), "device"),
    "socket": (lambda path: os.mknod(path, stat.S_IFSOCK | 0o660), "socket"),
    "directory": (os.mkdir, "directory"),
    "owner: another user": (lambda path: make_file(path, USERS["carl"], MAIL, 0o660), "somebody else's"),
    "owner: root": (lambda path: make_file(path, 0, MAIL, 0o660), "somebody else's"),
    "owner: the MTA user": (lambda path: make_file(path, int(MTA), MAIL, 0o660), "somebody else's"),
    "another group": (lambda path: make_file(path, USERS["bob"], int(MTA), 0o660), "another group"),
    "mode 0600": (lambda path: make_file(path, USERS["bob"], MAIL, 0o600), "another mode"),
    "mode 0666": (lambda path: make_file(path, USERS["bob"], MAIL, 0o666), "another mode"),
    "mode 2660": (lambda path: make_file(path, USERS["bob"], MAIL, 0o2660), "another mode"),
}


def snapshot(*roots):
    """All there is, with owners, modes, link counts, lengths and octets."""
    found = {}
    for root in roots:
        for directory, folders, files in os.walk(root):
            for path in [os.path.join(directory, name) for name in [".", *folders, *files]]:
                info = os.lstat(path)
                text = b""
                if stat.S_ISREG(info.st_mode):
                    with open(path, "rb") as file:
                        text = file.read()
                found[path] = (info.st_uid, info.st_gid, info.st_mode, info.st_nlink, text)
    return found


def check_deferred(daemon, words, text=TEXT):
    """A message to bob is refused with `words`, and stays in the queue, whose id is returned."""
    before, count = snapshot("/mnt"), daemon.log_text().count("outcome=deferred")
    queue_id = daemon.send(text, "bob")
    daemon.wait_for(words, lambda: daemon.log_text().count("outcome=deferred") > count)
    line = [one for one in daemon.log_text().splitlines() if "outcome=deferred" in one and queue_id in one][-1]
    expect(words in line and "status=4." in line, f"{words}: {line}")
    expect(daemon.queued() == [queue_id], daemon.queued())
    after = snapshot("/mnt")
    expect(after == before, f"{words}: changed {set(after.items()) ^ set(before.items())}")
    return queue_id


def check_arrives(daemon, queue_id, what):
    daemon.queue("retry", queue_id)
    daemon.wait_for(f"delivery after: {what}", lambda: not daemon.queued())


def check_traps(daemon):
    path = daemon.spool + "/bob"
    for name, (plant, words) in TRAPS.items():
        plant(path)
        queue_id = check_deferred(daemon, words)
        os.rename(path, "/mnt/gone")
        if os.path.exists(path + "-other"):
            os.unlink(path + "-other")
        check_arrives(daemon, queue_id, name)
        message, = daemon.maildrop_of("bob")
        check_trace(message, TEXT)
        os.unlink(path)
        (os.rmdir if name == "directory" else os.unlink)("/mnt/gone")
    return len(TRAPS)


def check_foreign_lock(daemon):
    """MD-6: in a sticky spool a lock of somebody else's is waited for, never removed."""
    make_file(daemon.spool + "/bob.lock", USERS["bob"], MAIL, 0o600)
    daemon.send(TEXT, "bob")
    daemon.wait_for("4.2.0", lambda: "status=4.2.0" in daemon.log_text())
    expect(os.path.exists(daemon.spool + "/bob.lock"), "the lock is still there")
    os.unlink(daemon.spool + "/bob.lock")
    check_arrives(daemon, daemon.queued()[0], "a foreign lock")


def check_spool(daemon):
    """MD-3, MD-5: a spool that others may rewrite, or that is another one by now."""
    for mode, words in ((0o3777, "writable by everyone"), (0o755, "another mode"), (0o2777, "writable by everyone")):
        os.chmod(daemon.spool, mode)
        queue_id = check_deferred(daemon, words)
        os.chmod(daemon.spool, 0o3775)
        check_arrives(daemon, queue_id, words)
    moved = "/mnt/moved"
    for replace in (lambda: os.symlink(moved, daemon.spool), lambda: os.mkdir(daemon.spool, 0o3775)):
        os.rename(daemon.spool, moved)
        replace()
        queue_id = check_deferred(daemon, "replaced")
        (os.unlink if os.path.islink(daemon.spool) else os.rmdir)(daemon.spool)
        os.rename(moved, daemon.spool)
        check_arrives(daemon, queue_id, "a replaced spool")


def main():
    enter_namespace()
    make_file(VICTIM, 0, 0, 0o600)
    make_file(VICTIM + "-mta", int(MTA), int(MTA), 0o600)
    with Delivery(*sys.argv[1:]) as daemon:
        daemon.send(TEXT, "carl")
        daemon.wait_for("carl has a maildrop", lambda: daemon.maildrop_of("carl") and not daemon.queued())
        count = check_traps(daemon)
        check_foreign_lock(daemon)
        check_spool(daemon)
        expect(len(daemon.maildrop_of("carl")) == 1 and len(daemon.maildrop_of("bob")) == 6, "once each")
    print(f"traps: {count} in the maildrop's place, 5 of the spool's: refused, left alone, delivered afterwards")


if __name__ == "__main__":
    main()
