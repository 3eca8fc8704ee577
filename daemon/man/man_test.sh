#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# man_test.sh BUILD_DIR SOURCE_DIR: the manual says what the programs do. Its pages are good mdoc; each option that a
# program has is in its page and the other way about; so is each key of the configuration, of which the page's own example
# is good. Needs mandoc and openssl.
set -u
build=$1 source=$2 man=$2/daemon/man
scratch=$(mktemp -d) || exit 99
trap 'rm -rf "$scratch"' EXIT
failures=0

# same WHAT WRITTEN THERE: two lists, one word a line, are the same.
same() {
  local difference
  difference=$(diff <(sort -u <<<"$2") <(sort -u <<<"$3")) && return
  printf 'FAILED: %s: <: only in the page; >: only in the program\n%s\n' "$1" "$difference"
  failures=$((failures + 1))
}

options_of_page() { grep -oE 'Fl -[a-z0-9-]+( \| -[a-z0-9-]+)*' "$1" | grep -oE ' -[a-z0-9-]+' | sed 's/^ -/--/'; }
options_of() { "$@" --help | grep -oE '(^|[ (|])--[a-z0-9-]+' | grep -oE -- '--[a-z0-9-]+'; }
postern() { "$build/daemon/cli/postern" "$@"; }

for page in "$man"/*.[158] "$source/conformance/runner/postern-conform.1"; do
  mandoc -T lint -W warning "$page" || failures=$((failures + 1))
done

same posternd.8 "$(options_of_page "$man/posternd.8")" "$(options_of "$build/daemon/dispatcher/posternd")"
same postern-setup.8 "$(options_of_page "$man/postern-setup.8")" "$(options_of "$source/daemon/setup/postern-setup")"
same postern.1 "$(options_of_page "$man/postern.1")" \
  "$(options_of postern; for command in account queue audit-trees explain; do options_of postern "$command"; done)"
same postern-conform.1 "$(options_of_page "$source/conformance/runner/postern-conform.1")" \
  "$(options_of "$build/conformance/runner/postern-conform"; printf -- '--pid\n--user\n--group')"

same postern.conf.5 "$(sed -nE 's/^\.It Ic ([a-z0-9-]+) No = .*/\1/p' "$man/postern.conf.5")" \
  "$(sed -nE '/^constexpr Key kKeys/,/^};/s/^    \{"([a-z0-9-]+)", .*/\1/p' "$source/daemon/config/settings.cc")"

# The example, of a prefix and with a key of our own.
ids=()
[[ $(id -u) -ne 0 ]] || ids=(--user 64110)
"$source/daemon/setup/postern-setup" --prefix "$scratch/srv" --build "$build" "${ids[@]}" >/dev/null || exit 1
[[ -f $scratch/srv/share/man/man5/postern.conf.5 && -f $scratch/srv/share/man/man8/posternd.8 ]] ||
  { echo "FAILED: postern-setup puts no manual into share/man"; failures=$((failures + 1)); }
mkdir "$scratch/srv/etc/tls"
openssl req -x509 -newkey ed25519 -nodes -subj /CN=mail.example.org -days 2 -keyout "$scratch/srv/etc/tls/mail.key" \
  -out "$scratch/srv/etc/tls/mail.crt" 2>/dev/null
chmod 600 "$scratch/srv/etc/tls/mail.key"
sed -n '/^\.Bd -literal/,/^\.Ed/p' "$man/postern.conf.5" | grep -v '^\.' |
  sed "s|/srv/postern|$scratch/srv|; s|/etc/postern/tls|$scratch/srv/etc/tls|; s|mta-user = postern|mta-user = 64110\nmta-group = 64110|" \
    >"$scratch/srv/etc/example.conf"
findings=$("$build/daemon/dispatcher/posternd" --config "$scratch/srv/etc/example.conf" --check 2>&1) &&
  [[ $findings == *': good' ]] || { echo "FAILED: the example of postern.conf.5: $findings"; failures=$((failures + 1)); }

[[ $failures -eq 0 ]]
