#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""How long IMAP's SELECT, and POP3's login with STAT, of a mailbox that has not changed take, by its size. A measurement,
no test.

usage: select_bench.py BUILD_DIRECTORY POSTERN_SETUP
Prints for each size the median and the fastest of 100 SELECTs over one connection, and of the first SELECTs of 15
connections, login left out; and of 31 POP3 connections from the greeting to STAT's answer, login (a hash of SHA512-CRYPT)
among it. Run it on a quiet machine: the figures are wall time.
"""
import os
import poplib
import statistics
import sys
import time

sys.path.append(os.path.dirname(os.path.abspath(__file__)))
from clients_test import WORDS, Daemon, mail, ok

SIZES = (1, 10, 100, 1000, 10000)


def timed(act):
    start = time.perf_counter()
    act()
    return (time.perf_counter() - start) * 1000


def measure(daemon, account):
    client = daemon.login(account)
    ok(client.select("INBOX"))  # takes what is new
    client.logout()
    time.sleep(0.5)  # a listing within the kernel's tick of a change is not believed
    client = daemon.login(account)
    ok(client.select("INBOX"))
    many = [timed(lambda: ok(client.select("INBOX"))) for _ in range(100)]
    client.logout()
    first = []
    for _ in range(15):
        client = daemon.login(account)
        first.append(timed(lambda: ok(client.select("INBOX"))))
        client.logout()
    return many, first


def stat(port, account):
    client = poplib.POP3("127.0.0.1", port, timeout=60)
    client.user(account)
    client.pass_(WORDS)
    client.stat()
    client._shortcmd("QUIT")
    client.close()


def main():
    with Daemon(*sys.argv[1:3]) as daemon:
        print("messages   SELECT ms: median  fastest   first of a connection: median  fastest   POP3 STAT ms: median  fastest")
        for size in SIZES:
            account = f"box{size}"
            daemon.account("add", account, "--hash", "sha512crypt", password=WORDS)
            for number in range(size):
                daemon.deliver(account, f"1{number:06}.bench", mail(number))
            many, first = measure(daemon, account)
            stat(daemon.port, account)  # keeps its listing
            popped = [timed(lambda: stat(daemon.port, account)) for _ in range(31)]
            print(f"{size:8} {statistics.median(many):17.2f} {min(many):8.2f} {statistics.median(first):31.2f} {min(first):8.2f}"
                  f" {statistics.median(popped):22.2f} {min(popped):8.2f}", flush=True)


if __name__ == "__main__":
    main()
