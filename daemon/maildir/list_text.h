// SPDX-License-Identifier: BSD-2-Clause
// The texts of lists that lie beside messages: numbers and names in lines, each part with a checksum. Pure.
#pragma once

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace postern::daemon::list_text {

// checksum: FNV-1a. It finds damage; who can write the file is not kept out by it.
[[nodiscard]] constexpr std::uint64_t checksum(std::string_view text) {
  std::uint64_t sum = 0xcbf29ce484222325U;
  for (const char octet : text) sum = (sum ^ static_cast<unsigned char>(octet)) * 0x100000001b3U;
  return sum;
}

// Fields of a line, each a number as std::to_chars makes it, parted by one space.
template <class Number>
[[nodiscard]] bool take_number(std::string_view& rest, Number& number) {
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
  if (error != std::errc()) return false;
  const auto length = static_cast<std::size_t>(end - rest.data());
  if (length == rest.size() || rest[length] != ' ') return false;
  rest.remove_prefix(length + 1);
  return true;
}

template <class Number>
void put_number(std::string& text, Number number) {
  std::array<char, 24> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  text.append(digits.data(), end);
  text.push_back(' ');
}

inline void put_sum(std::string& text, std::string_view summed) {
  put_number(text, checksum(summed));
  text.back() = '\n';
}

// put_name writes a file's name and a line end: '%' and two digits for each octet that is not plain.
inline void put_name(std::string& text, std::string_view name) {
  static constexpr std::string_view kDigits = "0123456789ABCDEF";
  for (const char octet : name) {
    if (octet > ' ' && octet <= '~' && octet != '%') {
      text.push_back(octet);
    } else {
      const auto value = static_cast<unsigned char>(octet);
      text.append({'%', kDigits[value >> 4U], kDigits[value & 15U]});
    }
  }
  text.push_back('\n');
}

// take_name reads what put_name writes, up to the end of the line: 1 to 255 octets, none of them '/' or NUL;
// empty: it is none.
[[nodiscard]] inline std::string take_name(std::string_view line) {
  constexpr std::size_t kNameLimit = 255;
  std::string name;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] != '%') {
      name.push_back(line[i]);
      continue;
    }
    unsigned value = 0;
    if (line.size() - i < 3) return {};
    const char* begin = line.data() + i + 1;
    if (std::from_chars(begin, begin + 2, value, 16).ptr != begin + 2) return {};
    name.push_back(static_cast<char>(value));
    i += 2;
  }
  const bool fits =
      name.size() <= kNameLimit && name.find_first_of(std::string_view("/\0", 2)) == std::string::npos;
  return fits ? name : std::string();
}

}  // namespace postern::daemon::list_text
