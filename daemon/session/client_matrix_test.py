#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Real clients read a mailbox, each over POP3 and IMAP in the clear, with STLS or STARTTLS, and on the encrypted port, as
far as it can: a row for each, and what arrives is what lies in the mailbox, octet for octet, but for what the client
says it changes. Half of the messages came by SMTP.

usage: client_matrix_test.py BUILD_DIRECTORY POSTERN_SETUP [WORD]...
Sets the daemon up on loopback as tls/live_test.py does; with WORDs, only the rows that have them all. Prints the
matrix. Exit: 0 passed, 1 failed, 77 a client is not installed or does not start for this user (the others are held to it).
"""
import collections
import email
import email.policy
import glob
import imaplib
import os
import poplib
import pwd
import re
import shutil
import smtplib
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path += [HERE + "/../setup", HERE + "/../tls"]
from live_daemon import expect, free_port
from live_test import PASSWORD, Daemon
from terminal import Terminal

CORPUS = "/usr/lib/python3.11/test/test_email/data/msg_*.txt"
NOBODY = 65534
GETMAIL_READS = 13  # at a tenth of a second each
PLAIN, START, SEALED = "plain", "STARTTLS", "TLS port"  # of POP3, STARTTLS is STLS
MADE = (b"Subject: dots\n\n.\n..\n...\n.\n\n", b"\nno header, From the first line\nFrom here\n", b"Subject: nothing else\n\n",
        b"Subject: eight bits\n\n\xc3\xa4\xff\xfe\x01\x7f\n" + b"x" * 990 + b"\n",
        b"From: a@dispatch.test\nSubject: large\n\n" + (b"0123456789abcdef" * 4 + b"\n") * 12_000)


def lines_ended_by_lf(text):
    return re.sub(rb"\r\n|\r|\n", b"\n", text)


def odd_messages():
    """Each ended by a line end, as nothing else can be sent."""
    texts = list(MADE)
    for path in sorted(glob.glob(CORPUS)):
        with open(path, "rb") as file:
            texts.append(lines_ended_by_lf(file.read()))
    expect(len(texts) > 40, "libpython3.11-testsuite is not installed")
    return [text if text.endswith(b"\n") else text + b"\n" for text in texts]


class Mailbox(Daemon):
    """A daemon that speaks POP3 and IMAP in each mode, and what lies in alice's mailbox."""

    def __init__(self, build, setup):
        self.imap, self.imap_tls = free_port(), free_port()
        super().__init__(build, setup, "optional", f"imap-listen = 127.0.0.1:{self.imap}\n"
                                                   f"imap-tls-listen = 127.0.0.1:{self.imap_tls}\n")
        self.scratch = self.root + "/scratch"

    def port_of(self, protocol, mode):
        if mode == SEALED:
            return self.tls if protocol == "pop3" else self.imap_tls
        return self.plain if protocol == "pop3" else self.imap

    def fill(self):
        texts = odd_messages()
        with smtplib.SMTP("127.0.0.1", self.smtp, timeout=20) as client:
            for text in texts:
                client.ehlo_or_helo_if_needed()
                client.mail("bob@x.example")
                client.rcpt("alice@mail.test")
                code, words = client.data(text.replace(b"\n", b"\r\n"))
                expect(code == 250, f"{code} {words}")
        for number, text in enumerate(texts):
            self.deliver("alice", f"{number}.put.there", text)
        for _ in range(400):
            if len(os.listdir(self.root + "/mailbox/alice/new")) == 2 * len(texts):
                break
            time.sleep(0.05)
        self.messages = contents(self.root + "/mailbox/alice/new")
        expect(all(any(there.endswith(text) and there != text for there in self.messages) for text in texts) and
               len(self.messages) == 2 * len(texts), "what SMTP took is not there, octet for octet")

    def file(self, name, text):
        """Writes a file of a client's own; its path."""
        path = f"{self.scratch}/{name}"
        with open(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600), "w", encoding="ascii") as file:
            file.write(text)
        return path

    def maildir(self):
        for part in ("", "/new", "/cur", "/tmp"):
            os.mkdir(self.scratch + "/mail" + part)
        return self.scratch + "/mail"

    def give_away(self):
        """The scratch directory to NOBODY, if this is root: some clients do not deliver as root."""
        if os.geteuid() == 0:
            subprocess.run(["chown", "-R", f"{NOBODY}:{NOBODY}", self.scratch], check=True)

    def run(self, *command):
        self.give_away()
        if os.geteuid() == 0:
            command = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", *command)
        done = subprocess.run(command, capture_output=True, check=False, timeout=120, stdin=subprocess.DEVNULL,
                              cwd=self.scratch, env={**os.environ, "HOME": self.scratch})
        expect(done.returncode == 0, f"{command}: {done.returncode} {done.stdout[-2000:]} {done.stderr[-2000:]}")


def contents(*directories):
    texts = []
    for directory in directories:
        for name in os.listdir(directory):
            with open(f"{directory}/{name}", "rb") as file:
                texts.append(file.read())
    return texts


def in_maildir(path):
    return contents(path + "/new", path + "/cur")


# ---- the clients: each reads everything and returns the messages ----


def read_poplib(box, _, mode):
    client = (poplib.POP3_SSL("localhost", box.tls, context=box.context(), timeout=20) if mode == SEALED else
              poplib.POP3("localhost", box.plain, timeout=20))
    if mode == START:
        client.stls(box.context())
    client.user("alice")
    client.pass_(PASSWORD)
    texts = [b"\n".join(client.retr(number + 1)[1]) + b"\n" for number in range(client.stat()[0])]
    client.quit()
    return texts


def read_imaplib(box, _, mode):
    client = (imaplib.IMAP4_SSL("localhost", box.imap_tls, ssl_context=box.context(), timeout=20) if mode == SEALED else
              imaplib.IMAP4("localhost", box.imap, timeout=20))
    if mode == START:
        client.starttls(box.context())
    client.login("alice", PASSWORD)
    client.select("INBOX", readonly=True)
    texts = [part[1] for part in client.fetch("1:*", "(BODY.PEEK[])")[1] if isinstance(part, tuple)]
    client.logout()
    return texts


def read_curl_plain(box, protocol, mode):
    """SASL PLAIN, with the command where it may be."""
    return read_curl(box, protocol, mode, "--login-options", "AUTH=PLAIN", "--sasl-ir")


def read_curl(box, protocol, mode, *more):
    where = f"localhost:{box.port_of(protocol, mode)}/"
    numbers = f"[1-{len(box.messages)}]"
    box.run("curl", "-sS", "--max-time", "60", "--cacert", box.pair + ".crt", "--user", "alice:" + PASSWORD,
            *(["--ssl-reqd"] if mode == START else []), *more, "--create-dirs", "-o", box.scratch + "/got/#1",
            protocol + ("s" if mode == SEALED else "") + "://" + where +
            (numbers if protocol == "pop3" else f"INBOX;MAILINDEX={numbers}"))
    return contents(box.scratch + "/got")


def read_mbsync(box, _, mode):
    kind = {PLAIN: "None", START: "STARTTLS", SEALED: "IMAPS"}[mode]
    os.mkdir(box.scratch + "/all")
    config = box.file("mbsyncrc", f"IMAPStore there\nHost localhost\nPort {box.port_of('imap', mode)}\nUser alice\n"
                      f'Pass "{PASSWORD}"\nAuthMechs LOGIN\nSSLType {kind}\nCertificateFile {box.pair}.crt\n\n'
                      f"MaildirStore here\nPath {box.scratch}/all/\nInbox {box.scratch}/all/inbox\n\n"
                      "Channel all\nFar :there:\nNear :here:\nPatterns INBOX\nCreate Near\nSyncState *\n")
    box.run("mbsync", "-c", config, "-a")
    return in_maildir(box.scratch + "/all/inbox")


def read_fetchmail(box, protocol, mode):
    sealed = {PLAIN: "sslproto ''", START: "sslproto 'tls1.2+'", SEALED: "ssl"}[mode]
    trust = "" if mode == PLAIN else f"sslcertck sslcertfile '{box.pair}.crt'"
    config = box.file("fetchmailrc", "set invisible\nset no bouncemail\npoll localhost "
                      f"protocol {protocol} service {box.port_of(protocol, mode)} auth password bad-header accept\n user alice password '{PASSWORD}' is alice here\n"
                      f" {sealed} {trust}\n keep fetchall no rewrite\n"
                      f' mda "exec cat >{box.maildir()}/new/$$"\n')
    box.run("fetchmail", "--nosyslog", "--pidfile", box.scratch + "/pid", "--idfile", box.scratch + "/ids", "-f", config)
    return in_maildir(box.scratch + "/mail")


def read_getmail(box, protocol, mode):
    kind = f"Simple{protocol.upper()}{'SSL' if mode == SEALED else ''}Retriever"
    config = box.file("getmailrc", f"[retriever]\ntype = {kind}\nserver = localhost\n"
                      f"port = {box.port_of(protocol, mode)}\nusername = alice\npassword = {PASSWORD}\n" +
                      (f"ca_certs = {box.pair}.crt\n" if mode == SEALED else "") +
                      ("record_mailbox = false\n" if protocol == "imap" else "") +
                      f"[destination]\ntype = Maildir\npath = {box.maildir()}/\n"
                      "[options]\nread_all = true\ndelete = false\ndelivered_to = false\nreceived = false\n"
                      f"max_messages_per_session = {GETMAIL_READS}\n")
    box.run("getmail", "--getmaildir", box.scratch, "--rcfile", config)
    return in_maildir(box.scratch + "/mail")


def read_offlineimap(box, _, mode):
    config = box.file("offlineimaprc", f"[general]\naccounts = a\nmetadata = {box.scratch}/meta\nui = basic\n"
                      "[Account a]\nlocalrepository = here\nremoterepository = there\n"
                      f"[Repository here]\ntype = Maildir\nlocalfolders = {box.scratch}/all\n"
                      f"[Repository there]\ntype = IMAP\nremotehost = localhost\nremoteport = {box.port_of('imap', mode)}\n"
                      f"remoteuser = alice\nremotepass = {PASSWORD}\nauth_mechanisms = LOGIN\n"
                      f"ssl = {'yes' if mode == SEALED else 'no'}\nstarttls = {'yes' if mode == START else 'no'}\n"
                      f"sslcacertfile = {box.pair}.crt\nfolderfilter = lambda name: name == 'INBOX'\n")
    box.run("offlineimap", "-o", "-c", config)
    return in_maildir(box.scratch + "/all/INBOX")


def read_mpop(box, _, mode):
    config = box.file("mpoprc", f"account default\nhost localhost\nport {box.port_of('pop3', mode)}\nuser alice\n"
                      f"password {PASSWORD}\nauth user\nkeep on\nonly_new off\nreceived_header off\n"
                      f"uidls_file {box.scratch}/ids\ndelivery maildir {box.maildir()}\n" +
                      ("tls off\n" if mode == PLAIN else f"tls on\ntls_trust_file {box.pair}.crt\n"
                       f"tls_starttls {'on' if mode == START else 'off'}\n"))
    box.run("mpop", "-C", config)
    return in_maildir(box.scratch + "/mail")


def read_mutt(box, protocol, mode):
    """In a terminal: everything is tagged and piped, one command a message."""
    scheme = ("pop" if protocol == "pop3" else "imap") + ("s" if mode == SEALED else "")
    url = f"{scheme}://alice@localhost:{box.port_of(protocol, mode)}"
    here, count = box.scratch, len(box.messages)
    os.mkdir(here + "/got")
    config = box.file("muttrc", f"set pop_pass='{PASSWORD}' imap_pass='{PASSWORD}' ssl_starttls={'yes' if mode == START else 'no'}\n"
                      f"set ssl_force_tls={'no' if mode == PLAIN else 'yes'} certificate_file={box.pair}.crt\n"
                      "set pipe_decode=no pipe_split=yes pipe_sep='' wait_key=no quit=yes mail_check=600 timeout=600 mark_old=no\n"
                      f"set folder={here} record='' tmpdir={here} pop_delete=no pop_checkinterval=600 read_inc=1000\n")
    box.give_away()
    mutt = Terminal(["mutt", "-n", "-F", config, "-f", url + ("" if protocol == "pop3" else "/INBOX")], here,
                    NOBODY if os.geteuid() == 0 else None)
    mutt.wait_for(rf"Msgs:{count}\b")
    mutt.type(f"T~A\n;|exec cat >{here}/got/$$\n")
    for _ in range(400):
        if len(os.listdir(here + "/got")) == count:
            break
        mutt.look(0.1)
    mutt.type("x")
    mutt.end()
    return contents(here + "/got")


# ---- what they say they change, done to what lies in the mailbox ----


def same(text):
    return text


def without_tuid(text):
    """mbsync(1): it marks what it copies by a line X-TUID."""
    return re.sub(rb"(?m)^X-TUID: .{12}\n", b"", text, count=1)


def with_header_end(text):
    """mbsync leaves out, and says so, what has no empty line: None."""
    return text if b"\n\n" in b"\n" + text else None


def as_fetchmail_hands_on(text):
    """Without mbox's line at the start or behind the trace; a header without an end is ended."""
    text = re.sub(rb"\A((?:Return-Path: .*\nReceived: .*\n(?:\t.*\n)+)?)From .*\n", rb"\1", text)
    return text if with_header_end(text) else text + b"\n"


def without_daemon_header(text):
    """fetchmail gives an empty header lines of its own."""
    return re.sub(rb"\AFrom: FETCHMAIL-DAEMON\nTo: .*\nSubject: Headerless mail .*\n", b"", text)


def header_ended(text):
    """mutt: an empty line before the first line that is no header's."""
    for line in re.finditer(rb"(?m)^(.*)\n", text):
        if not line.group(1):
            break
        if not re.match(rb"From |[^\s:]+\s*:|[ \t]", line.group(1)):
            return text[:line.start()] + b"\n" + text[line.start():]
    return text


def by_offlineimap(text):
    """offlineimap parses and writes messages by python's email."""
    policy = email.policy.default.clone(cte_type="8bit", utf8=True, refold_source="none", linesep="\r\n")
    return lines_ended_by_lf(email.message_from_bytes(text.replace(b"\n", b"\r\n"), policy=policy).as_bytes())


def by_getmail(text):
    """So does getmail, and puts a Return-Path of its own before the message."""
    message = email.message_from_bytes(text)
    del message["Return-Path"]
    return lines_ended_by_lf(message.as_bytes())


def without_return_path(text):
    return re.sub(rb"\AReturn-Path: .*\n", b"", text)


Client = collections.namedtuple("Client", "name program read reaches changes undo most", defaults=[None])
POP3 = [("pop3", mode) for mode in (PLAIN, START, SEALED)]
IMAP = [("imap", mode) for mode in (PLAIN, START, SEALED)]
CLIENTS = (
    Client("poplib", "python3", read_poplib, POP3, same, same),
    Client("imaplib", "python3", read_imaplib, IMAP, same, same),
    Client("curl", "curl", read_curl, POP3 + IMAP, same, same),
    Client("curl-plain", "curl", read_curl_plain, POP3 + IMAP, same, same),
    Client("mbsync", "mbsync", read_mbsync, IMAP, with_header_end, without_tuid),
    Client("fetchmail", "fetchmail", read_fetchmail, POP3 + IMAP, as_fetchmail_hands_on, without_daemon_header),
    Client("getmail", "getmail", read_getmail, [one for one in POP3 + IMAP if one[1] != START],
           by_getmail, without_return_path, GETMAIL_READS),
    Client("offlineimap", "offlineimap", read_offlineimap, IMAP, by_offlineimap, same),
    Client("mpop", "mpop", read_mpop, POP3, same, same),
    Client("mutt", "mutt", read_mutt, POP3 + IMAP, header_ended, same),
)


# Programs that do not start for an id without a line in /etc/passwd.
NEED_AN_ACCOUNT = ("fetchmail", "getmail", "mutt")


def can_run(client):
    try:
        pwd.getpwuid(os.geteuid())
    except KeyError:
        if client.name in NEED_AN_ACCOUNT:
            return False
    return shutil.which(client.program) is not None


def check_row(box, client, protocol, mode):
    """Messages read that are as they lie there: all, or this fails."""
    os.mkdir(box.scratch)
    try:
        got = collections.Counter(client.undo(lines_ended_by_lf(text)) for text in client.read(box, protocol, mode))
    finally:
        shutil.rmtree(box.scratch, ignore_errors=True)
    wanted = collections.Counter(filter(None, map(client.changes, box.messages)))
    missing, added = list((wanted - got).elements()), list((got - wanted).elements())
    expect(got.total() == (client.most or wanted.total()) and not added,
           f"{client.name} {protocol} {mode}: {got.total()} messages arrived of {wanted.total()}, {len(added)} of them not as "
           f"they are: {added[:1]} … {missing[:1]}")
    return got.total()


def main():
    if len(sys.argv) < 3:
        print(__doc__)
        return 64
    words, missing = sys.argv[3:], set()
    with Mailbox(*sys.argv[1:3]) as box:
        box.fill()
        for client in CLIENTS:
            for protocol, mode in client.reaches:
                if not all(word in (client.name, protocol, *mode.split()) for word in words):
                    continue
                if not can_run(client):
                    missing.add(client.name)
                    continue
                begin, cpu = time.monotonic(), sum(os.times()[:4])
                count = check_row(box, client, protocol, mode)
                print(f"{client.name:12}{protocol:6}{mode:10}{count:4} messages  {time.monotonic() - begin:5.1f} s, "
                      f"{sum(os.times()[:4]) - cpu:.1f} s of the client's CPU", flush=True)
    if missing:
        print(f"SKIPPED, NOT TESTED: not installed, or not for an id without an account: {sorted(missing)}")
    return 77 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
