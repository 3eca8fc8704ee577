#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""bench.py BUILD SETUP PACKAGES [--quick|--smoke] [--only PART,...] [--scratch DIR] [--json FILE]: posternd beside
Debian's Dovecot, Postfix and OpenSMTPD (PACKAGES holds the latter two, unpacked), in interleaved rounds of one run. A
measurement: it ends with 0 however slow something is, with 1 if something does not work or counts wrong, with 77
without root. Figures are medians over the rounds [lowest - highest]; `noise` is the same posternd measured twice in
each round, second by first. --scratch must be on a disk."""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

import servers
from servers import HOST, PASSWORD, PEOPLE, USERS, Dovecot, OpenSmtpd, Postern, Postfix, expect

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../deliver"))
from live_delivery import enter_namespace

CHEAP = ("sha512crypt", "--cost", "cheapest")
MANY = 10000


class Sizes:
    """How much of everything: the full run, the quick one, the smallest that shows that the tool works."""

    def __init__(self, options):
        self.rounds = 1 if options.smoke else 3 if options.quick else 5
        self.limit = ("--sessions", "3") if options.smoke else ("--seconds", "1.5" if options.quick else "2.5")
        self.connections = (2,) if options.smoke else (1, 10)
        self.held = 5 if options.smoke else 200 if options.quick else 1000
        self.held_by_peer = 5 if options.smoke else 40 if options.quick else 100
        self.many = 20 if options.smoke else MANY
        self.traced = 3 if options.smoke else 20


def spread(values):
    low, middle, high = min(values), statistics.median(values), max(values)
    return f"{middle:.3g} [{low:.3g} - {high:.3g}]"


class Report:
    """The table, and the same as JSON lines."""

    def __init__(self, path):
        self.rows = []
        self.json = open(path, "w", encoding="utf-8") if path else None

    def add(self, what, figures, target="", ratio=None, noise=None):
        """`figures`: for each server its values; `ratio`, `noise`: values. A target is a text, and says of what."""
        self.rows.append((what, ", ".join(f"{name} {spread(values)}" for name, values in figures.items()),
                          spread(ratio) if ratio else "", target, spread(noise) if noise else ""))
        print("  " + " | ".join(cell for cell in self.rows[-1] if cell), flush=True)
        if self.json:
            json.dump({"what": what, "figures": figures, "ratio": ratio, "target": target, "noise": noise}, self.json)
            self.json.write("\n")
            self.json.flush()

    def table(self):
        head = ("what", "figures", "ratio", "target", "noise")
        lines = [" | ".join(row) for row in (head, ("---",) * len(head), *self.rows)]
        return "\n".join(f"| {line} |" for line in lines)


class Bench:
    def __init__(self, options):
        self.options = options
        self.size = Sizes(options)
        self.report = Report(options.json)
        self.load = options.build + "/daemon/bench/postern-load"

    # ---- what the parts are made of ----

    def command(self, server, protocol, *more):
        return [self.load, "--protocol", protocol, "--port", str(server.ports[protocol]), "--password", PASSWORD,
                "--domain", HOST, *more]

    def run(self, server, protocol, connections, *more, limit=None):
        """What the load client says, and `cpu`: the server's milliseconds for each session."""
        before = server.cpu()
        command = self.command(server, protocol, "--connections", str(connections), *(limit or self.size.limit), *more)
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
        expect(done.returncode in (0, 1), f"{command} ended with {done.returncode}")
        said = json.loads(done.stdout)
        expect(said["sessions"] and not said["failed"], f"{server.name}, {protocol}: {said}")
        if self.options.smoke and limit is None:
            expect(said["sessions"] == 3, said)
        said["cpu"] = (server.cpu() - before) * 1000 / said["sessions"]
        return said

    def interleave(self, names, act):
        """act(name) for all names in each round, the first once more at its end; what came of it, by name, and
        "again"."""
        results = {name: [] for name in (*names, "again")}
        for number in range(self.size.rounds):
            turned = [*names[number % len(names):], *names[:number % len(names)]]
            for name in turned:
                results[name].append(act(name))
            results["again"].append(act(names[0]))
        return results

    def compare(self, what, by_name, measure, keys, targets):
        """One row for each key of what measure(server) returns, and for each peer: the first of by_name against the
        others."""
        results = self.interleave(list(by_name), lambda name: measure(by_name[name]))
        mine, *peers = by_name
        for key, unit, more_is_better in keys:
            values = {name: [one[key] for one in ones] for name, ones in results.items()}
            both = [(a + b) / 2 for a, b in zip(values[mine], values["again"])]
            noise = [b / a for a, b in zip(values[mine], values["again"]) if a] or [1]
            for peer in peers:
                ratio = [m / p if more_is_better else p / m for m, p in zip(both, values[peer]) if m and p] or [0]
                self.report.add(f"{what}, {unit}", {mine: both, peer: values[peer]}, targets.get((key, peer), ""), ratio,
                                noise)

    # ---- the parts ----

    def sessions(self, postern, dovecot, _):
        keys = (("per_second", "sessions/s", True), ("cpu", "CPU ms/session", False))
        for protocol in ("pop3", "imap"):
            for connections in self.size.connections:
                self.compare(f"{protocol} sessions, {connections} at a time",
                             {"postern": postern, "dovecot": dovecot},
                             lambda server: self.run(server, protocol, connections, "--accounts", str(PEOPLE)), keys,
                             {("per_second", "dovecot"): "ratio >= 6, aiming at 10"})

    def idle_kb(self, server, protocol, hold, count):
        """(kB of processes, kB of kernel) for each of `count` idle connections; all must be there at the end."""
        (processes, kernel), logins = server.memory_kb(), server.logins()
        command = self.command(server, protocol, "--connections", str(count), "--hold", hold, "--accounts", str(MANY))
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as client:
            held = json.loads(client.stdout.readline())["held"]
            time.sleep(1)
            with_them = server.memory_kb()
            there = json.loads(client.communicate()[0])["still_there"]
        expect(held == there == count, f"{server.name}, {protocol}: {held} of {count} idle connections made, {there} left")
        if logins is not None:
            expect(server.logins() - logins == (count if hold == "login" else 0), "held before or after the login")
        time.sleep(1)
        return (with_them[0] - processes) / count, None if kernel is None else (with_them[1] - kernel) / count

    def memory(self, postern, dovecot, _):
        for protocol in ("pop3", "imap"):
            for hold, target in (("greeting", "ratio >= 4"), ("login", "ratio >= 2")):
                of_mine = self.idle_kb(postern, protocol, hold, self.size.held)
                of_peer = self.idle_kb(dovecot, protocol, hold, self.size.held_by_peer)
                where = f"{protocol}, idle after the {hold}, {self.size.held} and {self.size.held_by_peer} held"
                self.report.add(where + ", PSS kB/connection", {"postern": of_mine[:1], "dovecot": of_peer[:1]},
                                ratio=[of_peer[0] / of_mine[0]])
                if of_mine[1] is not None:
                    self.report.add(where + ", PSS + kernel kB/connection",
                                    {"postern": [sum(of_mine)], "dovecot": [sum(of_peer)]}, target,
                                    [sum(of_peer) / sum(of_mine)])

    def yescrypt(self, postern, *_):
        """Sessions a second with the hash that `postern account` makes, by what the cores could hash at best."""
        cores = os.cpu_count()
        sessions, floors = [], []
        first = MANY + 100
        postern.add_accounts(first, PEOPLE, self.yescrypt_hash)
        for _ in range(self.size.rounds):
            floors.append(hashes_per_second(self.yescrypt_hash, cores, 1 if self.options.smoke else 2))
            sessions.append(self.run(postern, "pop3", 4 * cores, "--accounts", str(PEOPLE), "--first-account",
                                     str(first), limit=None if self.options.smoke else ("--seconds", "3"))["per_second"])
        self.report.add("pop3 sessions with yescrypt, by hashes/s of all cores alone", {"postern": sessions,
                                                                                       "hashes": floors},
                        "ratio >= 0.8", [a / b for a, b in zip(sessions, floors)])

    def flat(self, what, unit, target, measures):
        """measures: {name: a function}; ratio: the second by the first."""
        results = self.interleave(list(measures), lambda name: measures[name]())
        first, second = measures
        self.report.add(f"{what}, {unit}", {first: results[first], second: results[second]}, target,
                        [b / a for a, b in zip(results[first], results[second])],
                        [b / a for a, b in zip(results[first], results["again"])])

    def mailboxes(self, postern, *_):
        """An unchanged mailbox of 1 message and of many, the whole way from the password to the answer."""
        small, large = MANY + 200, MANY + 201
        postern.add_accounts(small, 2, self.cheap_hash)
        postern.put_mail(f"u{small}", 1)
        postern.put_mail(f"u{large}", self.size.many)

        def milliseconds(protocol, account, count, *steps):
            said = self.run(postern, protocol, 1, "--first-account", str(account), "--expected-mail", str(count))
            return sum(said["step_ms"][step] for step in steps)

        for protocol, steps in (("imap", ("login", "select")), ("pop3", ("login", "stat"))):
            for account, count in ((small, 1), (large, self.size.many)):
                milliseconds(protocol, account, count, *steps)  # takes what is new
            time.sleep(1)
            self.flat(f"{protocol} {' + '.join(steps)} of an unchanged mailbox", "ms", "ratio <= 2", {
                "1 message": lambda: milliseconds(protocol, small, 1, *steps),
                f"{self.size.many} messages": lambda: milliseconds(protocol, large, self.size.many, *steps)})

    def accounts(self, postern, *_):
        """Needs a server of its own for the few: it is the number there is that counts."""
        with Postern(self.options.build, self.options.setup, servers.SECOND_PORTS) as few:
            few.add_accounts(0, PEOPLE, self.cheap_hash)
            both = {f"{PEOPLE} accounts": (few, PEOPLE), f"{self.size.many} accounts": (postern, self.size.many)}
            for what, act in (("pop3 login", self.login_ms), ("delivered message", self.message_ms)):
                self.flat(f"{what} with few and many accounts", "CPU ms", "ratio <= 2",
                          {name: lambda act=act, one=one: act(*one) for name, one in both.items()})

    def login_ms(self, server, count):
        return self.run(server, "pop3", 10, "--accounts", str(count))["cpu"]

    def message_ms(self, server, count):
        return self.deliver(server, 10, False, [f"u{number}" for number in range(count)])["cpu"]

    def deliver(self, server, connections, is_mbox, people):
        """Messages sent and awaited where they are to lie; `per_second` is of delivered ones."""
        first = people[0][1:]
        began, cpu = time.monotonic(), server.cpu()
        said = self.run(server, "smtp", connections, "--accounts", str(len(people)), "--first-account", first)
        reached = people[:said["sessions"]]
        while (there := sum(server.mail_in(one)[is_mbox] for one in reached)) < said["sessions"]:
            expect(time.monotonic() - began < 60, f"{server.name}: {there} of {said['sessions']} messages are there")
            time.sleep(0.02)
        said["per_second"] = said["sessions"] / (time.monotonic() - began)
        expect(there == said["sessions"], f"{server.name}: {there} messages delivered, {said['sessions']} accepted")
        said["cpu"] = (server.cpu() - cpu) * 1000 / said["sessions"]
        server.forget_mail(reached)
        return said

    def smtp(self, postern, _, is_mbox):
        keys = (("per_second", "delivered/s", True), ("cpu", "CPU ms/message", False))
        kind = "mbox" if is_mbox else "Maildir"
        people = list(USERS)
        with Peers(self.options.packages, is_mbox) as peers:
            for connections in self.size.connections:
                bar = 0.8 if connections == 1 else 1
                self.compare(f"smtp to {kind}, {connections} at a time", {"postern": postern, **peers.running},
                             lambda server: self.deliver(server, connections, is_mbox, people),
                             keys, {("per_second", "postfix"): f"ratio >= {bar}"})
            for server in (postern, *peers.running.values()):
                self.count_syncs(server, is_mbox, kind)

    def count_syncs(self, server, is_mbox, kind):
        """In a run of its own: a traced server is slow."""
        summary = f"{tempfile.gettempdir()}/syncs"
        attach = [word for pid in servers.tree_of(server.process.pid) for word in ("-p", str(pid))]
        tracer = subprocess.Popen(["strace", "-f", "-qq", "-c", "-e", "trace=fsync,fdatasync,sync_file_range,syncfs", "-o",
                                   summary, *attach], stderr=subprocess.DEVNULL)
        time.sleep(1)
        sent = ("--sessions", str(self.size.traced))
        said = self.run(server, "smtp", 1, "--accounts", str(PEOPLE), limit=sent)
        while sum(server.mail_in(one)[is_mbox] for one in USERS) < said["sessions"]:
            time.sleep(0.05)
        time.sleep(0.5)
        tracer.send_signal(2)
        tracer.wait(20)
        with open(summary, encoding="ascii") as lines:
            counts = {line.split()[-1]: int(line.split()[3]) for line in lines if line.rstrip().endswith("sync")}
        figures = {call: [count / said["sessions"]] for call, count in counts.items()} or {"none": [0]}
        self.report.add(f"smtp to {kind}, syncs a message: {server.name}", figures)
        server.forget_mail(USERS)

    def all(self):
        chosen = self.options.only.split(",") if self.options.only else PARTS
        with Postern(self.options.build, self.options.setup) as postern, Dovecot() as dovecot:
            self.yescrypt_hash = postern.hash_of_password("yescrypt")
            self.cheap_hash = postern.hash_of_password(*CHEAP)
            for server in (postern, dovecot):
                server.add_accounts(0, self.size.many if server is postern else MANY, self.cheap_hash)
            for part in chosen:
                if part != "smtp":
                    getattr(self, part)(postern, dovecot, None)
        if "smtp" in chosen:
            for is_mbox in (False, True):
                with Postern(self.options.build, self.options.setup) as postern:
                    postern.add_accounts(0, PEOPLE, self.cheap_hash, is_mbox)
                    self.smtp(postern, None, is_mbox)
        print(f"\n{machine()}\n\n{self.report.table()}")


PARTS = ["sessions", "memory", "yescrypt", "mailboxes", "accounts", "smtp"]


class Peers:
    """Those of Postfix and OpenSMTPD whose package is there, running."""

    def __init__(self, packages, is_mbox):
        self.running = {}
        self.made = []
        for kind in (Postfix, OpenSmtpd):
            found = [name for name in os.listdir(packages) if name.startswith(kind.name)] if os.path.isdir(packages) else []
            if found:
                self.made.append(kind(f"{packages}/{found[0]}", is_mbox))
            else:
                print(f"SKIPPED, NOT MEASURED: {kind.name} is not unpacked in {packages}: ci/install-deps bench")

    def __enter__(self):
        self.running = {server.name: server.__enter__() for server in self.made}
        return self

    def __exit__(self, *failure):
        for server in self.made:
            server.__exit__(*failure)


def hash_for(hashed, seconds):
    """How many hashes one process makes; run in several."""
    program = ("import crypt,sys,time\nend=time.monotonic()+float(sys.argv[2]); count=0\n"
               "while time.monotonic()<end: crypt.crypt('sesame',sys.argv[1]); count+=1\nprint(count)")
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", program, hashed, str(seconds)], check=True,
                          stdout=subprocess.PIPE, text=True)
    return int(done.stdout)


def hashes_per_second(hashed, cores, seconds):
    with ThreadPoolExecutor(cores) as pool:
        return sum(pool.map(lambda _: hash_for(hashed, seconds), range(cores))) / seconds


def output_of(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.strip()


def machine():
    with open("/proc/cpuinfo", encoding="ascii") as cpus:
        model = next(line.split(":")[1].strip() for line in cpus if line.startswith("model name"))
    disk = output_of("findmnt", "-no", "FSTYPE", "-T", tempfile.gettempdir())
    return (f"{time.strftime('%Y-%m-%d')}; {os.cpu_count()} x {model}; Linux {os.uname().release}; {disk}; "
            f"Dovecot {output_of('dovecot', '--version')}; load average at the end {os.getloadavg()[0]:.1f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build")
    parser.add_argument("setup")
    parser.add_argument("packages")
    parser.add_argument("--quick", action="store_true", help="about two minutes")
    parser.add_argument("--smoke", action="store_true", help="a few sessions of each: whether the tool works")
    parser.add_argument("--only", help="some of: " + ", ".join(PARTS))
    parser.add_argument("--scratch", default="/var/tmp")
    parser.add_argument("--json")
    options = parser.parse_args()
    enter_namespace(USERS)
    with tempfile.TemporaryDirectory(prefix="postern-bench-", dir=options.scratch) as scratch:
        os.chmod(scratch, 0o755)
        servers.prepare_machine(scratch)
        Bench(options).all()


if __name__ == "__main__":
    main()
