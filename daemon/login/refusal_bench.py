#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Whether the three kinds of refused login can be told apart from outside (AD-L2). A measurement, no test; needs root.

usage: refusal_bench.py BUILD_DIRECTORY POSTERN_SETUP [TRIES [PER_SECOND]]

An unknown account, a wrong password, and a right password from a refused place (whose list has a name, so that a look-up is
made, of a name server that takes 100 ms) are tried TRIES times each (1000) over POP3 and over IMAP, in random order, at random
times, PER_SECOND (8) on average, each from an address of its own, in a network namespace, against posternd with the settings it
has by default. For each pair of kinds it prints the largest distance between the two distributions (Kolmogorov-Smirnov), how
often a random relabelling has as large a one (p), and how often the best threshold found on one half of the tries guesses the
kind of the other half's (50 %: it knows nothing). The same is printed for a control that must be told apart:
refusal-quantum = 0, a quarter of the tries, a third as many a second: where they wait for each other's hashes, nothing is seen.
A try that found no turn to hash, which on a machine with too much to do is answered "not now" whatever its kind, is counted
apart. Exit: 0 if words are alike, no p is below 0.01 / 6, and the control is told apart; 1 otherwise.
"""
import asyncio
import bisect
import os
import random
import socket
import statistics
import sys
import threading
import time

sys.path += [os.path.join(os.path.dirname(os.path.abspath(__file__)), part) for part in ("../setup", "../deliver")]
from live_daemon import LiveDaemon, expect
from live_delivery import MTA, enter_namespace

POP3, IMAP = 110, 143
KINDS = {"unknown account": ("nobody", "right words"), "wrong password": ("alice", "wrong words"),
         "refused place": ("alice", "right words")}
RELABELLINGS = 2000


def slow_name_server():
    """Answers every question with NXDOMAIN, after 100 ms."""
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 53))

    def serve():
        while True:
            question, asker = server.recvfrom(512)
            answer = question[:2] + b"\x81\x83" + question[4:6] + bytes(6) + question[12:]
            threading.Timer(0.1, server.sendto, (answer, asker)).start()

    threading.Thread(target=serve, daemon=True).start()
    with open("/etc/resolv.conf", "w", encoding="ascii") as resolver:
        resolver.write("nameserver 127.0.0.1\n")
    with open("/etc/nsswitch.conf", "w", encoding="ascii") as switch:
        switch.write("passwd: files\ngroup: files\nhosts: files dns\n")


async def try_once(port, kind, address):
    """The refusal's words, and the milliseconds from the last command to them."""
    account, password = KINDS[kind]
    reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(address, 0))
    await reader.readline()
    command = f'a LOGIN {account} "{password}"\r\n'
    if port == POP3:
        writer.write(f"USER {account}\r\n".encode())
        await reader.readline()
        command = f"PASS {password}\r\n"
    begin = time.perf_counter_ns()
    writer.write(command.encode())
    words = await reader.readline()
    waited = (time.perf_counter_ns() - begin) / 1e6
    writer.close()
    return words, waited


async def try_all(tries, per_second):
    """{(port, kind): [(words, ms)]}, in random order, at random times."""
    order = [(port, kind) for port in (POP3, IMAP) for kind in KINDS for _ in range(tries)]
    random.shuffle(order)
    results = {one: [] for one in order}

    async def one_try(number, one):
        address = f"127.{1 + number // 62500}.{number // 250 % 250}.{1 + number % 250}"
        results[one].append(await try_once(*one, address))

    running = []
    for number, one in enumerate(order):
        running.append(asyncio.create_task(one_try(number, one)))
        await asyncio.sleep(random.expovariate(per_second))
    await asyncio.gather(*running)
    return results


def distance(labels, of_first, of_second):
    """Kolmogorov-Smirnov, of labels in the order of their values."""
    gap = worst = 0.0
    for is_first in labels:
        gap += 1 / of_first if is_first else -1 / of_second
        worst = max(worst, abs(gap))
    return worst


def apart(first, second):
    """(distance, p, share of right guesses)."""
    pooled = sorted([(value, True) for value in first] + [(value, False) for value in second])
    labels = [is_first for _, is_first in pooled]
    seen = distance(labels, len(first), len(second))
    as_large = 0
    for _ in range(RELABELLINGS):
        random.shuffle(labels)
        as_large += distance(labels, len(first), len(second)) >= seen - 1e-12
    return seen, (as_large + 1) / (RELABELLINGS + 1), guesses(first, second)


def guesses(first, second):
    """How many of the second halves a threshold that is best on the first halves guesses right."""
    learnt = [sorted(one[0::2]) for one in (first, second)]
    asked = [sorted(one[1::2]) for one in (first, second)]

    def right(two, at):  # who is below `at` is of the first kind
        below = [bisect.bisect_left(one, at) / len(one) for one in two]
        return (below[0] + 1 - below[1]) / 2

    best = max(learnt[0] + learnt[1], key=lambda at: abs(right(learnt, at) - 0.5))
    share = right(asked, best)
    return share if right(learnt, best) >= 0.5 else 1 - share


def report(name, results):
    """Prints, and returns whether all words are alike, and the least p."""
    print(f"\n{name}", flush=True)
    least, alike = 1.0, True
    for port, protocol in ((POP3, "POP3"), (IMAP, "IMAP")):
        checked = {kind: [one for one in results[port, kind] if b" not now" not in one[0]] for kind in KINDS}
        words = {word for kind in KINDS for word, _ in checked[kind]}
        alike = alike and len(words) == 1
        print(f"{protocol}: words: {b' | '.join(sorted(words)).decode()!r}")
        times = {kind: [waited for _, waited in checked[kind]] for kind in KINDS}
        for kind, waits in times.items():
            deciles = statistics.quantiles(waits, n=10)
            without = len(results[port, kind]) - len(waits)
            print(f"  {kind:16} {len(waits)} tries, {without} more without a turn; ms: median {deciles[4]:.2f}, "
                  f"10 % {deciles[0]:.2f}, 90 % {deciles[8]:.2f}, least {min(waits):.2f}, most {max(waits):.2f}")
        kinds = list(KINDS)
        for a, b in ((0, 1), (0, 2), (1, 2)):
            seen, p, share = apart(times[kinds[a]], times[kinds[b]])
            least = min(least, p)
            print(f"  {kinds[a]} / {kinds[b]}: distance {seen:.3f}, p {p:.4f}, guessed right {share:.1%}", flush=True)
    return alike, least


def measure(build, setup, settings, tries, per_second):
    arguments = ["--pop3-listen", f"0.0.0.0:{POP3}", "--imap-listen", f"0.0.0.0:{IMAP}"]
    with LiveDaemon(build, setup, MTA, POP3, arguments, settings) as daemon:
        daemon.account("add", "alice", "--access", "elsewhere.test", password="right words")
        return asyncio.run(try_all(tries, per_second))


def main():
    enter_namespace()
    slow_name_server()
    build, setup = sys.argv[1:3]
    tries = int(sys.argv[3]) if len(sys.argv) > 3 else 1000
    per_second = float(sys.argv[4]) if len(sys.argv) > 4 else 8.0
    print(f"load: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    alike, least = report("as it is by default", measure(build, setup, "", tries, per_second))
    results = measure(build, setup, "refusal-quantum = 0\n", tries // 4, per_second / 3)
    _, control = report("control: refusal-quantum = 0", results)
    print(f"\nload: {os.getloadavg()[0]:.1f}")
    expect(alike, "the words tell the kinds apart")
    expect(control < 0.001, "the control was not told apart: this measures nothing")
    expect(least >= 0.01 / 6, "the instants tell the kinds apart")
    print("the three kinds cannot be told apart; the control can")


if __name__ == "__main__":
    main()
