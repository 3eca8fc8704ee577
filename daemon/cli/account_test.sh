#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# usage: account_test.sh POSTERN
# `postern account` as a program: what it writes, what it refuses, its exit codes. Needs no root.
set -u
postern=$1
root=$(mktemp -d) || exit 99
trap 'rm -rf "$root"' EXIT
mkdir -p "$root/postoffice/accounts" "$root/mailbox"
failures=0

# expect CODE WHAT COMMAND...: runs it with an empty-handed standard error; its output is left in $root/out.
expect() {
  code=$1 what=$2
  shift 2
  "$@" >"$root/out" 2>"$root/err"
  got=$?
  [ "$got" -eq "$code" ] && return
  echo "FAILED: $what: exit $got, not $code"
  cat "$root/out" "$root/err"
  failures=$((failures + 1))
}

# says FILE TEXT: FILE (out or err) holds TEXT.
says() {
  grep -qF -- "$2" "$root/$1" && return
  echo "FAILED: no '$2' in:"
  cat "$root/$1"
  failures=$((failures + 1))
}

account() {
  action=$1
  shift
  printf 'secret\n' | "$postern" account "$action" "$@" --root "$root"
}

expect 0 'add' account add alice --access dispatch.com --access '' --access 1.2.3.0
expect 65 'add again' account add alice
says err 'there is an account of this name'
[ "$(stat -c %a "$root/postoffice/accounts/alice")" = 600 ] || failures=$((failures + 1))
[ "$(stat -c %a "$root/mailbox/alice/new")" = 700 ] || failures=$((failures + 1))
grep -q '^password = \$y\$' "$root/postoffice/accounts/alice" || failures=$((failures + 1))

# AD-G8: refused where it is written, with entry, offset and cure.
expect 65 'malformed list' account add bob --access com --access .dispatch.com
says err 'entry 1: leading-dot at offset 0: '
[ ! -e "$root/postoffice/accounts/bob" ] || failures=$((failures + 1))
expect 65 'malformed entry' account access alice --add 1.2.3
expect 0 'raw' account add bob --raw --access .dispatch.com

expect 0 'access' account access alice
says out '1.2.3.0'
expect 65 'drop of none' account access alice --drop nobody.test
expect 0 'clear' account access alice --clear
says err 'every place may log in (AD-1)'
expect 0 'passwd' account passwd alice
expect 0 'list' account list
says out "alice	mailbox	0"
expect 0 'maildrop' account add carol --delivery maildrop:carol
[ ! -e "$root/mailbox/carol" ] || failures=$((failures + 1))
expect 64 'delivery' account add dave --delivery cellar
expect 0 'remove' account remove carol
expect 66 'remove again' account remove carol
expect 66 'passwd of nobody' account passwd nobody

for name in Alice ../alice .alice '' 'a b'; do
  expect 64 "name '$name'" account add "$name"
done
expect 64 'no action' "$postern" account
expect 64 'no trees' "$postern" account list
expect 64 'unknown option' account list --wrong
expect 64 'hash method' account add eve --hash md5
expect 0 'help' "$postern" account --help
says out 'usage: postern account'

# A password that no login could give.
empty() { "$postern" account add frank --root "$root" </dev/null; }
expect 65 'empty password' empty

import() {
  cat >"$root/in" <<'END'
{"account":"c1","password":"p","access":["none",{"hex":"2e61"}]}
{"account":"c2","password":"p","access":["1.2.3.0",""]}
{"account":"c3","password":"p","access":[{"hex":"610a62"}]}
{"account":"c4","password":"p","access":["none"],"access":[]}
{"account":"c5","password":"p","access":[{"hex":"61","hex":"62"}]}
not json
END
  "$postern" account import --root "$root" --hash sha256crypt --cost cheapest "$@" <"$root/in"
}
expect 65 'import' import
says out '{"account":"c2","detail":"","status":"applied"}'
[ "$(grep -c refused-at-write "$root/out")" -eq 2 ] || failures=$((failures + 1))
# A key that comes twice, and what is no JSON, are no lines.
[ "$(grep -c '"status":"failed"' "$root/out")" -eq 3 ] || failures=$((failures + 1))
expect 65 'import, raw' import --raw --replace
says out '{"account":"c1","detail":"","status":"applied"}'
expect 0 'list after replace' account list
[ "$(cut -f1 "$root/out" | tr '\n' ' ')" = 'c1 c2 ' ] || failures=$((failures + 1))

[ "$failures" -eq 0 ] && echo ok
exit "$failures"
