#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""bounce_test.py BUILD SETUP: what is not delivered for good is told to a sender of ours, once, and is kept otherwise;
a bounce has no bounce (RFC 5321, section 6.1). Exit 77 without root: skipped, not passed."""
import os
import sys
import time

from live_delivery import HOST, Delivery, check_trace, enter_namespace, expect

TEXT = b"Subject: for nobody\n\nprivate text\n"


def check_unknown_later(daemon):
    """The account goes while its mail waits: ann, who sent it, is told; the other recipient has it."""
    os.mkdir(daemon.spool + "/carl")
    queue_id = daemon.send(TEXT, "carl", "ann", sender="ann@" + HOST)
    daemon.wait_for("carl's is deferred", lambda: "outcome=deferred" in daemon.log_text())
    daemon.wait_for("ann has the message herself", lambda: len(daemon.mailbox_of("ann")) == 1)
    daemon.account("remove", "carl")
    daemon.queue("retry", queue_id)
    daemon.wait_for("the bounce", lambda: len(daemon.mailbox_of("ann")) == 2 and not daemon.queued())
    own, bounce = daemon.mailbox_of("ann")
    check_trace(own, TEXT, sender="ann@" + HOST)
    expect(bounce.startswith(b"Return-Path: <>\n"), bounce)
    for words in (f"To: <ann@{HOST}>", "carl: 5.1.1", queue_id, "Auto-Submitted: auto-replied"):
        expect(words.encode() in bounce, f"{words} in {bounce!r}")
    expect(b"private text" not in bounce and not daemon.queued("dead"), "nothing else")


def check_lifetime(daemon):
    """Deferred for longer than queue-lifetime: told to ann; from outside, or from nobody: kept."""
    os.mkdir(daemon.spool + "/dave")
    ids = [daemon.send(TEXT, "dave", sender=sender) for sender in ("ann@" + HOST, "eve@far.example", "")]
    daemon.wait_for("all are deferred", lambda: daemon.log_text().count("account=dave") >= 3)
    expect(daemon.queued() == sorted(ids), daemon.queued())
    time.sleep(4)  # the lifetime is 3 s; a retry before would only defer it again
    for queue_id in ids:
        daemon.queue("retry", queue_id)
    daemon.wait_for("they leave the queue", lambda: not daemon.queued())
    messages = daemon.mailbox_of("ann")
    expect(len(messages) == 3 and b"dave: 4.3.5" in messages[2] and ids[0].encode() in messages[2], messages)
    expect(daemon.queued("dead") == sorted(ids[1:]), daemon.queued("dead"))
    for queue_id in ids[1:]:
        with open(f"{daemon.root}/postoffice/queue/dead/{queue_id}", "rb") as file:
            expect(TEXT in file.read(), "a dead letter is whole")


def check_bounce_of_a_bounce(daemon):
    """bob's message fails, and so does the bounce to him: it has no sender, and is kept."""
    os.mkdir(daemon.spool + "/bob")
    known = daemon.queued("dead")
    queue_id = daemon.send(TEXT, "dave", sender="bob@" + HOST)
    daemon.wait_for("dave's is deferred", lambda: daemon.log_text().count(queue_id) >= 2)
    time.sleep(4)
    daemon.queue("retry", queue_id)
    # For an instant both are in the queue: the bounce is there before its cause goes.
    daemon.wait_for("the bounce alone waits", lambda: len(daemon.queued()) == 1 and queue_id not in daemon.queued())
    bounce, = daemon.queued()
    daemon.wait_for("it is deferred", lambda: f"queue={bounce} account=bob" in daemon.log_text())
    time.sleep(4)
    daemon.queue("retry", bounce)
    daemon.wait_for("it is kept", lambda: not daemon.queued())
    expect(daemon.queued("dead") == sorted([*known, bounce]), daemon.queued("dead"))
    expect(len(daemon.mailbox_of("ann")) == 3, "nobody else is told")


def main():
    enter_namespace()
    with Delivery(*sys.argv[1:], settings="queue-lifetime = 3s\n") as daemon:
        check_unknown_later(daemon)
        check_lifetime(daemon)
        check_bounce_of_a_bounce(daemon)
    print("bounces: told once to senders of ours, kept otherwise")


if __name__ == "__main__":
    main()
