#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""several_test.py BUILD SETUP: several messages wait for one maildrop or mailbox. One process delivers them, one after
the other; killed between two, or with more waiting, or before a lock of somebody else's, all arrive, octet for octet,
once (MD-6). Exit 77 without root: skipped, not passed."""
import os
import signal
import sys

from live_delivery import MAIL, MTA, USERS, Delivery, check_trace, children_of, enter_namespace, expect


LARGE = b"Subject: large\n\n" + (b"0123456789abcdef" * 50 + b"\n") * 30_000


def texts(what, count=4):
    return [b"Subject: %s %d\n\nFrom the %d\n" % (what.encode(), number, number) for number in range(count)]


class Held:
    """A mail reader's lock: what is sent meanwhile waits, the first in a process, the others behind it."""

    def __init__(self, daemon):
        self.path = daemon.spool + "/bob.lock"

    def __enter__(self):
        with open(self.path, "wb"):
            os.chown(self.path, USERS["bob"], MAIL)

    def __exit__(self, *_):
        os.unlink(self.path)


def deliverers(daemon):
    return children_of(daemon.child("postern-deliver"))


def queue_behind_lock(daemon, messages):
    """Sends them; returns their queue ids and the process that waits for the lock with the first."""
    daemon.wait_for("no delivery", lambda: not deliverers(daemon))
    ids = [daemon.send(messages[0], "bob")]
    child, = daemon.wait_for("a delivery", lambda: deliverers(daemon))
    daemon.wait_for("it waits for the lock", lambda: wait_channel(child))
    return ids + [daemon.send(message, "bob") for message in messages[1:]], child


def wait_channel(child):
    """It is in its cage and sleeps between two looks at the lock."""
    with open(f"/proc/{child}/syscall", encoding="ascii") as call:
        return call.read().split()[0] in ("230", "115")  # clock_nanosleep, here and on aarch64


def check_arrived(daemon, messages, in_order=True):
    there = daemon.maildrop_of("bob")[-len(messages):]
    if not in_order:
        there.sort(key=lambda message: message[message.index(b"Subject"):])
    expect(len(there) == len(messages), f"{len(there)} messages")
    for message, text in zip(there, messages):
        check_trace(message, text)


def check_one_process(daemon):
    """In the order in which they came, all by the process that was started for the first."""
    messages = texts("one process")
    with Held(daemon):
        _, child = queue_behind_lock(daemon, messages)
    seen = set()
    while daemon.queued():
        seen.update(deliverers(daemon))
    expect(seen <= {child}, f"{child} delivers, and {seen}")
    check_arrived(daemon, messages)
    daemon.wait_for("it ends when nothing more comes", lambda: not deliverers(daemon))


def check_killed_with_others_waiting(daemon):
    messages = texts("killed")
    with Held(daemon):
        ids, child = queue_behind_lock(daemon, messages)
        os.kill(child, signal.SIGKILL)
        daemon.wait_for("its end is noted", lambda: f"event=delivery queue={ids[0]}" in daemon.log_text())
    daemon.wait_for("the others arrive", lambda: daemon.queued() == ids[:1])
    daemon.queue("retry", ids[0])
    daemon.wait_for("and it, too", lambda: not daemon.queued())
    check_arrived(daemon, messages, in_order=False)


def check_killed_between_two(daemon):
    """While it waits for more; what comes then is a new one's, and at once."""
    for text in texts("between"):
        deferred = daemon.log_text().count("outcome=deferred")
        daemon.send(text, "bob")
        daemon.wait_for("it leaves the queue", lambda: not daemon.queued())
        for child in deliverers(daemon):
            os.kill(child, signal.SIGKILL)
        daemon.wait_for("it is gone", lambda: not deliverers(daemon))
        expect(daemon.log_text().count("outcome=deferred") == deferred, "nothing was deferred")
    check_arrived(daemon, texts("between"))


def check_foreign_lock(daemon):
    """The first gives up after its patience, and the others are not harmed."""
    messages = texts("locked", 3)
    with Held(daemon):
        ids, _ = queue_behind_lock(daemon, messages)
        daemon.wait_for("4.2.0", lambda: any("status=4.2.0" in line and ids[0] in line
                                             for line in daemon.log_text().splitlines()))
    daemon.wait_for("the others arrive", lambda: daemon.queued() == ids[:1])
    daemon.queue("retry", ids[0])
    daemon.wait_for("and it, too", lambda: not daemon.queued())
    check_arrived(daemon, messages, in_order=False)


def check_mailbox(daemon):
    """A message for another between two of them goes to the other."""
    daemon.add("amy", "mailbox")
    messages = texts("mailbox", 20)
    for number, text in enumerate(messages):
        daemon.send(text, "ann" if number % 3 else "amy")
    daemon.wait_for("they leave the queue", lambda: not daemon.queued())
    for name, wanted in (("amy", messages[::3]), ("ann", [one for n, one in enumerate(messages) if n % 3])):
        there = sorted(message[message.index(b"Subject"):] for message in daemon.mailbox_of(name))
        expect(there == sorted(wanted), f"{name}: {there}")


def bring_back(daemon, queue_id, kept):
    """The machine stops before the removal lasts: the message is in the queue again, as it was recorded last (G6, G7)."""
    daemon.wait_for("it leaves the queue", lambda: not daemon.queued())
    last = daemon.child("postern-deliver")
    daemon.process.kill()
    daemon.process.wait()
    daemon.wait_for("the supervisor's end", lambda: not os.path.exists(f"/proc/{last}"))
    daemon.wait_for("a free port", daemon.is_down)
    path = f"{daemon.root}/postoffice/queue/active/{queue_id}"
    with open(path, "wb") as file:
        file.write(kept)
    os.chmod(path, 0o600)
    os.chown(path, int(MTA), int(MTA))
    daemon.start()
    daemon.wait_for("it leaves the queue again", lambda: not daemon.queued())


def queue_file(daemon, queue_id):
    with open(f"{daemon.root}/postoffice/queue/active/{queue_id}", "rb") as file:
        return file.read()


def check_brought_back(daemon):
    """A mailbox is looked through, a maildrop by the record of the append; in both it is found."""
    supervisor = daemon.child("postern-deliver")
    os.kill(supervisor, signal.SIGSTOP)
    queue_id = daemon.send(b"Subject: once\n\n", "ann")
    kept = queue_file(daemon, queue_id)
    os.kill(supervisor, signal.SIGCONT)
    daemon.wait_for("it leaves the queue", lambda: not daemon.queued())
    box = f"{daemon.root}/mailbox/ann"
    for name in os.listdir(box + "/new"):  # somebody reads it meanwhile
        os.rename(f"{box}/new/{name}", f"{box}/cur/{name}:2,S")
    bring_back(daemon, queue_id, kept)
    there = [name for part in ("new", "cur") for name in os.listdir(f"{box}/{part}") if queue_id in name]
    expect(len(there) == 1, f"once in the mailbox: {there}")
    queue_id, child = daemon.stop_while_it_appends(LARGE, "bob")
    kept = queue_file(daemon, queue_id)
    earlier = len(daemon.maildrop_of("bob")) - 1
    os.kill(child, signal.SIGCONT)
    bring_back(daemon, queue_id, kept)
    expect(len(daemon.maildrop_of("bob")) == earlier + 1, "once in the maildrop")
    check_trace(daemon.maildrop_of("bob")[-1], LARGE)


def main():
    enter_namespace()
    with Delivery(*sys.argv[1:]) as daemon:
        daemon.send(b"first\n", "bob")
        daemon.wait_for("there is a maildrop", lambda: not daemon.queued())
        check_one_process(daemon)
        check_killed_with_others_waiting(daemon)
        check_killed_between_two(daemon)
        check_foreign_lock(daemon)
        check_mailbox(daemon)
        check_brought_back(daemon)
    print("several: delivered by one process, killed between two, locked out, brought back: all there once")


if __name__ == "__main__":
    main()
