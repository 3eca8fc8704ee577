#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""live_test.py BUILD SETUP: a whole posternd; what SMTP acknowledged comes out of mailbox and maildrop.

Needs root (the drop, a network namespace, a spool of root's); exit 77 without: skipped, not passed."""
import mailbox
import os
import poplib
import re
import shutil
import signal
import smtplib
import subprocess
import sys
import tempfile
import time

BUILD, SETUP = sys.argv[1], sys.argv[2]
MTA, MAIL, BOB = 64100, 64108, 64200
TEXT = b"Subject: hello\n\nFrom the start\n>From the middle\n.\n..dots\nthe end\n"


def skip(why):
    print(f"SKIPPED, NOT TESTED: {why}")
    sys.exit(77)


if os.geteuid() != 0:
    skip("needs root")
if "POSTERN_IN_NAMESPACE" not in os.environ:
    os.environ["POSTERN_IN_NAMESPACE"] = "1"
    os.execvp("unshare", ["unshare", "--net", "--", sys.executable, *sys.argv])
subprocess.run(["ip", "link", "set", "lo", "up"], check=True)

scratch = tempfile.mkdtemp(prefix="postern-live-")
os.chmod(scratch, 0o755)
prefix = scratch + "/p"
config = prefix + "/etc/postern.conf"
spool = scratch + "/spool"


def run(*command, text=None):
    done = subprocess.run(command, input=text, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{command}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def wait_for(what, condition):
    for _ in range(600):
        try:
            value = condition()
            if value:
                return value
        except (OSError, EOFError, smtplib.SMTPException):
            pass
        time.sleep(0.05)
    sys.exit(f"FAILED: {what}\n--- log:\n{open(scratch + '/log').read()}")


def accounts():
    for name, delivery in ("ann", "mailbox"), ("bob", "maildrop:bob"), ("carl", "maildrop:carl"):
        run(prefix + "/bin/postern", "account", "add", name, "--config", config, "--delivery", delivery, "--hash",
            "sha512crypt", "--cost", "cheapest", text="sesame\n")


def set_up():
    run(SETUP, "--prefix", prefix, "--build", BUILD, "--user", str(MTA), "--group", str(MTA), "--pop3-listen",
        "127.0.0.1:110", "--smtp-listen", "127.0.0.1:25", "--hostname", "mail.example.org")
    os.mkdir(spool)
    os.chown(spool, 0, MAIL)
    os.chmod(spool, 0o3775)
    with open(config, "a") as file:
        file.write(f"refusal-quantum = 0\nlookup-deadline = 500ms\nmaildrop-spool = {spool}\nmaildrop-group = {MAIL}\n")
    accounts()
    open(spool + "/bob", "w").close()
    os.chown(spool + "/bob", BOB, MAIL)
    os.chmod(spool + "/bob", 0o660)


def send(*recipients, sender="eve@far.example"):
    with smtplib.SMTP("127.0.0.1", 25, timeout=30) as client:
        client.sendmail(sender, [r + "@mail.example.org" for r in recipients], TEXT.replace(b"\n", b"\r\n"))


def in_mailbox():
    client = poplib.POP3("127.0.0.1", 110, timeout=30)
    client.user("ann")
    client.pass_("sesame")
    messages = [b"\n".join(client.retr(n + 1)[1]) + b"\n" for n in range(client.stat()[0])]
    client.quit()
    return messages


def in_maildrop():
    return [re.sub(rb"(?m)^>(>*From )", rb"\1", m.as_bytes()) for m in mailbox.mbox(spool + "/bob", create=False)]


def queued(part="active"):
    return os.listdir(prefix + "/postoffice/queue/" + part)


def expect(what, condition):
    if not condition:
        sys.exit(f"FAILED: {what}\n--- log:\n{open(scratch + '/log').read()}")


def status_of(pid):
    return dict(line.split(":\t", 1) for line in open(f"/proc/{pid}/status").read().splitlines() if ":\t" in line)


def deliver_pid():
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            mine = status_of(pid)["PPid"] == str(daemon.pid)
            if mine and open(f"/proc/{pid}/cmdline").read().split("\0")[0] == "postern-deliver":
                return int(pid)
        except OSError:
            pass
    return 0


daemon = None
try:
    set_up()
    log = open(scratch + "/log", "w")
    daemon = subprocess.Popen([prefix + "/sbin/posternd", "--config", config], stdout=log, stderr=log)
    wait_for("posternd answers", lambda: smtplib.SMTP("127.0.0.1", 25, timeout=30).quit())

    # PV-4: the deliver supervisor alone is in group mail, and holds nothing else.
    facts = status_of(wait_for("a deliver supervisor", deliver_pid))
    expect("ids of deliver", facts["Uid"].split() == [str(MTA)] * 4)
    expect(f"groups of deliver: {facts['Groups']}", sorted(facts["Groups"].split()) == [str(MTA), str(MAIL)])
    expect("cage of deliver", facts["NoNewPrivs"] == "1" and facts["Seccomp"] == "2" and int(facts["CapBnd"], 16) == 0)

    # MD-0, MD-6: one message to both kinds of account.
    send("ann", "bob")
    wait_for("the message leaves the queue", lambda: not queued())
    for where, messages in (("mailbox", in_mailbox()), ("maildrop", in_maildrop())):
        expect(f"{where}: one message, not {len(messages)}", len(messages) == 1)
        expect(f"{where}: octet for octet: {messages[0]!r}", messages[0].endswith(TEXT))
        expect(f"{where}: a return path", messages[0].startswith(b"Return-Path: <eve@far.example>\n"))

    # No maildrop and nobody to make one: it waits, and says why.
    send("carl")
    wait_for("carl's message is deferred", lambda: "outcome=deferred" in open(scratch + "/log").read())
    expect("carl's message stays in the queue", len(queued()) == 1)

    # An account that is gone: a sender of ours is told, another one's message is kept as a dead letter.
    run(prefix + "/bin/postern", "account", "remove", "carl", "--config", config)
    waiting = queued()[0]
    expect("it is shown", "waiting, 1 attempts" in run(prefix + "/bin/postern", "queue", "show", waiting, "--config", config))
    run(prefix + "/bin/postern", "queue", "retry", waiting, "--config", config)
    wait_for("the dead letter", lambda: queued("dead") == [waiting] and not queued())
    expect("it is listed", waiting + " dead" in run(prefix + "/bin/postern", "queue", "list", "--config", config))

    # Killed where it hurts: the queue remembers.
    os.kill(deliver_pid(), signal.SIGKILL)
    expect("the service ends with exit 75", daemon.wait(30) == 75)
    daemon = subprocess.Popen([prefix + "/sbin/posternd", "--config", config], stdout=log, stderr=log)
    wait_for("posternd answers", lambda: smtplib.SMTP("127.0.0.1", 25, timeout=30).quit())
    # Nor does it outlive a dispatcher that is killed.
    last = deliver_pid()
    daemon.kill()
    daemon.wait()
    wait_for("the deliver supervisor's end", lambda: not os.path.exists(f"/proc/{last}"))
    wait_for("a free port", lambda: (time.sleep(0.5), True)[1])
    daemon = subprocess.Popen([prefix + "/sbin/posternd", "--config", config], stdout=log, stderr=log)
    wait_for("posternd answers", lambda: smtplib.SMTP("127.0.0.1", 25, timeout=30).quit())
    for _ in range(5):
        send("ann", "bob", sender="ann@mail.example.org")
    wait_for("five messages leave the queue", lambda: not queued())
    expect("six messages in each", len(in_mailbox()) == 6 and len(in_maildrop()) == 6)
    last = deliver_pid()
    daemon.send_signal(signal.SIGTERM)
    expect("a clean end", daemon.wait(30) == 0)
    expect("the deliver supervisor has ended with it", not os.path.exists(f"/proc/{last}"))
    expect("no lock is left", os.listdir(spool) == ["bob"])
    print("live: mailbox and maildrop have what SMTP acknowledged")
finally:
    if daemon is not None and daemon.poll() is None:
        daemon.kill()
    shutil.rmtree(scratch, ignore_errors=True)
