#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# program_test.sh POSTERN: the program as others see it: exit codes, both streams, pauses of the input.
set -u
postern=$1
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
failures=0

fail() {
  echo "FAILED: $1" >&2
  failures=$((failures + 1))
}

# code EXPECTED WHAT COMMAND...: COMMAND ends with EXPECTED and says nothing of a crash.
code() {
  expected=$1 what=$2
  shift 2
  "$@" >"$dir/out" 2>"$dir/err" </dev/null
  got=$?
  [ "$got" -eq "$expected" ] || fail "$what: exit $got instead of $expected"
  if [ "$expected" -ne 0 ] && [ ! -s "$dir/err" ] && [ ! -s "$dir/out" ]; then fail "$what: no word of why"; fi
}

good='{"id":1,"list":["none"],"ip":"192.0.2.1","names":[]}'
answer='{"id":1,"verdict":"deny","step":2,"entry":0,"name":null,"malformed":[]}'

code 0 help "$postern" --help
code 0 version "$postern" --version
code 64 'no command' "$postern"
code 64 'unknown command' "$postern" frobnicate
for command in decide explain lint; do code 0 "$command help" "$postern" $command --help; done

# decide: 0, 65, 74
code 0 'no request' "$postern" decide
code 64 'decide with an argument' "$postern" decide x
[ "$(echo "$good" | "$postern" decide)" = "$answer" ] || fail 'one good request'
printf '%s\nbad\n%s' "$good" "$good" | "$postern" decide >"$dir/out"
[ $? -eq 65 ] || fail 'a bad line is exit 65'
[ "$(grep -c deny "$dir/out")" -eq 2 ] && [ "$(wc -l <"$dir/out")" -eq 3 ] || fail 'and on it goes after a bad line'
echo "$good" | "$postern" decide >/dev/full 2>"$dir/err"
[ $? -eq 74 ] && [ "$(wc -l <"$dir/err")" -eq 1 ] || fail 'a full disk is exit 74 and one line'
"$postern" decide <"$dir" >"$dir/out" 2>"$dir/err"
[ $? -eq 74 ] || fail 'a read error is exit 74'
{ echo "$good"; head -c 1048577 /dev/zero | tr '\0' ' '; echo; echo "$good"; } | "$postern" decide >"$dir/out"
[ $? -eq 65 ] && [ "$(sed -n 2p "$dir/out")" = '{"id":null,"error":"line over 1 MiB; send a shorter list"}' ] &&
  [ "$(sed -n 3p "$dir/out")" = "$answer" ] || fail 'a line over 1 MiB'
{ printf '%s' "$good"; head -c $((1048576 - ${#good})) /dev/zero | tr '\0' ' '; echo; } | "$postern" decide >"$dir/out" ||
  fail 'a line of exactly 1 MiB'

# decide answers before the input ends: a pipe that stays open must bring the answer.
mkfifo "$dir/in" "$dir/answers"
"$postern" decide <"$dir/in" >"$dir/answers" &
exec 3>"$dir/in" 4<"$dir/answers"
echo "$good" >&3
line=
if ! timeout 20 head -n 1 <&4 >"$dir/first"; then fail 'no answer while the input pauses'; fi
read -r line <"$dir/first"
[ "$line" = "$answer" ] || fail 'the answer while the input pauses'
exec 3>&- 4<&-
wait $! || fail 'the end after a pause'

# explain, lint
printf 'a.test\n10.1.2.0\n' >"$dir/list"
code 0 explain "$postern" explain --list "$dir/list" --ip 10.1.2.3 --name a.test
grep -q '^allow: step 3, entry 1' "$dir/out" || fail 'the text of explain'
[ "$(echo none | "$postern" explain --list - --ip ::1 | head -c 13)" = 'deny: step 2,' ] || fail 'a list on standard input'
code 64 'explain without --ip' "$postern" explain --list "$dir/list"
code 64 'explain with no address' "$postern" explain --list "$dir/list" --ip 10.1.2
code 64 'explain with a stray word' "$postern" explain --list "$dir/list" --ip ::1 stray
code 64 'explain with an unknown option' "$postern" explain --list "$dir/list" --ip ::1 --frob
code 66 'explain without the file' "$postern" explain --list "$dir/missing" --ip ::1
code 66 'explain with a directory' "$postern" explain --list "$dir" --ip ::1
code 0 lint "$postern" lint "$dir/list"
code 66 'lint without the file' "$postern" lint "$dir/missing"
code 64 'lint of nothing' "$postern" lint
echo '1.2.3' >"$dir/list"
code 65 'lint of a malformed entry' "$postern" lint "$dir/list"
"$postern" lint "$dir/list" >/dev/full 2>"$dir/err"
[ $? -eq 74 ] || fail 'lint on a full disk'

[ "$failures" -eq 0 ] || { echo "$failures failed" >&2; exit 1; }
