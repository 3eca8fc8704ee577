// SPDX-License-Identifier: BSD-2-Clause
// Which messages are held against GMime: RFC 5322 and RFC 2045, read a second time.
#pragma once

#include <algorithm>
#include <string_view>

namespace fuzz {

inline constexpr std::string_view kToken =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'+-.^_`{|}~";

// is_content_type: type "/" subtype *(";" attribute "=" value), RFC 2045's grammar read a second time,
// without comments, and without RFC 2231's parts of parameters.
inline bool is_content_type(std::string_view text) {
  const auto token = [&text] {
    const size_t length = std::min(text.find_first_not_of(kToken), text.size());
    text.remove_prefix(length);
    return length != 0;
  };
  const auto mark = [&text](char octet) { return text.starts_with(octet) && (text.remove_prefix(1), true); };
  const auto blanks = [&text] { text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size())); };
  const auto quoted = [&text, &mark] {
    const size_t end = text.find('"', 1);
    if (!mark('"') || end == text.npos) return false;
    const bool plain = text.substr(0, end - 1).find('\\') == text.npos;
    text.remove_prefix(end);
    return plain;
  };
  if (!token() || !mark('/') || !token()) return false;
  for (blanks(); !text.empty(); blanks()) {
    if (!mark(';')) return false;
    blanks();
    if (!token() || !mark('=') || !(token() || quoted())) return false;
  }
  return true;
}

// is_text: no octet that a message must not have (RFC 5322, section 2.2: NUL, a CR without its LF).
inline bool is_text(std::string_view message) {
  for (size_t at = 0; (at = message.find_first_of(std::string_view("\r\0", 2), at)) != message.npos; ++at)
    if (!message.substr(at).starts_with("\r\n")) return false;
  return true;
}

}  // namespace fuzz
