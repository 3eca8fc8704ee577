// SPDX-License-Identifier: BSD-2-Clause
// The text of a message as people read it: encodings undone, in UTF-8, letters in one case. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/imap/wire_lines.h"

#include "daemon/session/base64.h"

namespace postern::daemon {

// folded_case: `text` (UTF-8) with its letters in lower case: ASCII, Latin-1, Greek, Cyrillic. As long as it.
[[nodiscard]] std::string folded_case(std::string_view text);

// to_utf8: `text` in UTF-8. Known are us-ascii, utf-8, iso-8859-1, -15 and windows-1252; any other stays.
[[nodiscard]] std::string to_utf8(std::string_view text, std::string_view charset);

// decode_words: an unfolded field with its encoded words (RFC 2047) decoded, in UTF-8.
[[nodiscard]] std::string decode_words(std::string_view field);

enum class TransferEncoding : uint8_t { kPlain, kBase64, kQuotedPrintable };

// TextMatcher is given a part's octets as they are on the wire, and finds a text in what they say. Memory is
// fixed, but for the text.
class TextMatcher final : public OctetSink {
 public:
  // needle: folded_case; not empty.
  TextMatcher(std::string needle, TransferEncoding encoding, std::string charset)
      : needle_(std::move(needle)), encoding_(encoding), charset_(std::move(charset)) {}

  void put(std::string_view octets) override;
  [[nodiscard]] bool found() const { return found_; }

 private:
  void put_base64(std::string_view octets, std::string& decoded);
  void put_quoted_printable(std::string_view octets, std::string& decoded);
  void match(std::string_view decoded);

  std::string needle_;
  TransferEncoding encoding_;
  std::string charset_;
  bool found_ = false;
  uint32_t bits_ = 0;
  unsigned sextets_ = 0;
  std::string pending_;  // of a quoted octet or line end that has begun
  std::string window_;   // the end of what was looked at
};

}  // namespace postern::daemon
