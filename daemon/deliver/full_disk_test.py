#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""full_disk_test.py BUILD SETUP: a spool and a mailbox tree without room: nothing of a message stays, it waits, and it
arrives octet for octet when there is room (MD-6). Exit 77 without root: skipped, not passed."""
import os
import subprocess
import sys

from live_delivery import MAIL, USERS, Delivery, check_trace, enter_namespace, expect

SMALL = b"Subject: small\n\nbefore\n"
LARGE = b"Subject: large\n\n" + b"".join(b"From line %06d\n" % n for n in range(20000))


def octets_of(path):
    with open(path, "rb") as file:
        return file.read()


def fill(directory):
    """Takes the room that is left, to the last octet."""
    with open(directory + "/filler", "wb", buffering=0) as file:
        for size in (1 << 16, 512, 1):
            try:
                while file.write(b"x" * size):
                    pass
            except OSError:
                pass


def small_disk(directory):
    """A file system of 400 KiB over `directory`, with what lies there, its owner and mode."""
    info = os.stat(directory)
    kept = directory + ".kept"
    os.mkdir(kept)
    subprocess.run(["cp", "-a", directory + "/.", kept], check=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", directory], check=True)
    subprocess.run(["cp", "-a", kept + "/.", directory], check=True)
    os.chown(directory, info.st_uid, info.st_gid)
    os.chmod(directory, info.st_mode & 0o7777)


def wait_for_deferral(daemon, name, text=LARGE):
    count = daemon.log_text().count("status=4.3.1")
    queue_id = daemon.send(text, name)
    daemon.wait_for("4.3.1", lambda: daemon.log_text().count("status=4.3.1") > count)
    expect(daemon.queued() == [queue_id], daemon.queued())
    return queue_id


def check_arrives(daemon, queue_id):
    daemon.queue("retry", queue_id)
    daemon.wait_for("delivery with room", lambda: not daemon.queued())


def check_maildrop(daemon):
    """Rolled back to its length, whether the room ends at once or in the middle."""
    path = daemon.spool + "/bob"
    daemon.send(SMALL, "bob")
    daemon.wait_for("it leaves the queue", lambda: not daemon.queued())
    before = octets_of(path)
    for left in (0, 100_000, 200_000):
        fill(daemon.spool)
        filler = daemon.spool + "/filler"
        os.truncate(filler, os.path.getsize(filler) - left)
        queue_id = wait_for_deferral(daemon, "bob")
        expect(octets_of(path) == before, f"the maildrop is as it was, with {left} octets left")
        expect(sorted(os.listdir(daemon.spool)) == ["bob", "filler"], os.listdir(daemon.spool))
        os.unlink(filler)
        if left != 200_000:
            daemon.account("remove", "bob")  # the message is kept as a dead letter, and out of the way
            daemon.queue("retry", queue_id)
            daemon.wait_for("it is out of the way", lambda: not daemon.queued())
            daemon.add("bob", "maildrop:bob")
    check_arrives(daemon, queue_id)
    first, second = daemon.maildrop_of("bob")
    check_trace(first, SMALL)
    check_trace(second, LARGE)
    expect(octets_of(path).startswith(before), "what was there before")


def check_several(daemon):
    """Several wait for one maildrop, and the second finds no room: the others arrive, it is rolled back and waits."""
    path, lock, filler = daemon.spool + "/bob", daemon.spool + "/bob.lock", daemon.spool + "/filler"
    before, count = octets_of(path), daemon.log_text().count("status=4.3.1")
    with open(lock, "wb"):  # somebody else's: the first waits for it
        os.chown(lock, USERS["bob"], MAIL)
    daemon.send(SMALL, "bob")
    large = daemon.send(LARGE, "bob")
    daemon.send(SMALL, "bob")
    fill(daemon.spool)
    os.truncate(filler, os.path.getsize(filler) - 100_000)
    os.unlink(lock)
    daemon.wait_for("4.3.1", lambda: daemon.log_text().count("status=4.3.1") > count)
    daemon.wait_for("the small ones leave the queue", lambda: daemon.queued() == [large])
    os.unlink(filler)
    expect(octets_of(path).startswith(before), "what was there before")
    for message in daemon.maildrop_of("bob")[-2:]:
        check_trace(message, SMALL)
    expect(len(octets_of(path)) < len(before) + 2000, "nothing of the large one")
    check_arrives(daemon, large)
    check_trace(daemon.maildrop_of("bob")[-1], LARGE)
    os.truncate(path, 0)


def check_new_maildrop(daemon):
    """MD-3: none comes to be half."""
    fill(daemon.spool)
    queue_id = wait_for_deferral(daemon, "carl", SMALL)
    os.unlink(daemon.spool + "/filler")
    check_arrives(daemon, queue_id)
    message, = daemon.maildrop_of("carl")
    check_trace(message, SMALL)


def check_mailbox(daemon):
    tree = daemon.root + "/mailbox"
    fill(tree)
    queue_id = wait_for_deferral(daemon, "ann")
    expect(not daemon.mailbox_of("ann") and not os.listdir(tree + "/ann/tmp"), "nothing of it stays")
    os.unlink(tree + "/filler")
    check_arrives(daemon, queue_id)
    message, = daemon.mailbox_of("ann")
    check_trace(message, LARGE)


def main():
    enter_namespace()
    spool = "/mnt/small"
    os.mkdir(spool)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=800k", "tmpfs", spool], check=True)
    with Delivery(*sys.argv[1:], spool=spool) as daemon:
        daemon.process.terminate()
        daemon.process.wait()
        small_disk(daemon.root + "/mailbox")
        daemon.start()
        check_maildrop(daemon)
        check_several(daemon)
        check_new_maildrop(daemon)
        check_mailbox(daemon)
        subprocess.run(["umount", "-l", daemon.root + "/mailbox"], check=True)
    print("full disk: rolled back to the octet, waited, delivered when there was room")


if __name__ == "__main__":
    main()
