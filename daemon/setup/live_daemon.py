# SPDX-License-Identifier: BSD-2-Clause
"""posternd for tests with real clients: set up below a temporary directory on loopback (as root under an unassigned
numeric id), and ended."""
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time


def expect(truth, what):
    if not truth:
        raise AssertionError(what)


def skip(why):
    print("SKIPPED: " + why)
    sys.exit(77)


def free_port():
    """Below those that the kernel gives to clients: one of these could have it while posternd is started again."""
    with open("/proc/sys/net/ipv4/ip_local_port_range", encoding="ascii") as ports:
        end = int(ports.read().split()[0])
    while True:
        port = random.randrange(10240, end) if end > 20480 else 0
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return probe.getsockname()[1]


def facts_of(pid):
    """/proc/PID/status as a dictionary."""
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return dict(line.split(":\t", 1) for line in status.read().splitlines() if ":\t" in line)


class LiveDaemon:
    """posternd with its trees below one directory, `root`. `port` is where it must greet before start() returns. As a
    context, it is ended at the end, and must end cleanly if all else went well. The environment can take something
    away, for a whole suite to show that it holds all the same: POSTERN_MORE_SETTINGS is a line of settings;
    POSTERN_KERNEL_WITHOUT is a layer, seccomp or landlock, that this kernel then seems not to have;
    POSTERN_HELPER=dead kills the maildrop helper after each start."""

    def __init__(self, build, setup, mta, port, arguments, settings=""):
        self.root = tempfile.mkdtemp(prefix="postern-clients-")
        self.mta = mta
        self.port = port
        os.chmod(self.root, 0o755)
        command = ["sh", setup, "--prefix", self.root, "--build", build, *arguments]
        if os.geteuid() == 0:
            command += ["--user", mta, "--group", mta]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        self.config = self.root + "/etc/postern.conf"
        self.command = [self.root + "/sbin/posternd", "--config", self.config]
        with open(self.config, "a", encoding="ascii") as config:
            config.write(settings + self.less(build))
        self.log = open(self.root + "/log", "wb+")
        self.start()

    def less(self, build):
        """The settings for what the environment takes away. A layer is taken away before posternd, which has no way to."""
        settings = os.environ.get("POSTERN_MORE_SETTINGS", "")
        if layer := os.environ.get("POSTERN_KERNEL_WITHOUT"):
            settings += "\nsandbox = best-effort\n"
            self.command = [build + "/daemon/sys/kernel-without", layer, *self.command]
        if os.environ.get("POSTERN_HELPER") == "dead":
            if os.geteuid() != 0:
                skip("NOT TESTED: a maildrop helper needs root")
            group = int(self.mta) + 1
            os.mkdir(self.root + "/spool")
            os.chown(self.root + "/spool", 0, group)
            os.chmod(self.root + "/spool", 0o3775)
            settings += f"\nmaildrop-spool = {self.root}/spool\nmaildrop-group = {group}\n"
        return settings

    def launch(self):
        """Starts posternd, and returns at once."""
        return subprocess.Popen(self.command, stderr=self.log)

    def start(self):
        """Starts posternd, and returns when it greets."""
        self.launch_until_it_greets()
        if os.environ.get("POSTERN_KERNEL_WITHOUT"):
            expect("runs WITHOUT a layer of its sandbox" in self.log_text(), "it says so: " + self.log_text())
        if os.environ.get("POSTERN_HELPER") == "dead":
            os.kill(self.child("postern-maildrop-helper"), signal.SIGKILL)
            for _ in range(600):
                if "event=helper-gone" in self.log_text():
                    return
                time.sleep(0.05)
            raise AssertionError("the helper's end is not told: " + self.log_text())

    def launch_until_it_greets(self):
        self.process = self.launch()
        for _ in range(600):
            expect(self.process.poll() is None, "posternd ended: " + self.log_text())
            try:
                with socket.create_connection(("127.0.0.1", self.port), 1) as probe:
                    if probe.recv(4) in (b"+OK ", b"220 ", b"* OK"):
                        return
            except OSError:
                pass
            time.sleep(0.05)
        raise AssertionError("posternd does not answer: " + self.log_text())

    def log_text(self):
        with open(self.root + "/log", encoding="ascii") as log:
            return log.read()

    def processes(self):
        """The dispatcher, and whatever descends from it."""
        parents = {}
        for entry in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{entry}/stat", encoding="latin-1") as file:
                    parents[int(entry)] = int(file.read().rsplit(")", 1)[1].split()[1])
            except OSError:
                continue
        ours = {self.process.pid}
        while more := {child for child, parent in parents.items() if parent in ours} - ours:
            ours |= more
        return ours

    def child(self, program):
        """The process id of the dispatcher's child whose argv[0] is `program`; 0 if there is none."""
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/cmdline", encoding="ascii") as words:
                    is_it = words.read().split("\0")[0] == program
                if is_it and facts_of(pid)["PPid"] == str(self.process.pid):
                    return int(pid)
            except OSError:
                pass
        return 0

    def account(self, *arguments, password=""):
        command = [self.root + "/bin/postern", "account", *arguments, "--config", self.config]
        return subprocess.run(command, input=password + "\n", text=True, capture_output=True, check=True).stdout

    def deliver(self, account, name, content):
        """Puts a message into the account's Maildir, as a delivery does: whole or not at all."""
        made = f"{self.root}/mailbox/{account}/tmp/{name}"
        with open(made, "wb") as file:
            file.write(content)
        os.chmod(made, 0o600)
        if os.geteuid() == 0:
            os.chown(made, int(self.mta), int(self.mta))
        os.rename(made, f"{self.root}/mailbox/{account}/new/{name}")

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(20)
        self.log.close()
        os.chmod(self.root + "/executables", 0o700)
        shutil.rmtree(self.root)
        return status

    def __enter__(self):
        return self

    def __exit__(self, failure, *_):
        status = self.end()
        expect(failure is not None or status == 0, f"posternd ended with {status}")
