// SPDX-License-Identifier: BSD-2-Clause
// What the targets on files with a checksum have in common: a written list, damaged.
#pragma once

#include <string>
#include <string_view>

#include "fuzz/law.h"

// Damage: where and how, and the names of what is to be written.
struct Damage {
  unsigned place = 0;
  unsigned kind = 0;
  std::string_view names;  // LF between them

  // next_name: the next that is a name; empty: there is none. `forbidden`: octets that no name has.
  std::string_view next_name(std::string_view forbidden) {
    while (!names.empty()) {
      const std::string_view name = cut(names, '\n').substr(0, 255);
      if (!name.empty() && name.find_first_of(forbidden) == name.npos) return name;
    }
    return {};
  }

  // of: one octet changed, the end cut off, or something added.
  [[nodiscard]] std::string of(std::string text) const {
    const size_t at = place % text.size();
    if (kind % 3 == 0) text[at] = static_cast<char>(static_cast<unsigned char>(text[at]) ^ (1 + kind % 255));
    if (kind % 3 == 1) text.resize(at);
    if (kind % 3 == 2) text.insert(at, 1, static_cast<char>(kind));
    return text;
  }
};

// damage_of: place (two octets), kind (one), names; what is shorter is nothing at all.
inline Damage damage_of(std::string_view input) {
  const auto octet = [&input](size_t at) { return static_cast<unsigned char>(input[at]); };
  if (input.size() < 3) return {};
  return {octet(0) * 256U + octet(1), octet(2), input.substr(3)};
}
