// SPDX-License-Identifier: BSD-2-Clause
// A line of `postern account import`. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postern::daemon {

struct ImportLine {
  std::string account;
  std::string password;
  std::vector<std::string> access;
};

// parse_import_line reads {"account":TEXT,"password":TEXT,"access":[VALUE…]}, each key once; VALUE is a
// string or
// {"hex":"…"}. nullopt: it is none. Throws nothing for what a line holds.
[[nodiscard]] std::optional<ImportLine> parse_import_line(std::string_view text);

}  // namespace postern::daemon
