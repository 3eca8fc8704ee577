// SPDX-License-Identifier: BSD-2-Clause
#include "mutant.h"

#include <bitset>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

constexpr int kMost = 65536;

const char* variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

int chosen = 0;
std::bitset<kMost> reached;

void write_reached(const char* path) {
  std::FILE* const file = std::fopen(path, "w");
  if (file == nullptr) std::abort();
  for (std::size_t i = 0; i < reached.size(); ++i) {
    if (reached.test(i)) std::fprintf(file, "%zu\n", i);
  }
  std::fclose(file);
}

// Before what the programs' own objects do when they are made.
[[gnu::constructor(101)]] void start() {
  chosen = std::atoi(variable("POSTERN_MUTANT"));
  if (chosen > 0 && chosen < kMost) postern_mutant_watched[chosen] = 1;
  if (*variable("POSTERN_REACHED") != '\0') std::memset(postern_mutant_watched, 1, kMost);
}

[[gnu::destructor]] void end() {
  if (*variable("POSTERN_REACHED") != '\0') write_reached(variable("POSTERN_REACHED"));
}

}  // namespace

unsigned char postern_mutant_watched[kMost];

bool postern_mutant_is(int number) noexcept {
  reached.set(static_cast<std::size_t>(number));
  return number == chosen;
}
