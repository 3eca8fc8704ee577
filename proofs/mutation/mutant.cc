// SPDX-License-Identifier: BSD-2-Clause
#include "mutant.h"

#include <bitset>
#include <cstdio>
#include <cstdlib>

namespace {

const char* variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// Switches: which mutant is chosen, and which switches were reached; these are written to the file
// POSTERN_REACHED.
class Switches {
 public:
  ~Switches() {
    if (std::FILE* const file = std::fopen(variable("POSTERN_REACHED"), "w")) {
      for (std::size_t i = 0; i < reached_.size(); ++i) {
        if (reached_.test(i)) std::fprintf(file, "%zu\n", i);
      }
      std::fclose(file);
    }
  }
  bool is(int number) noexcept {
    reached_.set(static_cast<std::size_t>(number));
    return number == chosen_;
  }

 private:
  const int chosen_ = std::atoi(variable("POSTERN_MUTANT"));
  std::bitset<65536> reached_;
};

}  // namespace

bool postern_mutant_is(int number) noexcept {
  static Switches switches;
  return switches.is(number);
}
