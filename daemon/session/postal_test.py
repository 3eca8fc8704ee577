#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Byte integrity by others' programs: postal sends messages that carry a hash of themselves by SMTP, and rabid reads them
over POP3 and holds them to it. Then a message is spoilt on the disk, and rabid must see it.

usage: postal_test.py BUILD_DIRECTORY POSTERN_SETUP
Both are in Debian's postal. Exit: 0 passed, 1 failed, 77 not installed.
"""
import os
import re
import shutil
import subprocess
import sys
import time

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../setup"))
from live_daemon import LiveDaemon, expect, free_port, skip

MTA = "20119"
MESSAGES = 100
COMPLAINTS = r"(?i)md5|error"


class Daemon(LiveDaemon):
    def __init__(self, build, setup):
        port, self.smtp = free_port(), free_port()
        super().__init__(build, setup, MTA, port,
                         ["--pop3-listen", f"127.0.0.1:{port}", "--smtp-listen", f"127.0.0.1:{self.smtp}", "--hostname", "mail.test"],
                         "refusal-quantum = 0\n")
        self.users = self.root + "/users"
        with open(self.users, "w", encoding="ascii") as users:
            users.write("alice@mail.test sesame\n")

    def new(self):
        return os.listdir(self.root + "/mailbox/alice/new")

    def run_until(self, command, condition):
        """Both run until they are ended. What it said."""
        program = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                   cwd=self.root)  # each leaves a log of its own there
        for _ in range(1200):
            if program.poll() is not None or condition():
                break
            time.sleep(0.05)
        ended = program.poll()
        program.terminate()
        said = program.communicate(timeout=60)[0]
        expect(ended is None and condition(), f"{command} ended with {ended}: {said[-2000:]}")
        return said


def fill(daemon):
    daemon.run_until(["postal", "-t", "2", "-m", "60", "-r", "6000", "-p", str(daemon.smtp), "127.0.0.1", daemon.users],
                     lambda: len(daemon.new()) >= MESSAGES)
    while os.listdir(daemon.root + "/postoffice/queue/active"):
        time.sleep(0.05)
    return len(daemon.new())


def read_all(daemon):
    """rabid reads and removes everything; what it said."""
    return daemon.run_until(["rabid", "-p", "1", "-r", "600", "-u", f"[127.0.0.1]{daemon.port}", daemon.users],
                            lambda: not daemon.new())


def main():
    if len(sys.argv) != 3:
        print(__doc__)
        return 64
    for tool in ("postal", "rabid"):
        if shutil.which(tool) is None:
            skip(tool + " is not installed (Debian's postal)")
    with Daemon(*sys.argv[1:3]) as daemon:
        daemon.account("add", "alice", "--hash", "sha512crypt", password="sesame")
        count = fill(daemon)
        said = read_all(daemon)
        expect(not re.search(COMPLAINTS, said), f"of {count} messages: {said}")
        fill(daemon)
        path = f"{daemon.root}/mailbox/alice/new/{daemon.new()[0]}"
        with open(path, "r+b") as file:
            file.seek(-40, os.SEEK_END)
            octet = file.read(1)
            file.seek(-40, os.SEEK_END)
            file.write(bytes([octet[0] ^ 1]))
        said = read_all(daemon)
        expect(re.search(COMPLAINTS, said), f"a spoilt message was not seen: {said}")
        print(f"{count} messages of postal's, which rabid finds as they were sent")
    return 0


if __name__ == "__main__":
    sys.exit(main())
