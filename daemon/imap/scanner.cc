// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/imap/scanner.h"

#include <algorithm>

#include "daemon/session/words.h"

namespace postern::daemon {
namespace {

constexpr uint64_t kLiteralMost = UINT32_MAX;

constexpr bool is_word_char(char octet) {
  return is_digit(octet) || (upper(octet) >= 'A' && upper(octet) <= 'Z') || octet == '.' || octet == '-';
}

// read_digits: a decimal number of digits alone, at most `most`.
bool read_digits(std::string_view digits, uint64_t most, uint64_t& value) {
  if (digits.empty()) return false;
  value = 0;
  for (const char digit : digits) {
    if (!is_digit(digit)) return false;
    value = value * 10 + static_cast<uint64_t>(digit - '0');
    if (value > most) return false;
  }
  return true;
}

// read_mark: what stands between the braces.
bool read_mark(std::string_view inside, LiteralMark& mark) {
  mark.plus = inside.ends_with('+');
  if (mark.plus) inside.remove_suffix(1);
  return read_digits(inside, kLiteralMost, mark.octets);
}

}  // namespace

template <class Is>
std::string_view ImapScanner::run(Is is) {
  const auto end = std::ranges::find_if_not(rest_, is);
  const std::string_view taken = rest_.substr(0, static_cast<size_t>(end - rest_.begin()));
  rest_.remove_prefix(taken.size());
  return taken;
}

bool ImapScanner::take(char octet) {
  if (rest_.empty() || rest_.front() != octet) return false;
  rest_.remove_prefix(1);
  return true;
}

bool ImapScanner::take_word(std::string_view wanted) {
  const std::string_view before = rest_;
  if (same_keyword(word(), wanted)) return true;
  rest_ = before;
  return false;
}

std::string_view ImapScanner::word() {
  return run(is_word_char);
}

std::string_view ImapScanner::atom() {
  return run(is_atom_char);
}

bool ImapScanner::number(uint32_t& value) {
  uint64_t wide = 0;
  if (!read_digits(run(is_digit), UINT32_MAX, wide)) return false;
  value = static_cast<uint32_t>(wide);
  return true;
}

bool ImapScanner::nz_number(uint32_t& value) {
  return next() != '0' && number(value);
}

bool ImapScanner::digits(unsigned count, uint32_t& value) {
  uint64_t wide = 0;
  if (rest_.size() < count || !read_digits(rest_.substr(0, count), UINT32_MAX, wide)) return false;
  rest_.remove_prefix(count);
  value = static_cast<uint32_t>(wide);
  return true;
}

// QUOTED-CHAR; octets above 0x7f are let through, for passwords and names of people who have such.
bool ImapScanner::quoted(std::string& text) {
  text.clear();
  if (!take('"')) return false;
  for (size_t i = 0; i < rest_.size(); ++i) {
    char octet = rest_[i];
    if (octet == '"') {
      rest_.remove_prefix(i + 1);
      return true;
    }
    if (octet == '\0' || octet == '\r' || octet == '\n') return false;
    if (octet == '\\') {
      if (++i == rest_.size()) return false;
      octet = rest_[i];
      if (octet != '"' && octet != '\\') return false;
    }
    text.push_back(octet);
  }
  return false;
}

bool ImapScanner::literal_mark(LiteralMark& mark) {
  if (!take('{')) return false;
  const size_t end = rest_.find('}');
  if (end == std::string_view::npos || !read_mark(rest_.substr(0, end), mark)) return false;
  rest_.remove_prefix(end + 1);
  return take('\r') && take('\n');
}

// CHAR8: any octet but NUL.
bool ImapScanner::literal(std::string& text) {
  LiteralMark mark;
  if (!literal_mark(mark) || mark.octets > rest_.size()) return false;
  text = rest_.substr(0, mark.octets);
  rest_.remove_prefix(mark.octets);
  return text.find('\0') == std::string::npos;
}

bool ImapScanner::string(std::string& text) {
  return next() == '"' ? quoted(text) : literal(text);
}

bool ImapScanner::astring(std::string& text) {
  if (next() == '"' || next() == '{') return string(text);
  text = run(is_astring_char);
  return !text.empty();
}

bool ImapScanner::list_mailbox(std::string& text) {
  if (next() == '"' || next() == '{') return string(text);
  text = run(is_list_char);
  return !text.empty();
}

bool closing_literal(std::string_view line, LiteralMark& mark) {
  if (!line.ends_with('}')) return false;
  const size_t begin = line.rfind('{');
  if (begin == std::string_view::npos) return false;
  return read_mark(line.substr(begin + 1, line.size() - begin - 2), mark);
}

}  // namespace postern::daemon
