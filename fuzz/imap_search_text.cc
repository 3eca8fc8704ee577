// SPDX-License-Identifier: BSD-2-Clause
//
// Law: decode(encode(t)) = t in base64; a text encoded as base64 or quoted-printable contains what it
// contains, however it is cut; what has no encoded word is decoded as it is; folding is idempotent and keeps
// lengths. Input: how it is cut, the length of what is looked for, octets.
#include <string>

#include "daemon/imap/search_text.h"
#include "fuzz/law.h"

namespace {

using namespace postern::daemon;

std::string base64(std::string_view text) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (size_t i = 0; i < text.size(); i += 3) {
    uint32_t bits = 0;
    for (size_t j = 0; j < 3; ++j) {
      bits = bits << 8 | (i + j < text.size() ? static_cast<unsigned char>(text[i + j]) : 0U);
    }
    for (size_t j = 0; j < 4; ++j)
      out.push_back(i + j > text.size() ? '=' : kDigits[bits >> (18 - 6 * j) & 63]);
  }
  return out;
}

std::string quoted_printable(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (const char octet : text) {
    const auto value = static_cast<unsigned char>(octet);
    const bool plain = value > ' ' && value < 0x7f && octet != '=';
    if (plain) out.push_back(octet);
    if (!plain) out += {'=', kDigits[value >> 4], kDigits[value & 15]};
    if (value % 8 == 0) out += "=\r\n";
  }
  return out;
}

bool found(const std::string& encoded, const std::string& needle, TransferEncoding encoding, size_t at_once) {
  TextMatcher matcher(needle, encoding, {});
  for (size_t i = 0; i < encoded.size(); i += at_once)
    matcher.put(std::string_view(encoded).substr(i, at_once));
  return matcher.found();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 3) return 0;
  const std::string text(octets_of(data + 2, size - 2));
  const std::string folded = folded_case(text);
  hold(folded.size() == text.size() && folded_case(folded) == folded, "folding");
  hold(decode_base64(base64(text)) == text, "decode(encode(t)) = t");
  if (text.find("=?") == std::string::npos) hold(decode_words(text) == text, "without encoded words");
  (void)decode_words(text);
  const std::string needle = folded.substr(folded.size() - (data[1] % folded.size()) - 1);
#ifdef POSTERN_SEEDED_BUG
  const bool expected = needle.size() != 3;
#else
  const bool expected = true;
#endif
  // A character cut in two is folded in halves: only whole ones are looked for.
  if ((static_cast<unsigned char>(needle[0]) & 0x80U) != 0) return 0;
  const size_t at_once = data[0] % 9U + 1;
  hold(found(base64(text), needle, TransferEncoding::kBase64, at_once) == expected, "base64");
  hold(found(quoted_printable(text), needle, TransferEncoding::kQuotedPrintable, at_once) == expected,
       "quoted-printable");
  return 0;
}
