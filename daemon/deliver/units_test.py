#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""units_test.py BUILD SETUP: three units, and posternd never root. This test is the service manager: it binds the ports
and passes them, listens on the maildrop helper's socket (0660, root:mail) and starts a helper for each connection to it
(Accept=yes), and starts the deliver supervisor, alone in group mail (PV-4, PV-5). What SMTP took lies in the maildrop of a
Unix user; who is not the MTA user is refused by the helper, and told of; a dead helper is a temporary failure.
Exit 77 without root."""
import os
import socket
import subprocess
import sys
import threading

from live_delivery import HOST, MAIL, MTA, POP3, SMTP, USERS, Delivery, check_trace, enter_namespace, expect, facts_of

TEXT = b"Subject: hello\n\nwithout root\n"
SOCKET = "/mnt/run/maildrop"
UID = int(MTA)
WITH_THE_UNITS_CAPABILITIES = ("/usr/bin/setpriv", "--no-new-privs", "--bounding-set=-all,+chown,+setuid,+setgid,+setpcap")


def own_devices():
    """A /dev of this namespace's own, for the system's log is a socket there."""
    os.mkdir("/mnt/dev", 0o755)
    for name in ("null", "zero", "full", "random", "urandom", "tty"):
        os.mknod("/mnt/dev/" + name, 0o020666, os.stat("/dev/" + name).st_rdev)
        os.chmod("/mnt/dev/" + name, 0o666)
    os.symlink("/proc/self/fd", "/mnt/dev/fd")
    subprocess.run(["mount", "--bind", "/mnt/dev", "/dev"], check=True)


def listening(path, kind, group, mode):
    made = socket.socket(socket.AF_UNIX, kind)
    made.bind(path)
    os.chown(path, 0, group)
    os.chmod(path, mode)
    return made


def become(uid, *groups):
    """An ordinary user, between fork and exec."""
    os.setgroups([uid, *groups])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)


class Units(Delivery):
    """A Delivery whose parts are started as the units in setup/systemd start them."""

    def __init__(self, build, setup):
        own_devices()
        os.mkdir(os.path.dirname(SOCKET), 0o755)
        self.helpers, self.started = [], []
        self.maildrops = listening(SOCKET, socket.SOCK_SEQPACKET, MAIL, 0o660)
        self.maildrops.listen()
        self.system_log = listening("/dev/log", socket.SOCK_DGRAM, 0, 0o666)
        self.ports = {"smtp": socket.create_server(("127.0.0.1", SMTP)),
                      "pop3": socket.create_server(("127.0.0.1", POP3))}
        self.deliver = None
        for work in (self.keep_log, self.start_helpers):
            threading.Thread(target=work, daemon=True).start()
        super().__init__(build, setup, f"maildrop-socket = {SOCKET}\n")

    def keep_log(self):
        while line := self.system_log.recv(4096):
            os.write(self.log.fileno(), line + b"\n")

    def start_helpers(self):
        while True:
            connection = self.maildrops.accept()[0]
            self.helpers.append(self.passing([connection], "connection", lambda: None, *WITH_THE_UNITS_CAPABILITIES,
                                             *self.program("postern-maildrop-helper")))
            connection.close()

    def passing(self, sockets, names, who, *program):
        """Starts `program` with `sockets` as descriptors 3, 4, ... (sd_listen_fds(3))."""
        command = [*program, "--config", self.config]

        def prepare():
            high = [os.dup2(one.fileno(), 100 + i) for i, one in enumerate(sockets)]
            for i, number in enumerate(high):
                os.dup2(number, 3 + i)
            if sockets:
                os.environ.update(LISTEN_FDS=str(len(sockets)), LISTEN_PID=str(os.getpid()), LISTEN_FDNAMES=names)
            os.setsid()
            who()
            os.execve(command[0], command, os.environ)

        started = subprocess.Popen(command, stdout=self.log, stderr=self.log, close_fds=False, preexec_fn=prepare)
        self.started.append(started)
        return started

    def program(self, name):
        """A program of root's, on a kernel without a layer if that is what is tested."""
        return *self.command[:-3], f"{self.root}/sbin/{name}"

    def launch(self, *groups):
        return self.passing(self.ports.values(), ":".join(self.ports), lambda: become(UID, *groups),
                            *self.program("posternd"))

    def start(self):
        super().start()
        self.start_deliver()

    def launch_deliver(self, *groups):
        return self.passing([], "", lambda: become(UID, *groups), *self.program("posternd"), "--deliver")

    def start_deliver(self):
        seen = self.log_text().count("role=deliver event=ready")
        self.deliver = self.launch_deliver(MAIL)
        self.wait_for("a deliver supervisor", lambda: self.log_text().count("role=deliver event=ready") > seen)

    def helper(self):
        """The one that serves the deliver supervisor."""
        alive = []

        def is_alone():
            alive[:] = [one for one in self.helpers if one.poll() is None]
            return len(alive) == 1

        self.wait_for("one helper", is_alone)
        return alive[0]

    def end(self):
        try:
            self.deliver.terminate()
            expect(self.deliver.wait(20) == 0, "the deliver supervisor ends when it is told to")
            for one in self.helpers:
                one.wait(20)  # each ends with its asker
            return super().end()
        finally:
            for one in self.started:
                one.kill()  # what ended is left alone


def check_processes(daemon, build):
    """PV-2, PV-4, PV-5: nobody but the helper is root's, nobody but the deliver supervisor in group mail."""
    for pid in daemon.processes():
        expect(str(MAIL) not in facts_of(pid)["Groups"].split(), f"process {pid} is in group mail")
    expect(str(MAIL) in facts_of(daemon.deliver.pid)["Groups"].split(), "the deliver supervisor is")
    helper = facts_of(daemon.helper().pid)
    expect(helper["Uid"].split() == ["0"] * 4 and helper["Gid"].split() == [str(MAIL)] * 4, helper)
    expect(not helper["Groups"].split() and helper["CapEff"] == "0000000000000001", helper)
    for process, how, findings in ((daemon.process, ["--as-user"], 0), (daemon.deliver, ["--as-user"], 0),
                                   (daemon.deliver, ["--as-user", "--role", "postern-deliver=logger"], 1),
                                   (daemon.helper(), ["--root-reads", daemon.config], 0)):
        command = [build + "/conformance/runner/postern-conform", "audit", "--user", MTA, "--group", MTA, "--mail-group",
                   str(MAIL), "--pid", str(process.pid), *how]
        found = subprocess.run(command, capture_output=True, text=True, check=False)
        expect(found.returncode == findings, found.stdout + found.stderr)


def check_mail(daemon):
    """MD-0, MD-1, MD-6: to both kinds of place, the maildrop made by the helper."""
    daemon.send(TEXT, "bob", "ann")
    daemon.wait_for("it leaves the queue", lambda: not daemon.queued())
    info = os.stat(daemon.spool + "/bob")
    expect((info.st_uid, info.st_gid, info.st_mode & 0o7777) == (USERS["bob"], MAIL, 0o660), info)
    check_trace(daemon.maildrop_of("bob")[0], TEXT)
    check_trace(daemon.mailbox_of("ann")[0], TEXT)


def asked_by(uid, group):
    """What who has these ids reads from the helper's socket, after a question for carl's maildrop; or his error."""
    ends = os.pipe()
    pid = os.fork()
    if not pid:
        become(uid, group)
        asker = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            asker.connect(SOCKET)
            asker.send(b"\1" + bytes(7) + b"\4" + bytes(7) + b"carl" + bytes(28))
            os.write(ends[1], asker.recv(100) or b"nothing")
        except OSError as error:
            os.write(ends[1], type(error).__name__.encode())
        os._exit(0)
    os.waitpid(pid, 0)
    said = os.read(ends[0], 100)
    for end in ends:
        os.close(end)
    return said


def check_strangers(daemon):
    """MD-4: by the socket's mode, or else by who it is that asks: nobody but the MTA user, and it is told."""
    expect(asked_by(USERS["dave"], USERS["dave"]) == b"PermissionError", "who is not in group mail does not even connect")
    for uid in (USERS["dave"], 0):
        before = len(daemon.helpers)
        expect(asked_by(uid, MAIL) in (b"nothing", b"ConnectionResetError"), "who is, and not the MTA user, hears nothing")
        daemon.wait_for("it is told", lambda: f"role=maildrop-helper event=refused reason=asker uid={uid}" in
                        daemon.log_text())
        daemon.wait_for("a helper of its own", lambda: len(daemon.helpers) > before)
        expect(daemon.helpers[-1].wait(20) == 77, f"exit 77, not {daemon.helpers[-1].returncode}")
    expect(os.listdir(daemon.spool) == ["bob"], "no maildrop is made")
    expect(len(asked_by(UID, MAIL)) == 16, "the MTA user is answered")
    expect(os.stat(daemon.spool + "/carl").st_uid == USERS["carl"], "with a maildrop")
    os.unlink(daemon.spool + "/carl")


def check_dead_helper(daemon):
    """Mail waits, the deliver supervisor says why and ends; who starts it again has another helper. Nothing is lost."""
    daemon.helper().kill()
    queue_id = daemon.send(TEXT, "carl", "ann")
    expect(daemon.deliver.wait(60) == 75, "exit 75")
    daemon.wait_for("it is told", lambda: ": the maildrop helper has ended; both" in daemon.log_text())
    expect("there is no maildrop helper" in daemon.log_text() and daemon.queued() == [queue_id], daemon.log_text())
    daemon.start_deliver()
    daemon.queue("retry", queue_id)
    daemon.wait_for("it leaves the queue", lambda: not daemon.queued())
    check_trace(daemon.maildrop_of("carl")[0], TEXT)
    expect(len(daemon.mailbox_of("ann")) == 2, "once each")


def check_no_helper(daemon):
    """Nobody listens, or not root: told at the start; mailboxes get their mail, maildrops' waits."""
    for owner in (None, USERS["dave"]):
        daemon.deliver.terminate()
        expect(daemon.deliver.wait(20) == 0, "it ends")
        os.rename(SOCKET, SOCKET + ".away")
        if owner:
            other = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            other.bind(SOCKET)
            os.chmod(SOCKET, 0o666)
            os.seteuid(owner)
            other.listen()
            os.seteuid(0)
        said = len(daemon.log_text())
        daemon.start_deliver()
        daemon.wait_for("it is told", lambda: "role=deliver event=no-maildrops" in daemon.log_text()[said:])
        had = len(daemon.mailbox_of("ann"))
        queue_id = daemon.send(TEXT, "dave", "ann")
        daemon.wait_for("the mailbox has it", lambda: len(daemon.mailbox_of("ann")) == had + 1)
        daemon.wait_for("the maildrop waits", lambda: daemon.has_waited(queue_id))
        expect(not os.path.exists(daemon.spool + "/dave"), "there is none")
        if owner:
            expect("not root's" in daemon.log_text()[said:], daemon.log_text()[said:])
            os.unlink(SOCKET)
        os.rename(SOCKET + ".away", SOCKET)
        daemon.deliver.terminate()
        expect(daemon.deliver.wait(20) == 0, "it ends")
        daemon.start_deliver()
        daemon.queue("retry", queue_id)
        daemon.wait_for("it leaves the queue", lambda: not daemon.queued())
        os.unlink(daemon.spool + "/dave")


def check_wrong_starts(daemon):
    """Each says what is wrong where."""
    nobody = lambda: None  # noqa: E731
    posternd = daemon.program("posternd")
    helper = daemon.program("postern-maildrop-helper")
    a_socket, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    wrong = (
        ("every module would be (PV-4)", 78, lambda: daemon.launch(MAIL)),
        ("the deliver supervisor is not in group mail", 78, daemon.launch_deliver),
        ("maildrop-socket is for a start without root", 78, lambda: daemon.passing([], "", nobody, *posternd)),
        ("maildrop-socket is for a start without root", 78, lambda: daemon.passing([], "", nobody, *posternd, "--deliver")),
        ("--deliver is for a unit of its own", 64, lambda: daemon.passing(
            daemon.ports.values(), ":".join(daemon.ports), lambda: become(UID, MAIL), *posternd, "--deliver")),
        ("no connection was passed", 64, lambda: daemon.passing([], "", nobody, *helper)),
        ("not started as root", 64, lambda: daemon.passing([a_socket], "", lambda: become(UID, MAIL), *helper)),
        ("is no connection of packets", 64, lambda: daemon.passing([a_socket], "", nobody, *helper)),
    )
    for words, status, start in wrong:
        said = len(daemon.log_text())
        expect(start().wait(20) == status, f"{words}: exit {status}: {daemon.log_text()[said:]}")
        expect(words in daemon.log_text()[said:], daemon.log_text()[said:])
    other.close()


def check_findings(daemon):
    """--check, as the user of the units, and --processes: who is in group mail."""
    def said(option):
        command = [*daemon.command, option]
        return subprocess.run(command, capture_output=True, text=True, check=False, preexec_fn=lambda: become(UID)).stdout

    expect(said("--check").endswith(": good\n"), said("--check"))
    table = said("--processes")
    caller = f"ids: the caller's (uid {UID}, gid {UID}, groups as they are"
    for words in (f"deliver-supervisor\n  {caller}, with group {MAIL})", f"dispatcher\n  {caller}, without group {MAIL})",
                  "maildrop-helper\n  ids: uid 0, gid"):
        expect(words in table, f"{words} in {table}")


def main():
    enter_namespace()
    build, setup = sys.argv[1:]
    with Units(build, setup) as daemon:
        check_mail(daemon)
        check_processes(daemon, build)
        check_strangers(daemon)
        check_dead_helper(daemon)
        check_no_helper(daemon)
        check_wrong_starts(daemon)
        check_findings(daemon)
    print(f"units: mail to {HOST} in mailbox and maildrop; posternd never root and not in group mail; strangers refused")


if __name__ == "__main__":
    main()
