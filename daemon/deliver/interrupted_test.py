#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""interrupted_test.py BUILD SETUP: a delivery to a maildrop is killed while it appends; other mail for that maildrop
waits until it has been tried again, in this life of the service and in the next (MD-6). And a keeper is killed while it
receives: what it leaves goes while the service runs. Exit 77 without root."""
import os
import signal
import smtplib
import sys
import time

from live_delivery import HOST, SMTP, Delivery, check_trace, children_of, enter_namespace, expect

LARGE = b"Subject: large\n\n" + (b"0123456789abcdef" * 50 + b"\n") * 30_000
SMALL = b"Subject: small\n\nFrom the other\n"


def check_order(daemon, path, between):
    """The part is there; a message comes; `between`; both are tried again, the message first."""
    large, child = daemon.stop_while_it_appends(LARGE, "bob")
    os.kill(child, signal.SIGKILL)
    daemon.wait_for("its end is noted", lambda: f"event=delivery queue={large}" in daemon.log_text())
    earlier, torn = len(daemon.maildrop_of("bob")) - 1, os.path.getsize(path)
    small = daemon.send(SMALL, "bob")
    waits = f"event=held-up queue={small} target=maildrop:bob"
    daemon.wait_for("the small one waits", lambda: waits in daemon.log_text())
    expect(os.path.getsize(path) == torn, "nothing was put behind the part")
    looked = daemon.log_text().count(waits)
    time.sleep(2)
    expect(daemon.log_text().count(waits) <= looked + 1, "what waits is left alone until it is due")
    between()
    expect(os.path.exists(path + ".lock"), "who looks for the lock does not read the part")
    before_retry = daemon.log_text().count(waits)
    daemon.queue("retry", small)
    daemon.wait_for("it waits still", lambda: daemon.log_text().count(waits) > before_retry or small not in
                    daemon.queued())
    daemon.queue("retry", large)
    daemon.wait_for("the interrupted one is delivered, and then the other", lambda: not daemon.queued())
    *others, first, second = daemon.maildrop_of("bob")
    expect(len(others) == earlier, f"{len(others)} messages, not {earlier}: a part stayed")
    check_trace(first, LARGE)
    check_trace(second, SMALL)


class Half:
    """A message of which one half has been sent: what its keeper has is in queue/incoming."""

    def __init__(self, daemon):
        before = set(daemon.queued("incoming"))
        self.client = smtplib.SMTP("127.0.0.1", SMTP, timeout=30)
        self.client.ehlo()
        self.client.mail("eve@far.example")
        self.client.rcpt(f"ann@{HOST}")
        self.client.putcmd("data")
        expect(self.client.getreply()[0] == 354, "DATA")
        self.id, = set(daemon.queued("incoming")) - before
        self.client.send(b"Subject: half\r\n\r\n")

    def keeper(self, daemon):
        """The process that has the file open."""
        for pid in children_of(daemon.child("postern-smtp")):
            if any(os.readlink(f"/proc/{pid}/fd/{fd}").endswith(self.id) for fd in os.listdir(f"/proc/{pid}/fd")):
                return pid
        raise AssertionError(f"nobody has {self.id} open")

    def finish(self, daemon):
        self.client.send(b"and half\r\n.\r\n")
        expect(self.client.getreply()[0] == 250, "the living one is taken")
        daemon.wait_for("it is delivered", lambda: daemon.mailbox_of("ann"))
        check_trace(daemon.mailbox_of("ann")[0], b"Subject: half\n\nand half\n")


def check_keepers(daemon, meanwhile):
    dead, living = Half(daemon), Half(daemon)
    os.kill(dead.keeper(daemon), signal.SIGKILL)
    meanwhile()
    daemon.wait_for("what the dead one has left goes", lambda: dead.id not in daemon.queued("incoming"))
    expect(daemon.queued("incoming") == [living.id], "and what the living one has stays")
    living.finish(daemon)


def restart(daemon):
    daemon.process.kill()
    daemon.process.wait()
    daemon.wait_for("a free port", daemon.is_down)
    daemon.start()


def main():
    enter_namespace()
    with Delivery(*sys.argv[1:]) as daemon:
        path = daemon.spool + "/bob"
        daemon.send(SMALL, "bob")
        daemon.wait_for("it leaves the queue", lambda: not daemon.queued())
        check_keepers(daemon, lambda: check_order(daemon, path, lambda: None))
        check_order(daemon, path, lambda: restart(daemon))
    print("interrupted: a part of a message is taken away before another is put behind it; what a dead keeper leaves, too")


if __name__ == "__main__":
    main()
