// SPDX-License-Identifier: BSD-2-Clause
#include "conformance/runner/printable.h"

#include <array>

namespace postern::conformance {
namespace {

std::string hex_escape(unsigned char octet) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  return {'\\', 'x', kDigits[octet >> 4U], kDigits[octet & 15U]};
}

bool is_bare(char c) {
  static constexpr std::string_view kSafe = "%+,-./:=@_";
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         kSafe.find(c) != std::string_view::npos;
}

}  // namespace

std::string escaped(std::string_view octets) {
  std::string out;
  for (const char c : octets) {
    switch (c) {
      case '\r':
        out += "\\r";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\t':
        out += "\\t";
        break;
      case '\\':
        out += "\\\\";
        break;
      default:
        if (c >= ' ' && c <= '~') {
          out += c;
        } else {
          out += hex_escape(static_cast<unsigned char>(c));
        }
    }
  }
  return out;
}

std::string in_quotes(std::string_view octets) {
  return '"' + escaped(octets) + '"';
}

std::string shell_word(std::string_view text) {
  bool bare = !text.empty();
  for (const char c : text) bare = bare && is_bare(c);
  if (bare) return std::string(text);
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

bool glob_match(std::string_view pattern, std::string_view text) {
  size_t p = 0;
  size_t t = 0;
  size_t star = std::string_view::npos;
  size_t resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

}  // namespace postern::conformance
