#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""live_test.py BUILD SETUP: a whole posternd; what SMTP acknowledged comes out of mailbox and maildrop, and mail that
cannot be delivered now waits. Exit 77 without root: skipped, not passed."""
import os
import signal
import subprocess
import sys

from live_delivery import HOST, MAIL, MTA, SMTP, USERS, Delivery, check_trace, enter_namespace, expect, facts_of

TEXT = b"Subject: hello\n\nFrom the start\n>From the middle\n.\n..dots\n\xc3\xa4 \x01\x7f\nthe end\n"


def check_process(daemon):
    """PV-4: the deliver supervisor is in group mail, and holds nothing else."""
    facts = facts_of(daemon.wait_for("a deliver supervisor", lambda: daemon.child("postern-deliver")))
    expect(facts["Uid"].split() == [MTA] * 4 and facts["Gid"].split() == [MTA] * 4, facts["Uid"])
    expect(sorted(facts["Groups"].split()) == sorted([MTA, str(MAIL)]), facts["Groups"])
    expect(facts["NoNewPrivs"] == "1" and facts["Seccomp"] == "2", "no_new_privs, filter")
    expect(all(int(facts[s], 16) == 0 for s in ("CapEff", "CapPrm", "CapInh", "CapBnd", "CapAmb")), "capabilities")


def check_mailbox(daemon):
    """MD-0: to the mailbox, octet for octet; swaks's message too."""
    daemon.send(TEXT, "ann")
    daemon.send(b".\n" * 3 + b"\n\n", "ann", sender="")
    done = subprocess.run(["swaks", "--server", f"127.0.0.1:{SMTP}", "--from", "eve@far.example", "--to",
                           "ann@" + HOST], capture_output=True, text=True, check=False)
    expect(done.returncode == 0, done.stdout)
    daemon.wait_for("three messages leave the queue", lambda: not daemon.queued())
    first, second, third = daemon.mailbox_of("ann")
    check_trace(first, TEXT)
    check_trace(second, b".\n" * 3 + b"\n\n", sender="")
    expect(b"This is a test mailing" in third, third)


def check_maildrop(daemon):
    """MD-1, MD-6: the helper makes it, deliver appends to it, and a mail reader reads it."""
    daemon.send(TEXT, "bob", "ann")
    daemon.wait_for("it leaves the queue", lambda: not daemon.queued())
    daemon.send(b"second\n", "bob")
    daemon.wait_for("it leaves the queue", lambda: not daemon.queued())
    info = os.stat(daemon.spool + "/bob")
    expect((info.st_uid, info.st_gid, info.st_mode & 0o7777) == (USERS["bob"], MAIL, 0o660), info)
    first, second = daemon.maildrop_of("bob")
    check_trace(first, TEXT)
    check_trace(second, b"second\n")
    check_trace(daemon.mailbox_of("ann")[3], TEXT)


def check_waiting(daemon):
    """MD-5: a trap is refused and left alone. A dead helper: mail to maildrops that nobody vouches for waits, loudly;
    to one that it has vouched for it goes on, with deliver's own look at the maildrop. Nothing is lost."""
    path = daemon.spool + "/dave"
    with open(path, "wb"):
        os.chown(path, 64999, MAIL)
        os.chmod(path, 0o660)
    ids = [daemon.send(TEXT, "dave")]
    daemon.wait_for("it is deferred", lambda: daemon.log_text().count("outcome=deferred") >= 1)
    expect("somebody else's" in daemon.log_text(), daemon.log_text())
    os.kill(daemon.child("postern-maildrop-helper"), signal.SIGKILL)
    daemon.wait_for("its end is told", lambda: "event=helper-gone" in daemon.log_text())
    ids += [daemon.send(TEXT, "carl", "ann"), daemon.send(TEXT, "erin")]
    daemon.wait_for("all are deferred", lambda: all(daemon.has_waited(queue_id) for queue_id in ids))
    expect("there is no maildrop helper" in daemon.log_text(), daemon.log_text())
    expect(daemon.queued() == sorted(ids), daemon.queued())
    check_known(daemon)
    expect(sorted(os.listdir(daemon.spool)) == ["bob", "dave"] and os.path.getsize(path) == 0, "left alone")
    daemon.wait_for("the other recipient has it", lambda: len(daemon.mailbox_of("ann")) == 5)
    return ids


def check_known(daemon):
    """The helper is dead: bob's maildrop still takes mail, unless it is not his, or not there (MD-1, MD-5)."""
    path, waiting = daemon.spool + "/bob", daemon.queued()
    daemon.send(b"third\n", "bob")
    daemon.wait_for("it leaves the queue", lambda: daemon.queued() == waiting)
    check_trace(daemon.maildrop_of("bob")[2], b"third\n")
    os.chown(path, 64999, MAIL)
    size = os.path.getsize(path)
    late = daemon.send(b"fourth\n", "bob")
    daemon.wait_for("it is refused", lambda: daemon.has_waited(late))
    expect(os.path.getsize(path) == size, "somebody else's: left alone")
    os.rename(path, "/mnt/bob")
    before = daemon.has_waited(late)
    daemon.queue("retry", late)
    daemon.wait_for("it is refused again", lambda: daemon.has_waited(late) > before)
    expect(not os.path.exists(path), "nobody makes one")
    os.rename("/mnt/bob", path)
    os.chown(path, USERS["bob"], MAIL)
    daemon.queue("retry", late)
    daemon.wait_for("it leaves the queue", lambda: daemon.queued() == waiting)


def check_retry(daemon, waiting):
    """With a helper again and the trap gone they arrive."""
    os.unlink(daemon.spool + "/dave")
    for queue_id in waiting:
        daemon.queue("retry", queue_id)
    daemon.wait_for("they leave the queue", lambda: not daemon.queued())
    for name in ("dave", "erin"):
        message, = daemon.maildrop_of(name)
        check_trace(message, TEXT)


def check_gone_account(daemon, waiting):
    """An account that is gone: no sender of ours, so the message is kept as a dead letter."""
    daemon.account("remove", "carl")
    daemon.queue("retry", waiting)
    daemon.wait_for("the dead letter", lambda: daemon.queued("dead") == [waiting])
    expect(waiting not in daemon.queued(), "it left the queue")
    expect(waiting + " dead" in daemon.queue("list"), daemon.queue("list"))


def check_kills(daemon):
    """The service ends with its deliver supervisor, and that with the service, however it is killed."""
    os.kill(daemon.child("postern-deliver"), signal.SIGKILL)
    expect(daemon.process.wait(30) == 75, "exit 75")
    daemon.start()
    last = daemon.child("postern-deliver")
    daemon.process.kill()
    daemon.process.wait()
    daemon.wait_for("the deliver supervisor's end", lambda: not os.path.exists(f"/proc/{last}"))
    daemon.wait_for("a free port", daemon.is_down)
    daemon.start()
    before = len(daemon.mailbox_of("ann"))
    for _ in range(5):
        daemon.send(TEXT, "ann", sender="ann@" + HOST)
    daemon.wait_for("they leave the queue", lambda: len(daemon.queued()) == 2)
    expect(len(daemon.mailbox_of("ann")) == before + 5, "five more, once each")


def check_added_user(daemon):
    """A user of today, by useradd(8) itself: the helper's look-ups were begun before he was there (MD-1)."""
    subprocess.run(["useradd", "--no-log-init", "--no-create-home", "--uid", "64777", "newbie"], check=True)
    daemon.add("newbie", "maildrop:newbie")
    waiting = daemon.queued()
    daemon.send(TEXT, "newbie")
    daemon.wait_for("it leaves the queue", lambda: daemon.queued() == waiting)
    check_trace(daemon.maildrop_of("newbie")[0], TEXT)
    expect(os.stat(daemon.spool + "/newbie").st_uid == 64777, "it is his")
    os.unlink(daemon.spool + "/newbie")


def check_last_word(daemon):
    """A deliver supervisor that cannot work: the log has why, and the service ends."""
    stuck = daemon.root + "/postoffice/queue/incoming/0123456789abcdef-01234567"
    os.mkdir(stuck)
    os.chown(stuck, int(MTA), int(MTA))
    daemon.process.terminate()
    daemon.process.wait(20)
    said = len(daemon.log_text())
    last = daemon.launch()
    daemon.wait_for("its end", lambda: last.poll() is not None)
    expect(last.returncode == 75, f"exit 75, not {last.returncode}")
    expect(": cannot remove a message: Is a directory" in daemon.log_text()[said:], daemon.log_text()[said:])
    expect("SIGKILL" not in daemon.log_text()[said:], "everybody hears that it is over: " + daemon.log_text()[said:])
    os.rmdir(stuck)
    daemon.start()


def check_trees(daemon):
    """DT-4: what all of this has made is as it must be."""
    command = [daemon.root + "/bin/postern", "audit-trees", "--config", daemon.config]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    expect(done.returncode == 0, done.stdout + done.stderr)


def main():
    enter_namespace()
    with Delivery(*sys.argv[1:]) as daemon:
        check_process(daemon)
        check_mailbox(daemon)
        check_maildrop(daemon)
        check_added_user(daemon)
        waiting = check_waiting(daemon)
        check_gone_account(daemon, waiting[1])
        check_kills(daemon)
        check_retry(daemon, [waiting[0], waiting[2]])
        check_last_word(daemon)
        check_trees(daemon)
        last = daemon.child("postern-deliver")
    expect(not os.path.exists(f"/proc/{last}"), "the deliver supervisor has ended with it")
    print("live: mailbox and maildrop have what SMTP acknowledged, octet for octet, once; the rest waits")


if __name__ == "__main__":
    main()
