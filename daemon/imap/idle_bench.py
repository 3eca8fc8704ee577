#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Many connections in IDLE: what they cost while nothing happens, and when each of them hears of a delivery.

usage: idle_bench.py BUILD_DIRECTORY POSTERN_SETUP [CONNECTIONS [SECONDS]]
Sets the daemon up, logs CONNECTIONS (1,000) clients in, each to a mailbox of its own, lets all of them be silent for
SECONDS (60), and then puts a message into each mailbox. Prints the CPU time that the daemon's processes spent meanwhile,
and how long it took until a client was told. Exit: 0 each was told within 30 s, 1 one was not.
"""
import os
import re
import resource
import selectors
import shutil
import socket
import statistics
import sys
import time

sys.path.append(os.path.dirname(os.path.abspath(__file__)))
from clients_test import MTA, WORDS, Daemon, mail
from live_daemon import expect

PROMISED = 30.0  # seconds
LIMITS = "max-connections = {0}\nconnections-per-address = {0}\nunauthenticated-connections = {0}:1:{0}\n"


def copy_account(daemon, name):
    """An account like alice's; a hash for each would take longer than all the rest."""
    account = f"{daemon.root}/postoffice/accounts/{name}"
    shutil.copy(f"{daemon.root}/postoffice/accounts/alice", account)
    made = [account] + [f"{daemon.root}/mailbox/{name}" + part for part in ("", "/new", "/cur", "/tmp")]
    for path in made[1:]:
        os.mkdir(path, 0o700)
    for path in made:
        os.chmod(path, 0o600 if path == account else 0o700)
        if os.geteuid() == 0:
            os.chown(path, int(MTA), int(MTA))


def ask(client, command, end):
    client.sendall(command)
    heard = b""
    while not re.search(end, heard):
        more = client.recv(65536)
        expect(more, f"{command}: the server has gone after {heard}")
        heard += more


def idle(daemon, name):
    client = socket.create_connection(("127.0.0.1", daemon.imap_port), 60)
    ask(client, b"", rb"ready\r\n")
    ask(client, b'a LOGIN %s "%s"\r\n' % (name.encode(), WORDS.encode()), rb"a OK")
    ask(client, b"b SELECT INBOX\r\n", rb"b OK")
    ask(client, b"c IDLE\r\n", rb"\+ idling\r\n")
    client.setblocking(False)
    return client


def cpu_seconds(ours):
    """As the scheduler counts it: what a poll takes is far below a tick."""
    spent = 0
    for process in ours:
        with open(f"/proc/{process}/schedstat", encoding="ascii") as file:
            spent += int(file.read().split()[0])
    return spent / 1e9


def until_told(daemon, clients):
    """Seconds from the delivery into a mailbox until its client heard of it, one a client."""
    begin, waits = {}, []
    with selectors.DefaultSelector() as chosen:
        for name, client in clients.items():
            chosen.register(client, selectors.EVENT_READ, name)
        for name in clients:
            begin[name] = time.monotonic()
            daemon.deliver(name, "2000.idle", mail(20))
        last = time.monotonic() + 4 * PROMISED
        while len(waits) < len(clients) and time.monotonic() < last:
            for key, _ in chosen.select(1):
                if b" EXISTS" in key.fileobj.recv(4096):
                    waits.append(time.monotonic() - begin[key.data])
                    chosen.unregister(key.fileobj)
    expect(len(waits) == len(clients), f"{len(clients) - len(waits)} clients of {len(clients)} were told nothing")
    return waits


def measure(daemon, count, seconds):
    names = [f"idle{number}" for number in range(count)]
    for name in names:
        copy_account(daemon, name)
    clients = {name: idle(daemon, name) for name in names}
    ours = daemon.processes()
    before, begin = cpu_seconds(ours), time.monotonic()
    time.sleep(seconds)
    spent, passed = cpu_seconds(ours) - before, time.monotonic() - begin
    print(f"{count} connections in IDLE, {len(ours)} processes: {spent:.2f} s of CPU in {passed:.0f} s, {100 * spent / passed:.1f} % of "
          f"a core, {1e6 * spent / passed / count:.0f} us a second for each", flush=True)
    waits = until_told(daemon, clients)
    print(f"told of a delivery after: median {statistics.median(waits):.2f} s, longest {max(waits):.2f} s")
    return max(waits) <= PROMISED


def main():
    if len(sys.argv) < 3:
        print(__doc__)
        return 64
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 1000
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4 * count + 100), hard))
    os.environ["POSTERN_MORE_SETTINGS"] = os.environ.get("POSTERN_MORE_SETTINGS", "") + LIMITS.format(count + 10)
    with Daemon(*sys.argv[1:3]) as daemon:
        daemon.account("add", "alice", "--hash", "sha512crypt", password=WORDS)
        return 0 if measure(daemon, count, float(sys.argv[4]) if len(sys.argv) > 4 else 60) else 1


if __name__ == "__main__":
    sys.exit(main())
