#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# build_and_run.sh CMAKE BUILD_DIR CXX: installs core into a scratch prefix and builds a consumer against it,
# once by find_package and once by pkg-config. Fails if either does not build, run and print what it should.
set -eu
cmake=$1 build=$2 cxx=$3
here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
expected='step 4, entry 0; leading-dot'

# As --install --component core, without its manifest in a build tree that may be somebody else's.
"$cmake" -DCMAKE_INSTALL_PREFIX="$scratch/prefix" -DCMAKE_INSTALL_COMPONENT=core -P "$build/core/cmake_install.cmake" >/dev/null

"$cmake" -S "$here" -B "$scratch/build" -DCMAKE_PREFIX_PATH="$scratch/prefix" -DCMAKE_CXX_COMPILER="$cxx" >/dev/null
"$cmake" --build "$scratch/build" >/dev/null
[ "$("$scratch/build/consumer")" = "$expected" ] || { echo "find_package: wrong answer" >&2; exit 1; }

pc=$(find "$scratch/prefix" -name postern.pc)
sed -i "s|^prefix=.*|prefix=$scratch/prefix|" "$pc"
flags=$(PKG_CONFIG_PATH=$(dirname "$pc") pkg-config --cflags --libs postern)
# shellcheck disable=SC2086 # flags are words
"$cxx" "$here/consumer.cc" -o "$scratch/consumer" $flags
[ "$("$scratch/consumer")" = "$expected" ] || { echo "pkg-config: wrong answer" >&2; exit 1; }
echo "the installed core builds and runs by find_package and by pkg-config"
