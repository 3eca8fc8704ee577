#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""How long SELECT of a folder that has not changed takes, by its size. A measurement, no test.

usage: select_bench.py BUILD_DIRECTORY POSTERN_SETUP
Prints for each size the median and the fastest of 100 SELECTs over one connection, and of the first SELECTs of 15
connections, login left out. Run it on a quiet machine: the figures are wall time.
"""
import os
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


def main():
    with Daemon(*sys.argv[1:3]) as daemon:
        print("messages   SELECT ms: median  fastest   first of a connection: median  fastest")
        for size in SIZES:
            account = f"box{size}"
            daemon.account("add", account, "--hash", "sha512crypt", password=WORDS)
            for number in range(size):
                daemon.deliver(account, f"1{number:06}.bench", mail(number))
            many, first = measure(daemon, account)
            print(f"{size:8} {statistics.median(many):17.2f} {min(many):8.2f} {statistics.median(first):31.2f} {min(first):8.2f}")


if __name__ == "__main__":
    main()
