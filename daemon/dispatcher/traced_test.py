#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""posternd traced from its first call on, through logins and deliveries. PV-1, PV-1a: nothing listens, accepts or reads from
the network before the last call that changes credentials. PV-3: the dispatcher never accepts and never reads from the
network. PV-6: no process that reads network octets opens a file. Each check is tried on the same trace with one wrong
call put in. Root, strace; own network and mount namespace.
usage: traced_test.py BUILD POSTERN-SETUP"""
import collections
import glob
import os
import poplib
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../deliver"))
from live_delivery import POP3, Delivery, check_trace, enter_namespace, expect

CREDENTIALS = ("setuid", "setgid", "setreuid", "setregid", "setresuid", "setresgid", "setgroups", "setfsuid", "setfsgid",
               "capset")
CREDENTIAL_OPTIONS = ("PR_CAPBSET_DROP", "PR_SET_SECUREBITS", "PR_CAP_AMBIENT_RAISE", "PR_CAP_AMBIENT_CLEAR_ALL")
READS = ("read", "readv", "recvfrom", "recvmsg", "recvmmsg")
OPENS = ("open", "openat", "openat2", "creat")
FORKS = ("clone", "clone3", "fork", "vfork")
TRACED = (*CREDENTIALS, *READS, *OPENS, *FORKS, "prctl", "listen", "accept", "accept4", "execve", "execveat")


class Call:
    """One line of strace: when, the call's name, its arguments, and what it answered."""

    def __init__(self, pid, line):
        match = re.fullmatch(r"([0-9.]+) (\w+)\((.*)", line)
        self.pid, self.when = pid, float(match.group(1)) if match else 0.0
        self.name, self.rest = (match.group(2), match.group(3)) if match else ("", line)
        answer = re.match(r"-?\d+", self.rest.rpartition(" = ")[2])
        self.answer = int(answer.group()) if answer else None

    def is_on_network(self):
        return re.match(r"\d+<(TCP|UDP)", self.rest) is not None

    def changes_credentials(self):
        return self.name in CREDENTIALS or (self.name == "prctl" and self.rest.startswith(CREDENTIAL_OPTIONS))

    def reads_network(self):
        return self.name in READS and self.is_on_network()

    def __str__(self):
        return f"{self.name}({self.rest}"


class Trace:
    """All calls, by process; and which program each process is: a fork is its parent's."""

    def __init__(self, calls):
        self.calls = calls
        self.parents = {}
        for call in self.all():
            if call.name in FORKS and call.answer:
                self.parents[call.answer] = call.pid

    @staticmethod
    def read(prefix):
        calls = {}
        for path in glob.glob(prefix + ".*"):
            pid = int(path.rsplit(".", 1)[1])
            with open(path, encoding="ascii", errors="replace") as lines:
                calls[pid] = [Call(pid, line) for line in lines.read().splitlines()]
        return Trace(calls)

    def all(self):
        return [call for calls in self.calls.values() for call in calls]

    def program(self, pid):
        for call in reversed(self.calls.get(pid, [])):
            if call.name in ("execve", "execveat") and call.answer == 0:
                return os.path.basename(re.search(r'\["([^"]*)"', call.rest).group(1))
        return self.program(self.parents[pid]) if pid in self.parents else "?"

    def with_call(self, pid, line, at=None):
        """The same trace with one more call, last or at `at`."""
        calls = dict(self.calls)
        last = max((call.when for call in calls[pid]), default=0)
        more = Call(pid, f"{at or last + 1:.6f} {line}")
        calls[pid] = sorted([*calls[pid], more], key=lambda call: call.when)
        return Trace(calls)


def start_faults(trace, dispatcher):
    """PV-1, PV-1a. Whatever the helper's child or a module does later is its own drop; root's last is the dispatcher's."""
    drop = max(call.when for call in trace.calls[dispatcher] if call.changes_credentials())
    faults = []
    for call in trace.all():
        early = call.name in ("listen", "accept", "accept4") or call.reads_network()
        if early and call.when <= drop:
            faults.append(f"before the drop: {call}")
    for pid in trace.calls:
        own = [call.when for call in trace.calls[pid] if call.changes_credentials()]
        network = [call.when for call in trace.calls[pid] if call.reads_network()]
        if own and network and min(network) < max(own):
            faults.append(f"process {pid} reads from the network before its last credential call")
    return faults


def exec_faults(trace, dispatcher):
    """PV-2, PV-5: whatever is executed, by whom ever, the dispatcher has forbidden new privileges before."""
    forbidden = [call.when for call in trace.calls[dispatcher]
                 if call.name == "prctl" and call.rest.startswith("PR_SET_NO_NEW_PRIVS, 1") and call.answer == 0]
    executed = sorted((call for call in trace.all() if call.name in ("execve", "execveat") and call.answer == 0),
                      key=lambda call: call.when)[1:]
    return [f"executed before no_new_privs: {call}" for call in executed if call.when < min(forbidden, default=call.when + 1)]


def dispatcher_faults(trace, dispatcher):
    """PV-3"""
    return [f"the dispatcher: {call}" for call in trace.calls[dispatcher]
            if call.name in ("accept", "accept4") or call.reads_network()]


def file_faults(trace):
    """PV-6. A listener's fork that becomes a session has its own lines from the fork on. The resolver is the exception."""
    faults = []
    for pid, calls in trace.calls.items():
        if trace.program(pid) == "postern-resolver" or not any(call.reads_network() for call in calls):
            continue
        faults += [f"{trace.program(pid)} reads from the network, and: {call}" for call in calls if call.name in OPENS]
    return faults


class TracedDaemon(Delivery):
    def start(self):
        self.tracing = tempfile.mkdtemp(prefix="postern-trace-")
        self.prefix = self.tracing + "/t"
        popen = subprocess.Popen

        def under_strace(command, **more):
            return popen(["strace", "-D", "-f", "-ff", "-yy", "-ttt", "-s", "200", "-o", self.prefix, "-e",
                          "trace=" + ",".join(TRACED), "-e", "signal=none", *command], **more)

        subprocess.Popen = under_strace
        try:
            super().start()
        finally:
            subprocess.Popen = popen


def life(daemon):
    """Logins good and bad, mail to mailbox and maildrop, a message read."""
    text = b"Subject: one\n\nGood morning.\n"
    daemon.send(text, "ann", "bob")
    daemon.wait_for("it leaves the queue", lambda: not daemon.queued())
    check_trace(daemon.maildrop_of("bob")[0], text)
    client = poplib.POP3("127.0.0.1", POP3, timeout=30)
    client.user("ann")
    try:
        client.pass_("wrong")
    except poplib.error_proto:
        pass
    client.close()


def main():
    enter_namespace()
    if not shutil.which("strace"):
        print("SKIPPED, NOT TESTED: no strace")
        sys.exit(77)
    build, setup = sys.argv[1:]
    with TracedDaemon(build, setup) as daemon:
        dispatcher = daemon.process.pid
        life(daemon)
    trace = Trace.read(daemon.prefix)
    shutil.rmtree(daemon.tracing)
    faults = start_faults(trace, dispatcher) + exec_faults(trace, dispatcher) + dispatcher_faults(trace, dispatcher) + file_faults(trace)
    expect(not faults, "\n".join(faults))

    # Nothing of it is vacuous: the calls in question are made, by those who may.
    readers = collections.Counter(trace.program(call.pid) for call in trace.all() if call.reads_network())
    expect({"postern-pop3", "postern-smtp"} <= set(readers) <= {"postern-pop3", "postern-smtp", "postern-resolver"}, readers)
    acceptors = {call.pid for call in trace.all() if call.name == "accept4" and (call.answer or 0) > 0}
    expect(len(acceptors) == 2 and dispatcher not in acceptors, f"two listeners accept: {acceptors}")
    listens = [call for call in trace.all() if call.name == "listen"]
    expect(len(listens) == 2 and {call.pid for call in listens} == {dispatcher}, "the dispatcher listens, twice")
    openers = collections.Counter(trace.program(call.pid) for call in trace.all() if call.name in OPENS)
    expect({"posternd", "postern-pop3", "postern-deliver", "postern-maildrop-helper"} <= set(openers), openers)

    # Each check fails where one call is wrong.
    session = next(call.pid for call in trace.all() if call.reads_network() and call.pid not in acceptors)
    first = trace.calls[dispatcher][0].when
    tcp = "3<TCP:[127.0.0.1:25]>"
    for line in (f"listen({tcp}, 128) = 0", f"accept4({tcp}, NULL) = 9", f"recvfrom({tcp}, \"\"..., 5) = 5"):
        expect(start_faults(trace.with_call(dispatcher, line, first), dispatcher), f"found: {line}")
    late = trace.with_call(dispatcher, "setresuid(0, 0, 0) = -1")
    expect(start_faults(late, dispatcher), "a credential call after listening")
    early = 'execve("/bin/true", ["true"], 0x0) = 0'
    expect(exec_faults(trace.with_call(dispatcher, early, first + 1e-6), dispatcher), f"found: {early}")
    for line in (f"accept4({tcp}, NULL) = 9", "read(9<TCP:[127.0.0.1:25->127.0.0.1:4000]>, \"\"..., 5) = 5"):
        expect(dispatcher_faults(trace.with_call(dispatcher, line), dispatcher), f"found: {line}")
    expect(file_faults(trace.with_call(session, "openat(AT_FDCWD, \"\"..., O_RDONLY) = -1")), "a session that opens a file")
    print(f"{len(trace.calls)} processes, {len(trace.all())} calls; network read by {dict(readers)}, files opened by {dict(openers)}")


if __name__ == "__main__":
    main()
