// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

// hold ends the run when a law is broken: ci/fuzz looks for these words where a twin must fail.
inline void hold(bool law, const char* part) {
  if (law) return;
  std::fprintf(stderr, "law broken: " FUZZ_TARGET ": %s\n", part);
  std::abort();
}

inline std::string_view octets_of(const uint8_t* data, size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// cut takes what lies before the first `end` off the front of `rest`, and drops the `end`.
inline std::string_view cut(std::string_view& rest, char end) {
  const size_t at = rest.find(end);
  const std::string_view head = rest.substr(0, at);
  rest.remove_prefix(at == std::string_view::npos ? rest.size() : at + 1);
  return head;
}
