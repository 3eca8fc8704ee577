// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <string_view>

namespace fuzz {

// MD-4
inline bool names_a_user(std::string_view name) {
  constexpr std::string_view kFirst = "abcdefghijklmnopqrstuvwxyz_", kFurther = "0123456789.-";
  if (name.empty() || name.size() > 32 || kFirst.find(name[0]) == name.npos) return false;
  for (const char octet : name)
    if (kFirst.find(octet) == name.npos && kFurther.find(octet) == name.npos) return false;
#ifdef POSTERN_SEEDED_BUG
  return true;  // a dotlock's name too
#else
  return name.size() < 5 || name.substr(name.size() - 5) != ".lock";
#endif
}

}  // namespace fuzz
