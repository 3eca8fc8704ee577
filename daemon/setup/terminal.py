# SPDX-License-Identifier: BSD-2-Clause
"""A program in a terminal, and somebody who reads the screen and types."""
import os
import pty
import re
import select


class Terminal:
    """`command` with its home directory; as `uid` (and in no other group) if that is given, which needs root."""

    def __init__(self, command, home, uid=None):
        self.seen = b""
        self.pid, self.screen = pty.fork()
        if self.pid == 0:
            if uid is not None:
                os.setgroups([])
                os.setresgid(uid, uid, uid)
                os.setresuid(uid, uid, uid)
            os.chdir(home)
            os.execvpe(command[0], command, {"HOME": home, "TERM": "vt100", "PATH": "/usr/sbin:/usr/bin:/bin"})

    def look(self, seconds):
        """Takes what has been written; False: the program has ended."""
        while select.select([self.screen], [], [], seconds)[0]:
            try:
                octets = os.read(self.screen, 65536)
            except OSError:
                return False
            if not octets:
                return False
            self.seen += octets
        return True

    def text(self):
        return re.sub(rb"\x1b[\[(][0-9;?]*[A-Za-z0-9]|\x1b[=>78]|[\x0e\x0f\r]", b"", self.seen).decode("latin-1")

    def wait_for(self, words):
        for _ in range(600):
            if re.search(words, self.text()):
                return
            if not self.look(0.1) and not re.search(words, self.text()):
                raise AssertionError(f"it ended before {words!r}:\n{self.text()}")
        raise AssertionError(f"waited in vain for {words!r}:\n{self.text()}")

    def type(self, keys):
        os.write(self.screen, keys.encode())

    def end(self):
        while self.look(1):
            pass
        os.waitpid(self.pid, 0)
        os.close(self.screen)
