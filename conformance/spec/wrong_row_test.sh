#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# wrong_row_test.sh: a row added to the JSON and to nothing else reaches every level. A copy of the tables gets one row
# whose expected answer is wrong, and one more in each table of a model; each level must be green without
# them and red with them, on exactly those that it knows.
#
# A new level is a function level_NAME and its name in `levels`. It runs the level on the tables of "$tables", writes
# the ids of the rows that failed to its standard output, one a line, and answers 0 green, 1 red, 77 cannot run here
# (and says why on standard error); anything else is an error. "$rows" is empty, or the one row that suffices.
set -uo pipefail

levels=(lint static_asserts rows coq pure live)
carriers=(seeds page)  # judge nothing, but must carry the row: carries_NAME answers 0 if "$wrong_id" is there

# From the build: what to run.
: "${SOURCE_DIR:?}" "${SPEC_DIR:?}" "${SPEC_GEN:?}" "${SPEC_LINT:?}" "${SPEC_ROWS_TEST:?}" "${CMAKE:?}" "${CXX:?}"
POSTERN_CONFORM=${POSTERN_CONFORM:-}
POSTERN=${POSTERN:-}
ADAPTER=${ADAPTER:-}
POSTERND=${POSTERND:-}

wrong_id=wrong-row-suffix-without-boundary
model_ids=$'wrong-row-encryption\nwrong-row-maildrop\nwrong-row-process\nwrong-row-tree'  # known to static_asserts and rows
good_id=  # a row that stands in the table, for levels that are too dear to run whole

scratch=$(mktemp -d "${TMPDIR:-/tmp}/wrong_row_test.XXXXXX") || exit 1
trap 'rm -rf "$scratch"' EXIT
tables=$scratch/spec
rows=

cannot() { echo "$*" >&2; return 77; }

# The wrong row is well-formed: lint has nothing against it, so that what goes red is the answer and not the form.
level_lint() {
  "$SPEC_LINT" "$tables" "$SOURCE_DIR" >"$scratch/lint.log"
  case $? in
    0) return 0 ;;
    *) cat "$scratch/lint.log" >&2; return 2 ;;
  esac
}

level_static_asserts() {
  local log=$scratch/static_asserts.log build=$scratch/build
  if [[ ! -d $build ]]; then
    "$CMAKE" -S "$SOURCE_DIR" -B "$build" -G "${GENERATOR:-Ninja}" -DCMAKE_CXX_COMPILER="$CXX" \
      -DPOSTERN_SPEC_DIR="$tables" -DPOSTERN_SPEC_GEN="$SPEC_GEN" \
      -DPOSTERN_BUILD_TESTS=OFF -DPOSTERN_BUILD_DAEMON=OFF -DPOSTERN_BUILD_FUZZ=OFF >"$log" 2>&1 ||
      { cat "$log" >&2; return 2; }
  fi
  local go_on=(-k)
  [[ ${GENERATOR:-Ninja} != Ninja ]] || go_on=(-k 0)
  "$CMAKE" --build "$build" --target spec_static_asserts -- "${go_on[@]}" >"$log" 2>&1 && return 0
  # g++: "static assertion failed: ID"; clang++: "static_assert failed due to requirement '…' "ID""
  sed -n -e 's/.*static assertion failed: \([a-z0-9-]*\)$/\1/p' \
    -e 's/.*static_assert failed.*"\([a-z0-9-]*\)"$/\1/p' "$log" | tee "$scratch/ids"
  [[ -s $scratch/ids ]] || { cat "$log" >&2; return 2; }
  return 1
}

level_rows() {
  "$SPEC_ROWS_TEST" "$tables" >"$scratch/rows.log" 2>&1 && return 0
  sed -n 's/^\[  FAILED  \] [A-Za-z]*\.\([a-z0-9-]*\) (.*/\1/p' "$scratch/rows.log"
  return 1
}

# One row, as the table whole is the proof's own affair (proofs/check).
level_coq() {
  command -v coqc >/dev/null || { cannot "no coqc here"; return; }
  local where=$scratch/coq
  if [[ ! -d $where ]]; then
    { mkdir "$where" && cp "$SOURCE_DIR"/proofs/coq/{AccessDomain,Row}.v "$where" && cd "$where" &&
      coqc -q -Q . Postern AccessDomain.v && coqc -q -Q . Postern Row.v; } >&2 || return 2
  fi
  cd "$where" || return 2  # of the subshell that `expect` runs a level in
  python3 -c 'import json, sys
rows = json.load(open(sys.argv[1]))["rows"]
json.dump({"rows": [row for row in rows if row["id"] == sys.argv[2]]}, sys.stdout)' \
    "$tables/access_domain.json" "${rows:-$good_id}" >one.json &&
    python3 "$SOURCE_DIR/proofs/table_to_coq.py" one.json Rows.v || return 2
  coqc -q -Q . Postern Rows.v >log 2>&1 && return 0
  # File "./Rows.v", line N: the theorem above it is that which is not proved.
  local line
  line=$(sed -n 's/^File "\.\/Rows\.v", line \([0-9]*\),.*/\1/p' log)
  [[ -n $line ]] || { cat log >&2; return 2; }
  head -n "$line" Rows.v | sed -n 's/^Theorem row_\([a-z0-9_]*\) .*/\1/p' | tail -n 1 | tr _ -
  return 1
}

carries_seeds() {
  "$SPEC_GEN" "$tables" seeds "$scratch/seeds" && [[ -s $scratch/seeds/list/$wrong_id && -s $scratch/seeds/decide/$wrong_id ]]
}

carries_page() {
  "$SPEC_GEN" "$tables" page "$scratch/page" && grep -q "id=\"$wrong_id\"" "$scratch/page/spec.html"
}

# conform ARGUMENTS…: the runner; writes the ids of its report that are not ok.
conform() {
  local tap=$scratch/tap status
  POSTERN_SPEC_DIR=$tables "$POSTERN_CONFORM" run --expect none --tap "$tap" --quiet "$@" >"$scratch/conform.log" 2>&1
  status=$?
  [[ -s $tap ]] && sed -n 's/^not ok [0-9]* - \([a-z0-9-]*\).*/\1/p' "$tap"
  [[ $status -le 1 ]] || cat "$scratch/conform.log" >&2
  return $status
}

level_pure() {
  [[ -x $POSTERN_CONFORM && -x $POSTERN ]] || { cannot "postern-conform or postern is not built"; return; }
  conform --layer pure --program "$POSTERN decide" --gives verdict,step,entry,name,malformed \
    --claims hardening,extension,dialect
}

level_live() {
  [[ -x $POSTERN_CONFORM && -x $ADAPTER && -x $POSTERND ]] ||
    { cannot "postern-conform, posternd or its adapter is not built"; return; }
  unshare --user --map-root-user --net true 2>/dev/null || { cannot "no user and network namespaces here"; return; }
  conform --layer live --adapter "$ADAPTER" --only "${rows:-$good_id}"
}

fail() { echo "FAILED: $*"; failures=$((failures + 1)); }

# expect LEVEL WANTED_STATUS WANTED_IDS
expect() {
  local level=$1 ids status
  ids=$("level_$level" 2>"$scratch/errors" | sort)
  status=$?
  if [[ $status -eq 77 ]]; then
    echo "SKIPPED: $level: $(<"$scratch/errors")"
    return 77
  fi
  [[ $status -eq $2 ]] || { cat "$scratch/errors"; fail "$level: status $status where $2 is expected"; return 1; }
  [[ $ids == "$3" ]] || { fail "$level: failing rows are \"$ids\" where \"$3\" is expected"; return 1; }
  echo "ok: $level: ${ids:-green}"
}

append_wrong_row() {
  python3 - "$tables/access_domain.json" "$wrong_id" <<'PYTHON'
import json, sys
file, row_id = sys.argv[1:]
table = json.load(open(file))
table["rows"].append({
    "id": row_id, "sentences": ["AD-4"], "group": "spec", "list": ["wrong-row.test"], "ip": "198.51.100.254",
    "names": ["evilwrong-row.test"], "verdict": "allow", "step": 4, "entry": 0, "name": "evilwrong-row.test",
    "malformed": [], "point": "a row whose answer is wrong on purpose",
    "why": "evilwrong-row.test is not within wrong-row.test, so this must be found out.", "source": "boundary",
    "live": True})
json.dump(table, open(file, "w"))
PYTHON
}

append_wrong_model_rows() {
  python3 - "$tables" <<'PYTHON'
import json, pathlib, sys
def append(name, row):
    file = pathlib.Path(sys.argv[1], name)
    table = json.loads(file.read_text())
    table["rows"].append({"point": "a row whose answer is wrong on purpose", "source": "boundary",
                          "why": "The answer is another, so this must be found out.", **row})
    file.write_text(json.dumps(table))
append("privileges.json", {
    "id": "wrong-row-process", "sentences": ["PV-2"], "group": "spec", "role": "limits", "process": "mta",
    "with": {"saved-user": "nobody"}, "calls": [], "answers": [], "reason": "conforms", "ways-back": 0})
append("trees.json", {
    "id": "wrong-row-tree", "sentences": ["DT-4"], "group": "hardening", "kind": "tree", "tree": "postoffice",
    "top": False, "object": {"base": "mailbox-file", "names": 7}, "reason": "conforms"})
append("maildrop.json", {
    "id": "wrong-row-maildrop", "sentences": ["MD-4"], "group": "hardening", "name": "wrong/row",
    "user": {"name": "wrong/row", "id": "user"}, "spool": "spool", "found": None, "action": "create",
    "reason": "no-maildrop"})
append("encryption.json", {
    "id": "wrong-row-encryption", "sentences": ["EN-4"], "group": "spec", "base": "mail",
    "with": {"imap": "optional", "alias": "wrong-row"}, "reason": "alias-without-key", "word": None, "successor": None,
    "plan": None})
PYTHON
}

failures=0
ran=0
mkdir "$tables" && cp "$SPEC_DIR"/*.json "$SPEC_DIR"/SPEC.md "$tables" || exit 1
good_id=$(python3 -c 'import json, sys
print(next(row["id"] for row in json.load(open(sys.argv[1]))["rows"] if row["live"] is True))' \
  "$tables/access_domain.json") || exit 1

echo "Without the wrong row:"
for level in "${levels[@]}"; do
  expect "$level" 0 ""
done

for carrier in "${carriers[@]}"; do
  ! "carries_$carrier" || fail "$carrier: has the row before the table"
done

append_wrong_row && append_wrong_model_rows || exit 1
rows=$wrong_id
echo "With it:"
for level in "${levels[@]}"; do
  case $level in
    lint) expect lint 0 "" ;;
    static_asserts | rows) expect "$level" 1 "$(sort <<<"$wrong_id"$'\n'"$model_ids")" && ran=$((ran + 1)) ;;
    *) expect "$level" 1 "$wrong_id" && ran=$((ran + 1)) ;;
  esac
done

for carrier in "${carriers[@]}"; do
  if "carries_$carrier"; then echo "ok: $carrier: has the row"; else fail "$carrier: has not the row"; fi
done

echo "$ran levels went red on $wrong_id, $failures failures"
[[ $failures -eq 0 && $ran -ge 2 ]]
