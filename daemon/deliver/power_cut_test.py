#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""power_cut_test.py BUILD SETUP [CUTS]: the machine stops at the instant at which a client has read 250, and moments
later: on ext4, xfs and btrfs every message acknowledged until then is there, envelope and all (MD-6), and is delivered
once when the service starts again.

All of posternd lies on a loop device whose image is a file on an xfs of the test's own. A cut is a reflink of that file
(FICLONE: whole, and of one instant): what the file system had handed to its device by then, and nothing else. It is
mounted later, so that the journal is replayed. That is a crash of the machine, not of a disk that lies about its cache.
As the control the same daemon runs with fsync(2) and fdatasync(2) made to do nothing: its mail must be missed.
Exit: 0, 1 a defect, 77 without root or loop devices: skipped, not passed."""
import ctypes
import fcntl
import os
import platform
import random
import re
import shutil
import smtplib
import struct
import subprocess
import sys
import tempfile
import time

from live_delivery import HOST, SMTP, Delivery, enter_namespace, expect

FICLONE = 0x40049409
OUTER, DISK = "/mnt/outer", "/mnt/disk"
SIZES = (0, 4000, 200_000)
KINDS = ("ext4", "xfs", "btrfs")
PLACES = {"mailbox": ("ann",), "maildrop": ("bob",), "stuck": ("amy",), "both": ("ann", "bob")}
SYNC_CALLS = {"x86_64": (74, 75), "aarch64": (82, 83)}  # fsync, fdatasync


def sync_does_nothing():
    """A filter that all descendants inherit: these calls return 0, and that is all (before exec, as root)."""
    load, equal, ret = 0x20, 0x15, 0x06
    fsync, fdatasync = SYNC_CALLS[platform.machine()]
    program = b"".join(struct.pack("HBBI", *instruction) for instruction in (
        (load, 0, 0, 0), (equal, 1, 0, fsync), (equal, 0, 1, fdatasync), (ret, 0, 0, 0x00050000), (ret, 0, 0, 0x7fff0000)))
    octets = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("HL", len(program) // 8, ctypes.addressof(octets))
    if ctypes.CDLL(None, use_errno=True).prctl(22, 2, ctypes.create_string_buffer(header, len(header)), 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "seccomp")


def run(*command):
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def can_mount(kind, image, where, octets=512 << 20):
    """A new file system of this kind in `image`, mounted there; False, said aloud, where that is not possible."""
    with open(image, "wb") as file:
        file.truncate(octets)
    try:
        run("mkfs." + kind, "-q", image)
        os.makedirs(where, exist_ok=True)
        run("mount", "-o", "loop", image, where)
    except (OSError, subprocess.CalledProcessError) as why:
        print(f"SKIPPED, NOT TESTED: {kind}: {why}")
        return False
    return True


class Disk(Delivery):
    """A posternd on a disk of its own. Mail to amy stays in the queue: her mailbox is away."""

    def __init__(self, build, setup, image, before_exec=None):
        self.image = image
        self.before_exec = before_exec
        os.mkdir(DISK + "/spool")
        tempfile.tempdir = DISK
        super().__init__(build, setup, spool=DISK + "/spool")
        self.add("amy", "mailbox")
        self.mailbox = f"{self.root}/mailbox/amy"
        os.rename(self.mailbox, self.root + "/away")
        self.sent = []  # queue id, recipients, text
        run("sync", "-f", DISK)

    def start(self):
        popen = subprocess.Popen
        try:
            subprocess.Popen = lambda *words, **named: popen(*words, preexec_fn=self.before_exec, **named)
            super().start()
        finally:
            subprocess.Popen = popen

    def stop(self):
        self.process.terminate()
        expect(self.process.wait(30) == 0, "a clean end")
        self.log.close()
        run("umount", DISK)

    def restart_from(self, copy):
        """The power is back: the file system recovers, the service starts."""
        run("mount", "-o", "loop", copy, DISK)
        self.log = open(self.root + "/log", "ab+")
        self.start()

    def send_and_cut(self, text, names, copy, later):
        """Sends; at the instant at which 250 is read, or `later`, the power goes."""
        with open(self.image, "rb") as image, open(copy, "wb") as cut, smtplib.SMTP("127.0.0.1", SMTP) as client:
            client.ehlo()
            client.mail("eve@far.example")
            for name in names:
                client.rcpt(f"{name}@{HOST}")
            code, words = client.data(text.replace(b"\n", b"\r\n"))
            time.sleep(later)
            fcntl.ioctl(cut, FICLONE, image.fileno())
        expect(code == 250, words)
        self.sent.append((re.search(rb"[0-9a-f]{16}-[0-9a-f]{8}", words).group(0).decode(), names, text))

    # ---- what is there ----

    def is_in_queue(self, queue_id, names, text):
        try:
            with open(f"{self.root}/postoffice/queue/active/{queue_id}", "rb") as file:
                head, rest = file.read().split(b"\n\n", 1)
        except (OSError, ValueError):
            return False
        message = rest[:int(re.search(rb"^size (\d+)$", head, re.M).group(1))]
        recipients = b"".join(b"recipient %s\n" % name.encode() for name in names)
        return message.endswith(b"\n" + text) and head.endswith(b"\nsender eve@far.example\n" + recipients[:-1])

    def copies(self, name, text):
        if name == "bob":
            return sum(message.endswith(b"\n" + text) for message in self.maildrop_of(name))
        found = 0
        for file in os.listdir(f"{self.root}/mailbox/{name}/new"):
            with open(f"{self.root}/mailbox/{name}/new/{file}", "rb") as message:
                found += message.read().endswith(b"\n" + text)
        return found

    def is_there(self, queue_id, names, text):
        if self.is_in_queue(queue_id, names, text):
            return True
        return "amy" not in names and all(self.copies(name, text) == 1 for name in names)


def text_of(number, size):
    lines = random.Random(number)
    return b"Subject: %d\n\n" % number + b"".join(b"%060x\n" % lines.getrandbits(240) for _ in range(size // 61)) + b"end\n"


def cut_often(daemon, cuts):
    """Every second cut comes at once; the others fall into the deliveries."""
    copies = []
    for number in range(cuts):
        copies.append(f"{OUTER}/cut{number}.img")
        names = list(PLACES.values())[number // 2 % len(PLACES)]
        daemon.send_and_cut(text_of(number, SIZES[number % len(SIZES)]), names, copies[-1],
                            number % 2 * random.uniform(0, 0.1))
    daemon.stop()
    return copies


def missed_in(daemon, copy, acknowledged):
    run("mount", "-o", "loop", copy, DISK)
    try:
        return [queue_id for queue_id, *message in acknowledged if not daemon.is_there(queue_id, *message)]
    finally:
        run("umount", DISK)


def check_recovery(daemon, copy):
    """With the service on what the cut has left, everything arrives, once."""
    daemon.restart_from(copy)
    os.rename(daemon.root + "/away", daemon.mailbox)
    for _ in range(3):
        for queue_id in daemon.queued():
            subprocess.run([daemon.root + "/bin/postern", "queue", "retry", queue_id, "--config", daemon.config],
                           check=False, capture_output=True)
    daemon.wait_for("an empty queue", lambda: not daemon.queued())
    for queue_id, names, text in daemon.sent:
        for name in names:
            expect(daemon.copies(name, text) == 1, f"{name} has {queue_id} {daemon.copies(name, text)} times")
    daemon.stop()


def hold(arguments, kind, cuts):
    """Returns how many looks at a message there were."""
    daemon = Disk(*arguments, f"{OUTER}/{kind}.img")
    looks = 0
    for number, copy in enumerate(cut_often(daemon, cuts)):
        acknowledged = daemon.sent[:number + 1]
        missed = missed_in(daemon, copy, acknowledged)
        expect(not missed, f"{kind}, cut {number}: {len(missed)} of {len(acknowledged)} messages are not there: {missed}")
        looks += len(acknowledged)
    check_recovery(daemon, copy)
    return looks


def hold_control(arguments, kind):
    daemon = Disk(*arguments, f"{OUTER}/{kind}.img", sync_does_nothing)
    cuts = 4
    missed = [missed_in(daemon, copy, daemon.sent[n:n + 1]) for n, copy in enumerate(cut_often(daemon, cuts))]
    expect(any(missed), f"{kind}: the control without fsync lost nothing: this test finds nothing")
    return sum(map(len, missed)), cuts


def main():
    enter_namespace()
    arguments, cuts = sys.argv[1:3], int(sys.argv[3]) if len(sys.argv) > 3 else 10
    if not can_mount("xfs", "/mnt/outer.img", OUTER, 4 << 30):
        return 77
    done = 0
    for kind in KINDS:
        image = f"{OUTER}/{kind}.img"
        if not shutil.which("mkfs." + kind) or not can_mount(kind, image, DISK):
            continue
        looks = hold(arguments, kind, cuts)
        can_mount(kind, image, DISK)
        missed, of = hold_control(arguments, kind)
        print(f"{kind}: {cuts} cuts, {looks} of {looks} acknowledged messages there, recovered and delivered once; "
              f"control without fsync: {missed} of {of} missed")
        done += 1
    return 0 if done else 77


if __name__ == "__main__":
    sys.exit(main())
