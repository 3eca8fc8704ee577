#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# token_test.sh COMPILER SOURCE-ROOT: no way to forge the proof that root is gone compiles (PV-1, PV-2).
set -eu
compiler=$1 root=$2
cases=20
compile() {
  "$compiler" -std=c++20 -fsyntax-only -w -I"$root" -DCASE="$1" "$root/daemon/sys/token_forgeries.cc" 2>&1
}
compile 0 || { echo "case 0, the proper use, must compile"; exit 1; }
case_number=1
while [ "$case_number" -le "$cases" ]; do
  if said=$(compile "$case_number"); then
    echo "case $case_number compiles: the token can be forged"
    exit 1
  fi
  # Refused for what it is, not for a missing header or a slip of the test.
  case $said in
  *private* | *deleted* | *"no member"* | *"no matching"* | *"no type named"* | *"trivially"* | *"could not convert"* | \
    *"no suitable"* | *inaccessible* | *"uninitialized"* | *"cannot convert"* | *"too few arguments"* | \
    *"invalid initialization"* | *"marked 'final'"* | *"cannot derive"* | *"no viable"*) ;;
  *)
    echo "case $case_number is refused for another reason: $said"
    exit 1
    ;;
  esac
  case_number=$((case_number + 1))
done
last=$(sed -n 's/^#elif CASE == //p' "$root/daemon/sys/token_forgeries.cc" | tail -n 1)
[ "$last" = "$cases" ] || { echo "token_forgeries.cc has $last cases, this test knows $cases"; exit 1; }
echo "token: $cases forgeries, all refused"
