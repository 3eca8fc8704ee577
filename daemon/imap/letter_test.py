#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""RFC 3501 to the letter, as a client on a plain socket sees it: what is sent, and each line that must come back.

usage: letter_test.py BUILD_DIRECTORY POSTERN_SETUP
The tables are in letter_table.py. Messages of odd octets come back as they were, over POP3 in its form.
Sets the daemon up below a temporary directory on loopback, and ends it. Exit: 0 passed, 1 failed.
"""
import imaplib
import os
import poplib
import re
import socket
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../setup"))
from letter_table import DIALOGUES, MESSAGES
from live_daemon import LiveDaemon, expect, free_port

MTA = "20116"
PASSWORD = "pw"


class Daemon(LiveDaemon):
    """posternd that speaks IMAP and POP3."""

    def __init__(self, build, setup):
        port, self.imap = free_port(), free_port()
        super().__init__(build, setup, MTA, port,
                         ["--pop3-listen", f"127.0.0.1:{port}", "--imap-listen", f"127.0.0.1:{self.imap}"],
                         "refusal-quantum = 600ms\nlookup-deadline = 300ms\n")


class Client:
    """One connection. A synchronizing literal waits for its "+"."""

    def __init__(self, daemon):
        self.socket = socket.create_connection(("127.0.0.1", daemon.imap), 20)
        self.stream = self.socket.makefile("rb")
        self.greeting = self.line()

    def line(self):
        """A response: a line, with the literals in it."""
        line = self.stream.readline()
        while found := re.search(rb"\{(\d+)\}\r\n$", line):
            line += self.stream.read(int(found.group(1))) + self.stream.readline()
        return line

    def send(self, octets):
        for part in re.split(rb"(?<=[0-9]}\r\n)", octets):
            self.socket.sendall(part)
            if re.search(rb"\{\d+\}\r\n$", part):
                answer = self.stream.readline()
                if not answer.startswith(b"+ "):
                    return answer
        return None

    def ask(self, command, tag=b"a"):
        """Sends a command; all lines up to the tagged one."""
        refused = self.send(tag + b" " + command + b"\r\n")
        lines = [refused] if refused else []
        while not lines or not lines[-1].startswith(tag + b" "):
            lines.append(self.line())
            expect(lines[-1], f"{command!r}: the connection ended after {lines}")
        return lines

    def close(self):
        self.stream.close()
        self.socket.close()


def fits(pattern, line):
    """Whether a line is what a table says: octet for octet, but for "..." which is anything."""
    parts = [re.escape(part) for part in pattern.split(b"...")]
    return re.fullmatch(b".*".join(parts), line, re.DOTALL) is not None


def octets(text):
    return text.replace("¶", "\r\n").encode()


def spelled_out(text):
    """The lines that a word of the table stands for; any other line by itself."""
    found = re.fullmatch(r"selected (\S+) (\S+) (\S+) (\S+)", text)
    if not found:
        return [text]
    exists, recent, unseen, following = found.groups()
    return ["* FLAGS (...)", f"* {exists} EXISTS", f"* {recent} RECENT",
            *([] if unseen == "-" else [f"* OK [UNSEEN {unseen}] ..."]), "* OK [UIDVALIDITY ...] ...",
            f"* OK [UIDNEXT {following}] ...", "* OK [PERMANENTFLAGS (...)] ...", "a OK [READ-... ..."]


def play(daemon, account, name, script, wrong):
    """Plays one dialogue. "1> " sends on connection 1, "1< " is a line that comes there, in this order and no other."""
    clients, expected, got, asked = {}, [], [], ""

    def compare():
        alike = len(expected) == len(got) and all(fits(octets(e) + b"\r\n", g) for e, g in zip(expected, got))
        if not alike:
            wrong.append(f"{name}: {asked}\nexpected {expected}\ngot      {got}")

    for line in filter(None, (line.strip() for line in script.splitlines())):
        number, text = line[0], line[3:]
        if line[1] == "<":
            expected += spelled_out(text)
            continue
        compare()
        if number not in clients:
            clients[number] = Client(daemon)
            if account:
                clients[number].ask(octets(f"LOGIN {account} {PASSWORD}"))
        asked, expected, got = text, [], clients[number].ask(octets(text))
    compare()
    for client in clients.values():
        client.close()


def prepare(daemon, number):
    """An account with the messages of the table in INBOX."""
    account = f"user{number}"
    daemon.account("add", account, "--hash", "sha512crypt", password=PASSWORD)
    client = Client(daemon)
    client.ask(octets(f"LOGIN {account} {PASSWORD}"))
    for date, message in MESSAGES:
        sent = message.replace("\n", "\r\n").encode()
        answer = client.ask(octets(f'APPEND INBOX "{date}" {{{len(sent)}+}}\r\n') + sent)
        expect(answer[-1].startswith(b"a OK"), f"APPEND: {answer}")
    client.close()
    return account


ODD = [b"A: 1\r\n\r\nno end", b"A: 1\r\n\r\nlone\nLF\r\n", b"A: 1\n\nall LF\n", b"A: 1\r\n\r\nCR\ronly\r", b"CR CR LF\r\r\n\r\n",
       b"A: \xe4\xff\x80\r\n\r\n\x01\x7f\xfe\r\n", b"\r\n", b"\n", b"\r", b"x", b".\r\n..\r\n.x", b"A: 1\r\n\r\n" + b"y" * 200_000,
       b"A: 1\r\n\r\n" + b"z\n" * 50_000 + b"\r\n", b"A: 1\r\n\r\n" + b"z\r\n" * 50_000 + b"\n"]


def test_octets(daemon):
    """What was appended comes back, whole and in parts, from a copy too; and over POP3 with each line end CRLF."""
    daemon.account("add", "odd", "--hash", "sha512crypt", password=PASSWORD)
    client = Client(daemon)
    client.ask(b"LOGIN odd pw")
    client.ask(b"SELECT INBOX")
    for number, message in enumerate(ODD, 1):
        for mark in (b"}", b"+}"):
            answer = client.ask(b"APPEND INBOX {" + str(len(message)).encode() + mark + b"\r\n" + message)
            expect(b"a OK [APPENDUID " in answer[-1], f"{message[:40]!r}: {answer}")
        line = client.ask(b"FETCH %d (RFC822.SIZE BODY.PEEK[])" % (2 * number))[0]
        want = b"* %d FETCH (RFC822.SIZE %d BODY[] {%d}\r\n%b)\r\n" % (2 * number, len(message), len(message), message)
        expect(line == want, f"{message[:40]!r} came as {line[:200]!r}")
        for begin, count in ((0, 3), (2, 4), (len(message) - 1, 9), (len(message), 9), (len(message) + 7, 9)):
            part = message[begin:begin + count]
            line = client.ask(b"FETCH %d BODY.PEEK[]<%d.%d>" % (2 * number, begin, count))[0]
            want = b"* %d FETCH (BODY[]<%d> {%d}\r\n%b)\r\n" % (2 * number, begin, len(part), part)
            expect(line == want, f"{message[:40]!r}<{begin}.{count}> came as {line!r}")
        line = client.ask(b"FETCH %d (BODY.PEEK[HEADER] BODY.PEEK[TEXT])" % (2 * number))[0]
        both = re.fullmatch(rb".*BODY\[HEADER\] \{\d+\}\r\n(.*) BODY\[TEXT\] \{\d+\}\r\n(.*)\)\r\n", line, re.DOTALL)
        expect(both.group(1) + both.group(2) == message, f"{message[:40]!r}: header and text are {line[:200]!r}")
    client.ask(b"CREATE copy")
    client.ask(b"COPY 1:* copy")
    client.ask(b"SELECT copy")
    for number, message in enumerate(ODD, 1):
        line = client.ask(b"FETCH %d BODY.PEEK[]" % (2 * number))[0]
        expect(line.endswith(b"}\r\n" + message + b")\r\n"), f"a copy of {message[:40]!r} came as {line[:200]!r}")
    expect(client.ask(b"APPEND INBOX {3+}\r\na\0b")[-1].startswith(b"a BAD"), "NUL in a literal")
    expect(client.ask(b"APPEND INBOX {0+}\r\n")[-1].startswith(b"a NO"), "an empty message")
    client.close()
    pop = poplib.POP3("127.0.0.1", daemon.port, timeout=20)
    poplib._MAXLINE = 1_000_000
    pop.user("odd")
    pop.pass_(PASSWORD)
    expect(pop.stat()[0] == 2 * len(ODD), f"POP3 has {pop.stat()}")
    forms = {re.sub(rb"\r?\n", b"\r\n", message) for message in ODD}
    forms = {form if form.endswith(b"\n") else form + b"\r\n" for form in forms}
    for number in range(1, 2 * len(ODD) + 1):
        _, lines, _ = pop.retr(number)
        text = b"".join(line + b"\r\n" for line in lines)
        size = int(pop.list(number).split()[2])
        expect(text in forms and size == len(text), f"POP3 gives {size}: {text[:80]!r}")
    pop.quit()


def test_long_lines(daemon):
    """Before login ID as RFC 2971 allows it, after it a set of 10,000 UIDs; and an answer to what is longer."""
    client = Client(daemon)
    fields = b" ".join(b'"%030d" "%01024d"' % (i, i) for i in range(30))
    expect(client.ask(b"ID (" + fields + b")")[-1].startswith(b"a OK"), "a long ID")
    expect(client.ask(b"NOOP " + b"x" * 70_000)[-1].startswith(b"a BAD"), "a line too long")
    client.ask(b"LOGIN odd pw")
    client.ask(b"SELECT INBOX")
    numbers = b",".join(b"%d" % i for i in range(1, 20_000, 2))
    expect(len(client.ask(b"UID FETCH " + numbers + b" FLAGS")) == len(ODD) + 1, "a long set")
    client.close()


def main():
    build, setup = sys.argv[1:3]
    imap_alone(build, setup)
    with Daemon(build, setup) as daemon:
        try:
            test_octets(daemon)
            test_long_lines(daemon)
            wrong = []
            for number, (name, state, script) in enumerate(DIALOGUES):
                account = prepare(daemon, number) if state == "in" else None
                if state == "new":
                    daemon.account("add", f"user{number}", "--hash", "sha512crypt", password=PASSWORD)
                play(daemon, account, name, script.replace("USER", f"user{number}"), wrong)
                print(f"{name}: {script.count('> ')} commands")
            expect(not wrong, "\n".join(wrong))
        except (AssertionError, OSError):
            print(daemon.log_text()[-2000:])
            raise


def imap_alone(build, setup):
    """A site that serves nothing else: no port of POP3 or SMTP is open, none of their processes is there."""
    port = free_port()
    with LiveDaemon(build, setup, MTA, port, ["--imap-listen", f"127.0.0.1:{port}"]) as daemon:
        daemon.account("add", "ann", "--hash", "sha512crypt", password=PASSWORD)
        with imaplib.IMAP4("127.0.0.1", port, timeout=20) as client:
            client.login("ann", PASSWORD)
        log = daemon.log_text()
        expect("module=postern-imap" in log and "postern-pop3" not in log and "postern-smtp" not in log, log)


if __name__ == "__main__":
    main()
