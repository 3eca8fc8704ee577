# SPDX-License-Identifier: BSD-2-Clause
"""Seeded bugs, and the gates that must find them. A directory of patches has a `run` beside it, which says what its
gates are; what becomes of a patch is here."""
import argparse
import pathlib
import re
import shutil
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Wrong(Exception):
    """Why a control does not hold."""


def said(command, where, **more):
    done = subprocess.run(command, cwd=where, capture_output=True, text=True, check=False, errors="replace", **more)
    return done.returncode, done.stdout + done.stderr


def fields(patch, gates):
    """The lines "key: value" at its head. What a bug is comes after them."""
    head = re.match(r"(?:\w+: .+\n)*", patch.read_text()).group()
    found = dict(line.split(": ", 1) for line in head.splitlines())
    if not {"gate", "obligation"} <= set(found) or found["gate"] not in gates:
        raise Wrong("needs the lines gate: (%s) and obligation:" % ", ".join(gates))
    return found


def apply(patch, tree):
    status, text = said(["git", "apply", "--recount", str(patch)], tree)
    if status != 0:
        raise Wrong("does not apply. Sow the same bug in today's code:\n" + text)


def holds(patch, build, gates, copied):
    try:
        asked = fields(patch, gates)
        with tempfile.TemporaryDirectory(prefix="postern-control.") as scratch:
            tree = pathlib.Path(scratch)
            for part in copied:
                shutil.copytree(ROOT / part, tree / part)
            apply(patch, tree)
            gates[asked["gate"]](tree, build, asked)
        print("  found  %-28s by %s: %s" % (patch.stem, asked["gate"], asked["obligation"]), flush=True)
        return True
    except Wrong as wrong:
        print("  MISSED %-28s %s" % (patch.stem, wrong), flush=True)
        return False


def main(doc, here, gates, copied, pinned):
    """The main program of `here`/run: its exit status. A gate gets the copied tree, the build directory and the
    patch's fields, and raises Wrong unless it found the bug."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sample", action="store_true")
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("names", nargs="*")
    args = parser.parse_args()
    patches = sorted(here.glob("*.patch"))
    if len(patches) != pinned:
        print("%s: %d patches, %d are pinned. Mend PINNED in run" % (here.relative_to(ROOT), len(patches), pinned))
        return 1
    chosen = [p for p in patches if not args.names or p.stem in args.names]
    if args.sample:
        chosen = [p for p in chosen if re.search(r"^sample: yes$", p.read_text(), re.M)]
    found = sum([holds(patch, args.build.resolve(), gates, copied) for patch in chosen])
    print("ledger: controls: %d of %d seeded bugs found by the obligation that names them (%d in all)" % (
        found, len(chosen), pinned))
    return 0 if found == len(chosen) > 0 else 1
