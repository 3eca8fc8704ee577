# SPDX-License-Identifier: BSD-2-Clause
"""posternd for tests with real clients: set up below a temporary directory on loopback (as root under an unassigned
numeric id), and ended."""
import os
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
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class LiveDaemon:
    """posternd with its trees below one directory, `root`. `port` is where it must greet before start() returns. As a
    context, it is ended at the end, and must end cleanly if all else went well. A line of settings in the environment,
    POSTERN_MORE_SETTINGS, is added: what holds with it holds for the whole suite."""

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
        with open(self.config, "a", encoding="ascii") as config:
            config.write(settings + os.environ.get("POSTERN_MORE_SETTINGS", ""))
        self.log = open(self.root + "/log", "wb+")
        self.start()

    def launch(self):
        """Starts posternd, and returns at once."""
        return subprocess.Popen([self.root + "/sbin/posternd", "--config", self.config], stderr=self.log)

    def start(self):
        self.process = self.launch()
        for _ in range(200):
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
