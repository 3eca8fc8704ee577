#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# docs_test.sh POSTERN-CONFORM CONFORMANCE-FOLDER STRAW-FOLDER: what the documents say is so. The example of
# ADAPTERS.md is run as it stands; every option in the documents exists; expectation files are in order.
set -eu
conform=$1 folder=$2 straw=$3
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
fail() { echo "docs_test: $1" >&2; exit 1; }

sed -n '/^```sh$/,/^```$/p' "$folder/ADAPTERS.md" | sed '1d;$d' >"$scratch/straw"
lines=$(wc -l <"$scratch/straw")
[ "$lines" -le 20 ] || fail "the example of ADAPTERS.md has $lines lines, not 20"
chmod 755 "$scratch/straw"
cp "$straw/straw_server" "$scratch/"
output=$("$conform" run --adapter "$scratch/straw" 'ad-1-*' 2>&1) || case $output in
*"cannot make a private network"*) echo "the example was SKIPPED, NOT PASSED: $output" ;;
*) fail "the example of ADAPTERS.md does not run: $output" ;;
esac

help=$("$conform" --help)
for option in $(grep -oh -e '--[a-z][a-z]*' "$folder/README.md" "$folder/ADAPTERS.md" | sort -u); do
  case $option in --build|--preset|--target) continue ;; esac
  printf '%s\n' "$help" | grep -q -e "$option" || [ "$option" = --json ] || fail "the documents speak of $option, --help does not"
done
for verdict in pass fail refused-at-write choice yes no unimplemented skipped time-out crash harness-error; do
  grep -q "$verdict" "$folder/README.md" || fail "README.md does not explain the verdict $verdict"
done
for code in 0 1 2 3 4; do
  printf '%s\n' "$help" | grep -q "^  $code  " || fail "--help does not explain exit code $code"
  grep -q "^| $code |" "$folder/README.md" || fail "README.md does not explain exit code $code"
done
"$conform" lint "$folder"/adapters/*.expect.json
