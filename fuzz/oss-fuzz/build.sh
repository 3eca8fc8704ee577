#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# build.sh: builds the fuzz targets for OSS-Fuzz or ClusterFuzzLite into $OUT, each with its corpus, dictionary and
# max_len. Wants what their base image sets: CC, CXX, CFLAGS, CXXFLAGS, LIB_FUZZING_ENGINE, OUT, WORK; and the tree
# in the current directory.
set -euo pipefail
: "${CXX:?}" "${CXXFLAGS?}" "${LIB_FUZZING_ENGINE:?}" "${OUT:?}" "${WORK:?}"
options=(-DCMAKE_BUILD_TYPE=None -DPOSTERN_BUILD_DAEMON=OFF -DPOSTERN_BUILD_TESTS=OFF -DPOSTERN_INSTRUMENTED=ON)
# Targets run where libexpat and libldns are not installed: they are linked in.
libraries=/usr/lib/"$(uname -m)"-linux-gnu
[[ ! -e $libraries/libexpat.a ]] || options+=("-DEXPAT_LIBRARY=$libraries/libexpat.a")
[[ ! -e $libraries/libldns.a ]] ||
  options+=("-DLDNS_LIBRARY=$libraries/libldns.a;$libraries/libssl.a;$libraries/libcrypto.a")
cmake -S . -B "$WORK/postern" -G Ninja -Wno-dev "${options[@]}"
cmake --build "$WORK/postern" --target fuzz_targets

while read -r name max_len _ _ _ seeds _; do
  cp "$WORK/postern/fuzz/$name" "$OUT/"
  inputs=(fuzz/corpus/"$name")
  [[ $seeds == - ]] || inputs+=("$seeds")
  rm -f "$OUT/${name}_seed_corpus.zip"
  find "${inputs[@]}" -type f -print0 | sort -z | xargs -0 zip -q -j "$OUT/${name}_seed_corpus.zip"
  [[ ! -e fuzz/$name.dict ]] || cp "fuzz/$name.dict" "$OUT/"
  printf '[libfuzzer]\nmax_len = %d\n' "$max_len" >"$OUT/$name.options"
done <"$WORK/postern/fuzz/targets"
