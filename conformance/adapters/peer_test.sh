#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# peer_test.sh POSTERN-CONFORM ADAPTER [OPTION…]: the whole table against one server, by its expectation file.
# 77 = skipped, loudly: the server is not on this machine, or no private network can be made.
set -u
conform=$1 adapter=$2
shift 2
"$adapter" describe </dev/null >/dev/null || [ $? -ne 89 ] || { echo "SKIPPED, NOT PASSED: $adapter cannot run here"; exit 77; }
output=$("$conform" run --adapter "$adapter" "$@" 2>&1)
code=$?
printf '%s\n' "$output"
case $output in
*"cannot make a private network"*|*"cannot run here (exit 89)"*) echo "SKIPPED, NOT PASSED"; exit 77 ;;
esac
exit $code
