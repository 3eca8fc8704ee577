# SPDX-License-Identifier: BSD-2-Clause
"""The IMAP clients of soak.py: several at once on one mailbox, which look, wait in IDLE, flag, copy, move and expunge, and
note what must hold whatever is killed meanwhile: a UID never means another message, UIDNEXT never falls, UIDVALIDITY
stays, and a message that nobody moves stays, under the UID that it has."""
import imaplib
import random
import select
import threading
import time
import zlib

FOLDERS = ("INBOX", "Archive")
FAILURES = (OSError, EOFError, imaplib.IMAP4.error, ValueError)


def may_move(token):
    return zlib.crc32(token.encode()) % 2 == 0


class ImapLoad:
    """`note(messages)` hears of each message that was read; `token_of` tells what it is, or None."""

    def __init__(self, account, token_of, note):
        self.account, self.token_of, self.note = account, token_of, note
        self.lock = threading.Lock()
        self.tokens = {folder: {} for folder in FOLDERS}  # by UID
        self.still = {}  # UIDs of what nobody moves
        self.next = dict.fromkeys(FOLDERS, 0)
        self.validities = {folder: set() for folder in FOLDERS}
        self.wrong = []
        self.done = dict.fromkeys(("look", "idle", "flag", "move", "copy and expunge"), 0)

    def run(self, end):
        while not end.is_set():
            try:
                self.session()
            except FAILURES:
                time.sleep(0.05)

    def session(self):
        client = imaplib.IMAP4("127.0.0.1", timeout=20)
        try:
            client.login(self.account, "sesame")
            client.create("Archive")
            client.create("Spare")
            for _ in range(random.randint(1, 8)):
                folder = random.choice(FOLDERS)
                uids = self.look(client, folder)
                self.done["look"] += 1
                act = random.choice((self.idle, self.flag, self.move, self.move, self.copy_and_expunge))
                act(client, folder, uids)
                self.done[act.__name__.replace("_", " ")] += 1
            client.logout()
        finally:
            client.shutdown()

    def accuse(self, what):
        with self.lock:
            self.wrong.append(what)

    @staticmethod
    def ask(client, command, *arguments):
        kind, data = client.uid(command, *arguments)
        if kind != "OK":
            raise ValueError(f"{command}: {data}")
        return data

    def look(self, client, folder):
        """Selects it, and reads some of what is there."""
        with self.lock:
            floor, still = self.next[folder], set(self.still.values()) if folder == "INBOX" else set()
        kind, count = client.select(folder)
        if kind != "OK":
            raise ValueError(f"SELECT: {count}")
        following, validity = (int(client.response(word)[1][0]) for word in ("UIDNEXT", "UIDVALIDITY"))
        uids = [int(uid) for uid in self.ask(client, "SEARCH", "ALL")[0].split()]
        with self.lock:
            self.next[folder] = max(self.next[folder], following)
            self.validities[folder].add(validity)
        if following < floor:
            self.accuse(f"{folder}: UIDNEXT {following} after {floor}")
        if still - set(uids):
            self.accuse(f"{folder}: UIDs {sorted(still - set(uids))[:5]} have gone")
        for uid in random.sample(uids, min(len(uids), 8)):
            self.read(client, folder, uid)
        return uids

    def read(self, client, folder, uid):
        data = self.ask(client, "FETCH", str(uid), "(BODY.PEEK[])")
        if not isinstance(data[0], tuple):
            return  # somebody else has moved it
        message = data[0][1].replace(b"\r\n", b"\n")
        self.note([message])
        token = self.token_of(message)
        if token is None:
            return  # torn: noted
        with self.lock:
            before = self.tokens[folder].setdefault(uid, token)
            home = self.still.setdefault(token, uid) if not may_move(token) else uid
        if before != token or home != uid or (folder != "INBOX" and not may_move(token)):
            self.accuse(f"{folder}: UID {uid} is {token}, and was {before}, which had UID {home}")

    @staticmethod
    def idle(client, _folder, _uids):
        tag = client._new_tag()
        client.send(tag + b" IDLE\r\n")
        if not client.readline().startswith(b"+"):
            raise ValueError("IDLE")
        select.select([client.sock], [], [], random.uniform(0, 3))
        client.send(b"DONE\r\n")
        while line := client.readline():
            if line.startswith(tag):
                return

    def flag(self, client, _folder, uids):
        for uid in random.sample(uids, min(len(uids), 5)):
            self.ask(client, "STORE", str(uid), random.choice(("+FLAGS", "-FLAGS")), r"(\Seen \Flagged)")

    def movable(self, folder, uids):
        with self.lock:
            known = self.tokens[folder]
            return [uid for uid in uids if uid in known and may_move(known[uid])]

    def move(self, client, folder, uids):
        other = FOLDERS[1 - FOLDERS.index(folder)]
        some = self.movable(folder, uids)
        for uid in random.sample(some, min(len(some), 3)):
            self.ask(client, "MOVE", str(uid), other)

    def copy_and_expunge(self, client, _folder, uids):
        """Copies, and expunges the copies: nothing is lost by that."""
        for uid in random.sample(uids, min(len(uids), 3)):
            self.ask(client, "COPY", str(uid), "Spare")
        client.select("Spare")
        client.store("1:*", "+FLAGS.SILENT", r"(\Deleted)")
        client.expunge()

    def judge(self):
        """What is wrong; nothing, if all is as it must be."""
        found = self.wrong + [f"{folder}: UIDVALIDITY {sorted(values)}" for folder, values in self.validities.items()
                              if len(values) > 1]
        idle = [what for what, times in self.done.items() if times == 0]
        return found + ([f"never done: {idle}"] if idle else [])

    def text(self):
        read = sum(map(len, self.tokens.values()))
        return f"{read} UIDs seen; " + ", ".join(f"{what} {times}" for what, times in self.done.items())
