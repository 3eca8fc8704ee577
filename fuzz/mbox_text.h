// SPDX-License-Identifier: BSD-2-Clause
// A maildrop, read as mail readers do.
#pragma once

#include <string>
#include <vector>

#include "daemon/deliver/mbox_text.h"

namespace fuzz {

using namespace postern::daemon;

inline std::string quoted(std::string_view message, size_t piece) {
  std::string out;
  FromQuoter quoter;
  for (; !message.empty(); message.remove_prefix(std::min(piece, message.size())))
    quoter.add(message.substr(0, piece), out);
  quoter.finish(out);
  return out;
}

// is_one_line: printable ASCII, and one LF at its end.
inline bool is_one_line(std::string_view text) {
  for (const char octet : text.substr(0, text.size() - 1))
    if (octet < ' ' || octet > '~') return false;
  return text.ends_with('\n');
}

inline std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  for (; !text.empty(); text.remove_prefix(lines.back().size()))
    lines.push_back(text.substr(0, std::min(text.find('\n'), text.size() - 1) + 1));
  return lines;
}

// split reads a maildrop as mail readers do: a From line after an empty one begins a message, the empty line
// before it is no part of the last, and a line of '>'s and "From " has one '>' too many.
inline std::vector<std::string> split(std::string_view maildrop, std::string_view from) {
  std::vector<std::string> messages(1);
  bool after_empty = true;
  for (std::string_view line : lines_of(maildrop)) {
    if (after_empty && line == from) {
      if (messages.back().ends_with('\n')) messages.back().pop_back();
      messages.emplace_back();
    } else {
#ifdef POSTERN_SEEDED_BUG
      const bool quotes = line.starts_with(">From ");
#else
      const size_t mark = line.find_first_not_of('>');
      const bool quotes = mark != line.npos && mark > 0 && line.substr(mark).starts_with("From ");
#endif
      messages.back() += line.substr(messages.size() > 1 && quotes ? 1 : 0);
    }
    after_empty = line == "\n";
  }
  if (messages.back().ends_with('\n')) messages.back().pop_back();
  return messages;
}

}  // namespace fuzz
