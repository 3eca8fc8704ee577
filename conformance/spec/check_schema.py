#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""check_schema.py DIR: the tables of DIR validate against their schemas, and the schemas refuse what they must.

Exit 0 yes, 1 no, 77 skipped: the module python3-jsonschema is not installed.
"""
import copy
import json
import pathlib
import sys

try:
    import jsonschema
except ImportError:
    print("SKIPPED: python3-jsonschema is not installed. Install it (apt-get install python3-jsonschema).")
    sys.exit(77)


def report(table, validator, file):
    """Prints each finding with the row's id; answers how many there are."""
    errors = sorted(validator.iter_errors(table), key=lambda error: list(error.absolute_path))
    for error in errors:
        path = list(error.absolute_path)
        row = table["rows"][path[1]] if path[:1] == ["rows"] and len(path) > 1 else {}
        where = row.get("id", "") if isinstance(row, dict) else ""
        print(f"{file}: {where or '/'.join(map(str, path))}: {error.message} (at {'/'.join(map(str, path))})")
    return len(errors)


def wrong_rows(row):
    """Rows that no schema may accept, made from a good one: (what was done, row)."""
    for field in [field for field in row if field != "choice"]:
        yield f"without {field}", {key: value for key, value in row.items() if key != field}
    for field, value in [("zebra", 1), ("id", "Not A Slug"), ("verdict", "maybe"), ("step", 6), ("entry", -1),
                         ("live", False), ("list", [{"hex": "0"}]), ("group", "mine"), ("source", "mine"),
                         ("sentences", []), ("point", ""), ("malformed", [{"entry": 0, "why": "zebra"}]),
                         ("role", "zebra"), ("with", {"zebra": 1}), ("calls", [["zebra"]]), ("answers", ["no"]),
                         ("reason", "zebra"), ("ways-back", 5), ("tree", "zebra"), ("top", 1), ("kind", "zebra"),
                         ("object", {"mode": "0644"}), ("chain", []), ("at", -1), ("in-tree", 1), ("wishes", []),
                         ("who", 7), ("name", 7), ("user", {"name": "ann"}), ("spool", None), ("found", 0),
                         ("action", "zebra"), ("settings", {"zebra": "1"}), ("plan", 7), ("word", 7), ("successor", ""), ("lookup", {"names": [], "forward": {}, "status": "maybe"})]:
        yield f"{field} = {value!r}", {**copy.deepcopy(row), field: value}


def wrong_rows_of(rows):
    """From one row of each kind that the table has."""
    for row in {row.get("kind"): row for row in rows}.values():
        yield from wrong_rows(row)


def accepted_wrongly(table, validator, file):
    """Prints each wrong row that the schema lets pass; answers how many."""
    passed = [what for what, row in wrong_rows_of(table["rows"]) if validator.is_valid({**table, "rows": [row]})]
    for what in passed:
        print(f"{file}: its schema accepts a row {what}. Make the schema refuse it.")
    return len(passed)


def main(directory):
    findings = 0
    for name in ("access_domain", "login", "privileges", "trees", "maildrop", "encryption"):
        file = directory / f"{name}.json"
        schema = json.loads((directory / f"{name}.schema.json").read_text())
        table = json.loads(file.read_text())
        jsonschema.Draft202012Validator.check_schema(schema)
        validator = jsonschema.Draft202012Validator(schema)
        found = report(table, validator, file.name) + accepted_wrongly(table, validator, file.name)
        print(f"{file.name}: {len(table['rows'])} rows, {found} findings")
        findings += found
    return 1 if findings else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: check_schema.py DIR")
    sys.exit(main(pathlib.Path(sys.argv[1])))
