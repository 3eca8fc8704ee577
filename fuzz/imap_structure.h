// SPDX-License-Identifier: BSD-2-Clause
// RFC 3501's grammar of `body` and `envelope`, read a second time.
#pragma once

#include <algorithm>
#include <string_view>

#include "fuzz/law.h"

namespace fuzz {

// SyntaxReader reads strings, numbers, NIL and lists, as RFC 3501's grammar for `body` and `envelope` wants.
class SyntaxReader {
 public:
  explicit SyntaxReader(std::string_view text) : rest_(text) {}

  bool at_end() const { return rest_.empty(); }
  bool take(std::string_view text) {
    if (!rest_.starts_with(text)) return false;
    rest_.remove_prefix(text.size());
    return true;
  }
  bool string() {
    if (take("{")) return literal();
    if (!take("\"")) return false;
    while (!rest_.empty() && rest_.front() != '"') {
      if (rest_.front() == '\\') rest_.remove_prefix(1);
      if (rest_.empty() || static_cast<signed char>(rest_.front()) < 0 || rest_.front() == '\r' ||
          rest_.front() == '\n')
        return false;
      rest_.remove_prefix(1);
    }
    return take("\"");
  }
  bool nstring() { return take("NIL") || string(); }
  bool number() {
    const size_t digits = std::min(rest_.find_first_not_of("0123456789"), rest_.size());
    rest_.remove_prefix(digits);
    return digits != 0;
  }
  bool addresses() {
    if (take("NIL")) return true;
    if (!take("(")) return false;
    do {
      if (!take("(") || !nstring() || !take(" ") || !nstring() || !take(" ") || !nstring() || !take(" ") ||
          !nstring() || !take(")"))
        return false;
    } while (!rest_.starts_with(")"));
    return take(")");
  }
  bool envelope() {
    if (!take("(") || !nstring() || !take(" ") || !nstring()) return false;
    for (int i = 0; i < 6; ++i) {
      if (!take(" ") || !addresses()) return false;
    }
    return take(" ") && nstring() && take(" ") && nstring() && take(")");
  }
  bool body(bool extended) {
    if (!take("(")) return false;
    return (rest_.starts_with("(") ? multipart(extended) : single(extended)) && take(")");
  }

 private:
  bool literal() {
    size_t length = 0;
    while (!rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9') {
      length = length * 10 + static_cast<size_t>(rest_.front() - '0');
      rest_.remove_prefix(1);
    }
    if (!take("}\r\n") || length > rest_.size()) return false;
    const bool sound = rest_.substr(0, length).find('\0') == std::string_view::npos;
    rest_.remove_prefix(length);
    return sound;
  }
  bool parameters() {
    if (take("NIL")) return true;
    if (!take("(")) return false;
    do {
      if (!string() || !take(" ") || !string()) return false;
    } while (take(" "));
    return take(")");
  }
  bool disposition() {
    if (take("NIL")) return true;
    return take("(") && string() && take(" ") && parameters() && take(")");
  }
  bool languages() {
    if (nstring()) return true;
#ifdef POSTERN_SEEDED_BUG
    return false;  // one language
#endif
    if (!take("(")) return false;
    do {
      if (!string()) return false;
    } while (take(" "));
    return take(")");
  }
  bool extension() {
    return take(" ") && disposition() && take(" ") && languages() && take(" ") && nstring();
  }
  bool multipart(bool extended) {
    while (rest_.starts_with("(")) {
      if (!body(extended)) return false;
    }
    if (!take(" ") || !string()) return false;
    return !extended || (take(" ") && parameters() && extension());
  }
  bool single(bool extended) {
    if (!string() || !take(" ") || !string() || !take(" ") || !parameters() || !take(" ") || !nstring())
      return false;
    if (!take(" ") || !nstring() || !take(" ") || !string() || !take(" ") || !number()) return false;
    if (rest_.starts_with(" (")) {
      if (!take(" ") || !envelope() || !take(" ") || !body(extended)) return false;
    }
    if (rest_.size() > 1 && rest_[0] == ' ' && rest_[1] >= '0' && rest_[1] <= '9' &&
        (!take(" ") || !number()))
      return false;
    return !extended || (take(" ") && nstring() && extension());
  }

  std::string_view rest_;
};

}  // namespace fuzz
