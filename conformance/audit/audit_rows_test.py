#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The audit is held to the spec table: for each row of privileges.json without calls a process is made that is what the
row says, by the running kernel, and `postern-conform audit` must find the row's reason and ways back to root (PV-2 to
PV-6). Rows that no kernel, or nobody outside, can show are named here. Root; own network namespace.
usage: audit_rows_test.py POSTERN-CONFORM PRIVILEGES.JSON"""
import ctypes
import json
import os
import socket
import struct
import subprocess
import sys
import tempfile
import threading

CONFORM, TABLE = sys.argv[1:]
IDS = {"root": 0, "mta": 64100, "nsgroup": 64101, "mail": 64108, "user": 64110, "other": 64111, "nobody": 65534}
CAPABILITIES = {"chown": 0, "dac-override": 1, "setgid": 6, "setuid": 7, "setpcap": 8, "net-bind-service": 10}
NOT_TO_BE_SEEN = {
    "pv-2-ambient-set": "the kernel has no ambient capability without the permitted one",
    "pv-2-no-new-privs-off-no-file": "the audit takes it that there is a set-uid file to execute",
    "md-4-keeper-asks-helper": "/proc does not show the other end of a socket",
    "md-4-dispatcher-asks-helper": "/proc does not show the other end of a socket",
}
libc = ctypes.CDLL(None, use_errno=True)
ALL = 0  # what this machine gives its root


def call(name, *arguments):
    if getattr(libc, name)(*[ctypes.c_ulong(one) for one in arguments]) < 0:
        raise OSError(ctypes.get_errno(), f"{name}{arguments}")


def own_permitted():
    with open("/proc/self/status", encoding="ascii") as status:
        return int(next(line for line in status if line.startswith("CapPrm")).split()[1], 16)


def mask(names):
    return ALL if names == ["all"] else sum(1 << CAPABILITIES[name] for name in names)


def capset(effective, permitted, inheritable):
    halves = [(one >> shift) & 0xFFFFFFFF for shift in (0, 32) for one in (effective, permitted, inheritable)]
    header, data = struct.pack("Ii", 0x20080522, 0), struct.pack("6I", *halves)
    if libc.capset(header, data) != 0:
        raise OSError(ctypes.get_errno(), "capset")


def keep_only_standard_descriptors(kept):
    null = os.open("/dev/null", os.O_RDWR)
    for number in range(3):
        os.dup2(null, number)
    for number in map(int, os.listdir("/proc/self/fd")):
        if number > 2 and number not in kept:
            try:
                os.close(number)
            except OSError:
                pass


def become(row, kept, port):
    """This process, a child of the test, turns into what the row says. The order is the kernel's."""
    keep_only_standard_descriptors(kept)
    held = []  # for the life of the process
    if row["files"]:
        held.append(os.open("/etc/hostname", os.O_RDONLY))
    if row["listens"]:
        held.append(socket.create_server(("127.0.0.1", 0)))
    if row["connected"]:
        held.append(socket.create_connection(("127.0.0.1", port)))
    ids = {kind: [IDS[row[f"{which}-{kind}"]] for which in ("real", "effective", "saved", "file-system")]
           for kind in ("user", "group")}
    call("prctl", 28, 0x04, 0, 0, 0)  # PR_SET_SECUREBITS: ids change, and the sets stay
    os.setgroups([IDS[name] for name in row["groups"]])
    os.setresgid(*ids["group"][:3])
    os.setresuid(*ids["user"][:3])
    libc.setfsgid(ids["group"][3])
    libc.setfsuid(ids["user"][3])
    capset(ALL, ALL, mask(row["inheritable"]))
    for number in range(41):
        if not mask(row["bounding"]) >> number & 1:
            call("prctl", 24, number, 0, 0, 0)  # PR_CAPBSET_DROP
    if row["no-new-privs"]:
        call("prctl", 38, 1, 0, 0, 0)
    call("prctl", 4, int(row["dumpable"]), 0, 0, 0)  # PR_SET_DUMPABLE
    if row["threads"] == 2:
        threading.Thread(target=os.read, args=(kept[0], 1), daemon=True).start()
    if row["seccomp"] == 2:
        allow_all = ctypes.create_string_buffer(struct.pack("HBBI", 6, 0, 0, 0x7FFF0000))
        program = struct.pack("HxxxxxxQ", 1, ctypes.addressof(allow_all))
        if libc.prctl(22, ctypes.c_ulong(2), program, 0, 0) != 0:  # PR_SET_SECCOMP
            raise OSError(ctypes.get_errno(), "PR_SET_SECCOMP")
    capset(mask(row["effective"]), mask(row["permitted"]), mask(row["inheritable"]))
    return held


def live(row, ready, go_on, port):
    try:
        held = become(row, [go_on, ready], port)
    except BaseException as failure:  # pylint: disable=broad-except
        os.write(ready, repr(failure).encode())
        os._exit(1)
    os.write(ready, b"r")
    if row["seccomp"] == 1:
        libc.prctl(22, ctypes.c_ulong(1), 0, 0, 0)  # read, write and exit are left
    os.read(go_on, 1)
    os._exit(len(held) * 0)


class Process:
    """A child of this test that is what `row` says, while the context lasts."""

    def __init__(self, row, port):
        ready, go_on = os.pipe(), os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            live(row, ready[1], go_on[0], port)
        os.close(ready[1])
        os.close(go_on[0])
        self.end = go_on[1]
        said = os.read(ready[0], 4096)
        os.close(ready[0])
        if said != b"r":
            raise AssertionError(f"cannot be made: {said.decode()}")
        while row["seccomp"] == 1 and "Seccomp:\t1" not in open(f"/proc/{self.pid}/status", encoding="ascii").read():
            pass

    def __enter__(self):
        return self.pid

    def __exit__(self, *_):
        os.close(self.end)
        os.kill(self.pid, 9)
        os.waitpid(self.pid, 0)


def audited(pid, row, roots_file):
    with open(f"/proc/{pid}/cmdline", encoding="ascii") as words:
        program = os.path.basename(words.read().split("\0")[0])
    command = [CONFORM, "audit", "--json", "--pid", str(pid), "--user", "64100", "--group", "64101", "--mail-group",
               "64108", "--role", f"{program}={row['role']}"]
    command += ["--as-user"] if not row["started-as-root"] else ["--root-reads", roots_file]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    objects = [json.loads(line) for line in found.stdout.splitlines()]
    if len(objects) != 1:
        raise AssertionError(f"{found.returncode} {found.stderr}")
    return objects[0], found.returncode


def check(row, port, files):
    with Process(row, port) as pid:
        seen, status = audited(pid, row, files["mta" if row["roots-input"] else "root"])
    first = (seen["findings"] or ["conforms"])[0]
    if (first, seen["ways-back"]) != (row["reason"], row["ways-back"]):
        return f"{row['id']}: found {seen}, the row says {row['reason']} and {row['ways-back']}"
    good = first == "conforms" and row["ways-back"] == (2 if row["role"] == "maildrop-helper" else 0)
    return None if status == (0 if good else 1) else f"{row['id']}: exit status {status}"


def main():
    if os.geteuid() != 0:
        print("SKIPPED, NOT TESTED: needs root (processes of other ids)")
        return 77
    if "POSTERN_IN_NAMESPACE" not in os.environ:
        os.environ["POSTERN_IN_NAMESPACE"] = "1"
        os.execvp("unshare", ["unshare", "--net", "--", sys.executable, *sys.argv])
    global ALL  # pylint: disable=global-statement
    ALL = own_permitted()
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    with open(TABLE, encoding="utf-8") as table:
        table = json.load(table)
    rows = [{**table["processes"][row["process"]], **row["with"], **row} for row in table["rows"] if not row["calls"]]
    troubles, tried = [], 0
    with socket.create_server(("127.0.0.1", 0)) as peer, tempfile.TemporaryDirectory(dir="/run") as scratch:
        os.chmod(scratch, 0o755)
        files = {name: f"{scratch}/{name}" for name in ("root", "mta")}
        for name, path in files.items():
            with open(path, "w", encoding="ascii"):
                os.chown(path, IDS[name], IDS[name])
        for row in rows:
            if row["id"] in NOT_TO_BE_SEEN:
                continue
            tried += 1
            trouble = check(row, peer.getsockname()[1], files)
            troubles += [trouble] if trouble else []
    stale = set(NOT_TO_BE_SEEN) - {row["id"] for row in rows}
    troubles += [f"{one}: named here, and no row" for one in sorted(stale)]
    print("\n".join(troubles), f"{tried} rows as processes, {len(troubles)} troubles; not to be seen:", sep="\n")
    for name, why in NOT_TO_BE_SEEN.items():
        print(f"  {name}: {why}")
    return 1 if troubles or tried < 60 else 0


if __name__ == "__main__":
    sys.exit(main())
