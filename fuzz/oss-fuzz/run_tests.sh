#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# run_tests.sh: after build.sh, in the same environment: each target replays its corpus and seeds. Exit 1 if one breaks a
# law, or if there is none.
set -euo pipefail
: "${WORK:?}"
ran=0
while read -r name _ _ _ _ seeds _; do
  inputs=(fuzz/corpus/"$name")
  [[ $seeds == - ]] || inputs+=("$seeds")
  "$WORK/postern/fuzz/$name" -runs=0 "${inputs[@]}" >"$WORK/$name.log" 2>&1 || { tail -n 20 "$WORK/$name.log"; exit 1; }
  ran=$((ran + 1))
done <"$WORK/postern/fuzz/targets"
echo "run_tests: $ran targets replayed"
[[ $ran -gt 0 ]]
