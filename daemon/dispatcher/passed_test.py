#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""posternd that never was root, started as a service manager would: by an ordinary user with sockets that listen
already (sd_listen_fds(3)). A client that was there before it is served when it serves (PV-1); mail goes in by SMTP and
comes out by POP3 and IMAP; and, if this test was started by root, every process is audited (PV-2 to PV-6).
usage: passed_test.py BUILD POSTERN-SETUP"""
import encodings.ascii  # these two are loaded late otherwise, when the interpreter may be out of reach
import encodings.idna
import glob
import imaplib
import os
import poplib
import shutil
import smtplib
import socket
import subprocess
import sys
import time

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../setup"))
from live_daemon import LiveDaemon, expect, skip

USER = 64998  # nobody's
HOST = "mail.example.org"
SERVICES = ("smtp", "pop3", "imap")


class Passed(LiveDaemon):
    """A LiveDaemon whose ports this test binds, listens on, and passes."""

    def __init__(self, build, setup):
        self.sockets = {}
        for service in SERVICES:
            self.sockets[service] = socket.create_server(("127.0.0.1", 0))
        self.waiting = socket.create_connection(self.address("pop3"), 20)
        arguments = ["--hostname", HOST]
        for service in SERVICES:
            arguments += [f"--{service}-listen", "{}:{}".format(*self.address(service))]
        super().__init__(build, setup, "", self.address("pop3")[1], arguments, "refusal-quantum = 0\n")

    def address(self, service):
        return self.sockets[service].getsockname()

    def launch(self, names=SERVICES, process=None):
        """As the service manager does: the sockets become descriptors 3, 4, ... of the process that LISTEN_PID names."""
        numbers = [self.sockets[name].fileno() for name in SERVICES]
        environment = {"LISTEN_FDS": str(len(numbers)), "LISTEN_FDNAMES": ":".join(names)}
        command = [self.root + "/sbin/posternd", "--config", self.config]

        def pass_sockets():
            high = [os.dup2(number, 100 + i) for i, number in enumerate(numbers)]
            for i, number in enumerate(high):
                os.dup2(number, 3 + i)
            os.environ.update(environment, LISTEN_PID=str(process or os.getpid()))
            os.execve(command[0], command, os.environ)

        return subprocess.Popen(command, stderr=self.log, close_fds=False, preexec_fn=pass_sockets)

    def refused(self, **how):
        """How a start that is wrong in this way ends: exit 64, and what it said."""
        said = os.lseek(self.log.fileno(), 0, os.SEEK_END)
        expect(self.launch(**how).wait(20) == 64, "exit 64")
        return self.log_text()[said:]


def check_mail(daemon):
    with smtplib.SMTP(*daemon.address("smtp"), timeout=20) as client:
        client.sendmail("eve@far.example", "alice@" + HOST, "Subject: hello\r\n\r\nwithout root\r\n")
    for _ in range(400):
        client = poplib.POP3(*daemon.address("pop3"), timeout=20)
        client.user("alice")
        client.pass_("sesame")
        messages = [b"\n".join(client.retr(n + 1)[1]) for n in range(client.stat()[0])]
        client.quit()
        if messages:
            break
        time.sleep(0.05)
    expect(len(messages) == 1 and messages[0].endswith(b"\nwithout root"), messages)
    client = imaplib.IMAP4(*daemon.address("imap"), timeout=20)
    client.login("alice", "sesame")
    expect(client.select()[1] == [b"1"], "the same over IMAP")
    client.logout()


def check_processes(daemon, build):
    """The audit needs root; it is the only thing here that does."""
    os.seteuid(0)
    command = [build + "/conformance/runner/postern-conform", "audit", "--as-user", "--user", str(USER), "--group",
               str(USER), "--pid", str(daemon.process.pid)]
    client = poplib.POP3(*daemon.address("pop3"), timeout=20)
    client.user("alice")
    client.pass_("sesame")
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    client.quit()
    os.seteuid(USER)
    print(found.stdout)
    expect(found.returncode == 0 and "posternd" in found.stdout, found.stdout + found.stderr)


def check_refusals(daemon):
    expect("LISTEN_PID" in daemon.refused(process=1), "sockets for another process")
    expect("FileDescriptorName=" in daemon.refused(names=("smtp", "pop3", "postern.socket")), "an unknown name")
    expect("no socket was passed for pop3-listen" in daemon.refused(names=("smtp", "imap", "pop3")), "names exchanged")


def check_units(daemon, setup):
    """The example units, with the paths of this set-up."""
    if not shutil.which("systemd-analyze"):
        print("SKIPPED, NOT TESTED: the units (no systemd-analyze)")
        return
    os.mkdir(daemon.root + "/units")
    for path in glob.glob(os.path.dirname(setup) + "/systemd/*.*"):
        with open(path, encoding="ascii") as unit, \
                open(f"{daemon.root}/units/{os.path.basename(path)}", "w", encoding="ascii") as copy:
            copy.write(unit.read().replace("/srv/postern", daemon.root))
    units = sorted(glob.glob(daemon.root + "/units/*"))
    done = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True, check=False)
    expect(len(units) > 6 and done.returncode == 0 and not done.stderr, done.stderr)


def main():
    build, setup = sys.argv[1:]
    was_root = os.geteuid() == 0
    if was_root:  # real and effective id: programs started from here on have no way back, the audit's caller has
        os.setgroups([])
        os.setresgid(USER, USER, USER)
        os.setresuid(USER, USER, 0)
    if not os.access(build + "/daemon/dispatcher/posternd", os.X_OK):
        skip(f"uid {USER} cannot read {build}")
    with Passed(build, setup) as daemon:
        daemon.account("add", "alice", "--hash", "sha512crypt", "--cost", "cheapest", password="sesame")
        expect(daemon.waiting.recv(4) == b"+OK ", "who came before posternd was there is greeted")
        check_mail(daemon)
        if was_root:
            check_processes(daemon, build)
        else:
            print("SKIPPED, NOT TESTED: the audit of the processes needs root")
        check_refusals(daemon)
        check_units(daemon, setup)
    print("passed: mail in and out, never root, on sockets that a service manager holds")


if __name__ == "__main__":
    main()
