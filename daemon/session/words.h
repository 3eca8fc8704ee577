// SPDX-License-Identifier: BSD-2-Clause
// The words of a command line, whatever the protocol. Pure, by ASCII rules alone.
#pragma once

#include <algorithm>
#include <string_view>

namespace postern::daemon {

constexpr char upper(char octet) {
  return octet >= 'a' && octet <= 'z' ? static_cast<char>(octet - 'a' + 'A') : octet;
}

// same_keyword: whether `given` is `keyword` in any case. Requires `keyword` in upper case.
constexpr bool same_keyword(std::string_view given, std::string_view keyword) {
  return std::ranges::equal(given, keyword, [](char a, char b) { return upper(a) == b; });
}

// is_printable: ASCII from the space to the tilde.
constexpr bool is_printable(char octet) {
  return octet >= ' ' && octet <= '~';
}
constexpr bool is_printable(std::string_view text) {
  return std::ranges::all_of(text, [](char octet) { return is_printable(octet); });
}

constexpr void skip_spaces(std::string_view& rest) {
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
}

// take_word: the next word of `rest`, which loses it and the spaces before it; empty: there is none.
constexpr std::string_view take_word(std::string_view& rest) {
  skip_spaces(rest);
  const std::string_view word = rest.substr(0, std::min(rest.find(' '), rest.size()));
  rest.remove_prefix(word.size());
  return word;
}

}  // namespace postern::daemon
