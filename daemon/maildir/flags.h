// SPDX-License-Identifier: BSD-2-Clause
// The flags in a Maildir file name, "BASE:2,LETTERS" (cr.yp.to/proto/maildir.html; keywords a to z as Dovecot
// has them), and the names of a folder's keywords. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postern::daemon {

// MessageFlags of a file: letters A to Z and a to z as bits 0 to 25.
struct MessageFlags {
  std::uint32_t capital = 0;
  std::uint32_t keywords = 0;
  bool operator==(const MessageFlags&) const = default;
};

constexpr std::uint32_t capital_bit(char letter) {
  return 1U << static_cast<unsigned>(letter - 'A');
}
inline constexpr std::uint32_t kDraftBit = capital_bit('D');
inline constexpr std::uint32_t kFlaggedBit = capital_bit('F');
inline constexpr std::uint32_t kRepliedBit = capital_bit('R');
inline constexpr std::uint32_t kSeenBit = capital_bit('S');
inline constexpr std::uint32_t kTrashedBit = capital_bit('T');

// flags_of reads the flags of a file name; none if it has none, or is of another kind than ":2,". Other
// octets than letters are passed over.
[[nodiscard]] MessageFlags flags_of(std::string_view file_name);

// file_name_of makes the name that the message `base` has in cur/ with these flags: letters in ASCII order,
// each once. Requires a base without ':'. flags_of(file_name_of(b, f)) == f.
[[nodiscard]] std::string file_name_of(std::string_view base, MessageFlags flags);

inline constexpr std::size_t kKeywordsLimit = 26;

// parse_keywords reads a folder's keywords, "INDEX NAME" a line; the place in the answer is the index, an
// empty text is an index without a name. Total: a line that is none is passed over, the first of two wins.
[[nodiscard]] std::vector<std::string> parse_keywords(std::string_view text);

// print_keywords makes the text that parse_keywords reads back.
[[nodiscard]] std::string print_keywords(const std::vector<std::string>& names);

}  // namespace postern::daemon
