// SPDX-License-Identifier: BSD-2-Clause
// Base64 (RFC 4648, section 4): of what a client says to log in, and of encoded words. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace postern::daemon {

// base64_digit: the value of a digit, or -1.
constexpr int base64_digit(char octet) {
  if (octet >= 'A' && octet <= 'Z') return octet - 'A';
  if (octet >= 'a' && octet <= 'z') return octet - 'a' + 26;
  if (octet >= '0' && octet <= '9') return octet - '0' + 52;
  if (octet == '+') return 62;
  return octet == '/' ? 63 : -1;
}

// decode_base64: all of `text`, whose padding must be right; nullopt: it is no base64.
[[nodiscard]] inline std::optional<std::string> decode_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  const size_t padding = text.ends_with("==") ? 2 : (text.ends_with('=') ? 1 : 0);
  text.remove_suffix(padding);
  std::string decoded;
  decoded.reserve(text.size() / 4 * 3 + 2);  // no copy of a password is left behind by growing
  uint32_t bits = 0;
  unsigned count = 0;
  for (const char octet : text) {
    const int value = base64_digit(octet);
    if (value < 0) return std::nullopt;
    bits = bits << 6 | static_cast<uint32_t>(value);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    decoded.push_back(static_cast<char>(bits >> count & 0xff));
  }
  return decoded;
}

}  // namespace postern::daemon
