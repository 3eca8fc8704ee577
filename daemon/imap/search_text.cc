// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/imap/search_text.h"

#include <algorithm>

#include "daemon/imap/header.h"
#include "daemon/session/words.h"

namespace postern::daemon {
namespace {

int hex_digit(char octet) {
  if (octet >= '0' && octet <= '9') return octet - '0';
  const char letter = upper(octet);
  return letter >= 'A' && letter <= 'F' ? letter - 'A' + 10 : -1;
}

void append_utf8(std::string& text, unsigned code) {
  if (code < 0x80) {
    text.push_back(static_cast<char>(code));
  } else if (code < 0x800) {
    text.push_back(static_cast<char>(0xc0 | code >> 6));
    text.push_back(static_cast<char>(0x80 | (code & 0x3f)));
  } else {
    text.push_back(static_cast<char>(0xe0 | code >> 12));
    text.push_back(static_cast<char>(0x80 | (code >> 6 & 0x3f)));
    text.push_back(static_cast<char>(0x80 | (code & 0x3f)));
  }
}

// windows-1252's 0x80 to 0x9f.
constexpr unsigned kWindows[32] = {0x20ac, 0x81,   0x201a, 0x192,  0x201e, 0x2026, 0x2020, 0x2021,
                                   0x2c6,  0x2030, 0x160,  0x2039, 0x152,  0x8d,   0x17d,  0x8f,
                                   0x90,   0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
                                   0x2dc,  0x2122, 0x161,  0x203a, 0x153,  0x9d,   0x17e,  0x178};

// code_of: the character of an octet from 0x80 on.
unsigned code_of(unsigned char octet, bool windows, bool latin9) {
  if (windows && octet < 0xa0) return kWindows[octet - 0x80];
  return latin9 && octet == 0xa4 ? 0x20ac : octet;
}

// lower: of a character of two octets in UTF-8.
unsigned lower(unsigned code) {
  if (code >= 0xc0 && code <= 0xde && code != 0xd7) return code + 0x20;
  if (code >= 0x391 && code <= 0x3a9) return code + 0x20;
  if (code >= 0x400 && code <= 0x40f) return code + 0x50;
  if (code >= 0x410 && code <= 0x42f) return code + 0x20;
  return code;
}

std::optional<std::string> decode_q(std::string_view text) {
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '=') {
      decoded.push_back(text[i] == '_' ? ' ' : text[i]);
      continue;
    }
    const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low = high < 0 ? -1 : hex_digit(text[i + 2]);
    if (low < 0) return std::nullopt;
    decoded.push_back(static_cast<char>(high * 16 + low));
    i += 2;
  }
  return decoded;
}

// take_encoded_word: =?charset?Q|B?text?= at the front of `rest`.
bool take_encoded_word(std::string_view& rest, std::string& decoded) {
  if (!rest.starts_with("=?")) return false;
  const size_t charset_end = rest.find('?', 2);
  if (charset_end == std::string_view::npos || charset_end + 2 >= rest.size() || rest[charset_end + 2] != '?')
    return false;
  const size_t end = rest.find("?=", charset_end + 3);
  if (end == std::string_view::npos) return false;
  const std::string_view text = rest.substr(charset_end + 3, end - charset_end - 3);
  std::string_view charset = rest.substr(2, charset_end - 2);
  charset = charset.substr(0, charset.find('*'));  // RFC 2231: the language
  const char how = upper(rest[charset_end + 1]);
  std::string padded(text);
  while (padded.size() % 4 != 0) padded.push_back('=');
  const auto octets = how == 'B' ? decode_base64(padded) : decode_q(text);
  if ((how != 'B' && how != 'Q') || !octets) return false;
  decoded += to_utf8(*octets, charset);
  rest.remove_prefix(end + 2);
  return true;
}

}  // namespace

std::string folded_case(std::string_view text) {
  std::string folded(text);
  for (size_t i = 0; i < folded.size(); ++i) {
    const auto octet = static_cast<unsigned char>(folded[i]);
    if (octet >= 'A' && octet <= 'Z') folded[i] = static_cast<char>(octet + 0x20);
    const bool two = octet >= 0xc3 && octet <= 0xd0 && i + 1 < folded.size();
    if (!two || (static_cast<unsigned char>(folded[i + 1]) & 0xc0U) != 0x80) continue;
    std::string lowered;
    append_utf8(lowered, lower((octet & 0x1fU) << 6 | (static_cast<unsigned char>(folded[i + 1]) & 0x3fU)));
    folded.replace(i, 2, lowered);
    ++i;
  }
  return folded;
}

std::string to_utf8(std::string_view text, std::string_view charset) {
  const bool windows = same_text(charset, "windows-1252");
  const bool latin9 = same_text(charset, "iso-8859-15");
  if (!windows && !latin9 && !same_text(charset, "iso-8859-1")) return std::string(text);
  std::string converted;
  for (const char octet : text) {
    const auto value = static_cast<unsigned char>(octet);
    append_utf8(converted, value < 0x80 ? value : code_of(value, windows, latin9));
  }
  return converted;
}

// Between two encoded words white space does not count (RFC 2047, section 6.2).
std::string decode_words(std::string_view field) {
  std::string decoded;
  std::string gap;
  bool after_word = false;
  while (!field.empty()) {
    std::string word;
    if (take_encoded_word(field, word)) {
      if (!after_word) decoded += gap;
      decoded += word;
      gap.clear();
      after_word = true;
    } else if (field.front() == ' ' || field.front() == '\t') {
      gap.push_back(field.front());
      field.remove_prefix(1);
    } else {
      decoded += gap;
      decoded.push_back(field.front());
      gap.clear();
      after_word = false;
      field.remove_prefix(1);
    }
  }
  return decoded + gap;
}

void TextMatcher::put_base64(std::string_view octets, std::string& decoded) {
  for (const char octet : octets) {
    const int value = base64_digit(octet);
    if (value < 0) continue;  // line ends, padding
    bits_ = bits_ << 6 | static_cast<uint32_t>(value);
    if (++sextets_ % 4 == 1) continue;
    const unsigned left = 8 - 2 * (sextets_ % 4 == 0 ? 4 : sextets_ % 4);
    decoded.push_back(static_cast<char>(bits_ >> left & 0xff));
  }
}

void TextMatcher::put_quoted_printable(std::string_view octets, std::string& decoded) {
  for (const char octet : octets) {
    if (pending_.empty() && octet != '=') {
      decoded.push_back(octet);
      continue;
    }
    pending_.push_back(octet);
    if (pending_.size() < 3) continue;
    if (pending_ != "=\r\n") {
      const int high = hex_digit(pending_[1]);
      const int low = hex_digit(pending_[2]);
      if (high >= 0 && low >= 0) {
        decoded.push_back(static_cast<char>(high * 16 + low));
      } else {
        decoded += pending_;
      }
    }
    pending_.clear();
  }
}

void TextMatcher::put(std::string_view octets) {
  if (found_) return;
  if (encoding_ == TransferEncoding::kPlain) return match(octets);
  std::string decoded;
  if (encoding_ == TransferEncoding::kBase64) {
    put_base64(octets, decoded);
  } else {
    put_quoted_printable(octets, decoded);
  }
  match(decoded);
}

// match looks at the end of what came before again: a text may lie across, and so may a character's octets.
void TextMatcher::match(std::string_view decoded) {
  window_ += to_utf8(decoded, charset_);
  found_ = folded_case(window_).find(needle_) != std::string::npos;
  const size_t kept = needle_.size() + 3;
  if (window_.size() > kept) window_.erase(0, window_.size() - kept);
}

}  // namespace postern::daemon
