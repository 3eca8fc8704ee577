#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# symbols_test.sh BUILD: which object may name which system call, and what the executables import (PV-1a, PV-2, PV-3).
set -eu
build=$1
status=0
complain() {
  echo "symbols: $*"
  status=1
}

credential_calls='setuid seteuid setreuid setresuid setgid setegid setregid setresgid setgroups initgroups setfsuid setfsgid capset capng_apply capng_change_id'
listening_calls='listen accept accept4'

# only OBJECT CALL...: no other object of the daemon refers to one of the calls, and that one does to some.
only() {
  object=$1
  shift
  pattern=$(echo "$*" | tr ' ' '|')
  users=$(find "$build/daemon" -name '*.o' ! -name '*_test.cc.o' -exec nm -A -u {} + | grep -E " U ($pattern)(@.*)?\$" || true)
  strangers=$(echo "$users" | grep -v "/$object:" || true)
  [ -z "$strangers" ] || complain "these may not: $strangers"
  [ -n "$users" ] || complain "$object refers to none of: $* (is this test looking at the right place?)"
}
# shellcheck disable=SC2086 # lists of words
only credentials.cc.o $credential_calls
# shellcheck disable=SC2086
only sockets.cc.o $listening_calls

# lacks EXECUTABLE CALL...: it contains no reference to, or definition of, the calls.
lacks() {
  executable=$1
  shift
  [ -x "$build/$executable" ] || { complain "no $build/$executable"; return; }
  pattern=$(echo "$*" | tr ' ' '|')
  found=$(nm -D --undefined-only "$build/$executable" 2>/dev/null | grep -E " ($pattern)(@.*)?\$" || true)
  [ -z "$found" ] || complain "$executable imports $found"
  found=$(nm "$build/$executable" | grep -E " [TtWw] (__)?($pattern)\$" || true)
  [ -z "$found" ] || complain "$executable contains $found"
}
# PV-3: the dispatcher accepts no connection and reads no network byte.
lacks daemon/dispatcher/posternd accept accept4 recv recvfrom recvmsg connect
# Modules have no way to change what they are.
for module in logger/postern-logger resolver/postern-resolver tls/postern-tls listener/postern-pop3 listener/postern-imap listener/postern-smtp \
  deliver/postern-deliver; do
  # shellcheck disable=SC2086
  lacks daemon/$module $credential_calls listen
done
# MD-2: the helper has no call that takes a path to change, and none that shortens or removes.
lacks daemon/maildrop_helper/postern-maildrop-helper listen accept accept4 unlink unlinkat rename renameat renameat2 \
  truncate ftruncate chown lchown fchownat chmod fchmodat mkdir mkdirat mknod mknodat symlink symlinkat link
[ $status -eq 0 ] && echo "symbols: only credentials.o changes ids, only sockets.o listens and accepts, posternd cannot accept"
exit $status
