// SPDX-License-Identifier: BSD-2-Clause
// The small parts of IMAP's grammar (RFC 3501, section 9), read from the front of a text. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace postern::daemon {

// is_atom_char: ATOM-CHAR.
constexpr bool is_atom_char(char octet) {
  return octet > ' ' && octet < 0x7f && std::string_view("(){%*\"\\]").find(octet) == std::string_view::npos;
}
constexpr bool is_astring_char(char octet) {
  return is_atom_char(octet) || octet == ']';
}
constexpr bool is_list_char(char octet) {
  return is_astring_char(octet) || octet == '%' || octet == '*';
}
constexpr bool is_digit(char octet) {
  return octet >= '0' && octet <= '9';
}

// LiteralMark: `{n}` or, with `plus`, `{n+}` (RFC 7888).
struct LiteralMark {
  uint64_t octets = 0;
  bool plus = false;
};

// ImapScanner reads a command from its front. A function that answers false has read nothing of use; the
// command is then malformed and the scanner is not asked again. The text is borrowed.
class ImapScanner {
 public:
  explicit ImapScanner(std::string_view text) : rest_(text) {}

  [[nodiscard]] bool at_end() const { return rest_.empty(); }
  [[nodiscard]] char next() const { return rest_.empty() ? '\0' : rest_.front(); }
  [[nodiscard]] std::string_view rest() const { return rest_; }

  // take takes one octet if it is `octet`; space: one space, as the grammar has it.
  bool take(char octet);
  [[nodiscard]] bool space() { return take(' '); }

  // take_word takes `word` (upper case), in any case, if no further letter, digit, dot or dash follows.
  bool take_word(std::string_view word);

  // word: the longest run of letters, digits, dots and dashes; may be empty.
  std::string_view word();
  // atom: the longest run of ATOM-CHARs; may be empty.
  std::string_view atom();

  // number: up to 2^32 - 1. nz_number: at least 1, not beginning with 0.
  [[nodiscard]] bool number(uint32_t& value);
  [[nodiscard]] bool nz_number(uint32_t& value);
  // digits: exactly `count` digits.
  [[nodiscard]] bool digits(unsigned count, uint32_t& value);

  [[nodiscard]] bool quoted(std::string& text);
  [[nodiscard]] bool string(std::string& text);  // quoted or literal
  [[nodiscard]] bool astring(std::string& text);
  [[nodiscard]] bool list_mailbox(std::string& text);
  // literal_mark: {n} or {n+} and the CRLF after it.
  [[nodiscard]] bool literal_mark(LiteralMark& mark);

 private:
  template <class Is>
  std::string_view run(Is is);
  [[nodiscard]] bool literal(std::string& text);

  std::string_view rest_;
};

// closing_literal: whether `line` (without CRLF) ends with the mark of a literal, and which.
[[nodiscard]] bool closing_literal(std::string_view line, LiteralMark& mark);

}  // namespace postern::daemon
