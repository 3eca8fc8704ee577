#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Writes each row of the access-domain table as a Coq theorem: table_to_coq.py ACCESS_DOMAIN.json ROWS.v

A theorem says that the model's answer to the row's list, address and names is the row's: verdict, step, entry,
name and malformed entries. Nothing here knows what an answer ought to be."""

import json
import re
import sys

WHY = {code: "".join(part.capitalize() for part in code.split("-")) for code in (
    "short-form long-form leading-zero octet-range leading-dot slash wildcard-char empty-label label-length "
    "name-length hyphen numeric-tld octet-not-allowed ipv6-syntax prefix-length host-bits mapped-prefix").split()}

HEADER = """(* SPDX-License-Identifier: BSD-2-Clause *)
(* Generated from access_domain.json by proofs/table_to_coq.py; not to be edited. *)
From Coq Require Import Ascii String List.
From Postern Require Import AccessDomain Row.
Import ListNotations.
Open Scope list_scope.

(* The kernel computes the answer when the proof is closed. *)
Ltac by_computation := match goal with |- _ = ?answer => vm_cast_no_check (eq_refl answer) end.
"""


def octets(value):
    return bytes.fromhex(value["hex"]) if isinstance(value, dict) else value.encode("utf-8")


def text(value):
    raw = octets(value)
    if all(32 <= octet < 127 for octet in raw):
        return '(text_of "%s"%%string)' % raw.decode().replace('"', '""')
    return "[" + "; ".join('"%03d"%%char' % octet for octet in raw) + "]"


def sequence(items):
    return "[" + "; ".join(items) + "]"


def option(value, show=str):
    return "None" if value is None else "(Some %s)" % show(value)


def theorem(row):
    name = "row_" + row["id"].replace("-", "_")
    if not re.fullmatch(r"[a-z0-9_]+", name):
        sys.exit("table_to_coq: row %r: an id is a slug of a-z, 0-9 and -" % row["id"])
    malformed = ["(%d, %s)" % (m["entry"], WHY[m["why"]]) for m in row["malformed"]]
    return """
Theorem %s : (* %s *)
  row %s
    %s
    %s
  = Some (Row %s %d %s %s %s).
Proof. by_computation. Qed.
""" % (name, ", ".join(row["sentences"]), sequence(map(text, row["list"])), text(row["ip"]),
       sequence(map(text, row["names"])), row["verdict"].capitalize(), row["step"], option(row["entry"]),
       option(row["name"], text), sequence(malformed))


def main():
    with open(sys.argv[1], encoding="utf-8") as table:
        rows = json.load(table)["rows"]
    with open(sys.argv[2], "w", encoding="utf-8") as theorems:
        theorems.write(HEADER + "".join(map(theorem, rows)))


main()
