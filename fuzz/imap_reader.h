// SPDX-License-Identifier: BSD-2-Clause
// Commands and their literals, read without states.
#pragma once

#include <string>

#include "daemon/imap/command_reader.h"

namespace fuzz {

using namespace postern::daemon;

inline constexpr size_t kLiterals = 40;  // octets of them that a command may have

// take_plain_line: a line and its end; false: there is no whole one. (None is over the limit: MAX_LEN.)
inline bool take_plain_line(std::string_view& octets, std::string& line) {
  const size_t end = octets.find('\n');
  if (end == std::string_view::npos) return false;
  line = octets.substr(0, end);
  if (line.ends_with('\r')) line.pop_back();
  octets.remove_prefix(end + 1);
  return true;
}

inline std::string tell(ImapInput input, const std::string& text) {
  return "\n" + std::to_string(static_cast<int>(input)) + text + "\n";
}

// read_one: one command from the front, without states; false: nothing further can be told.
inline bool read_one(std::string_view& octets, std::string& all) {
  std::string text;
  std::string line;
  size_t literals = 0;
  bool message_taken = false;
  while (take_plain_line(octets, line)) {
    text += line;
    LiteralMark mark;
    if (!closing_literal(line, mark) || (message_taken && !mark.plus)) {
      all += tell(ImapInput::kCommand, text);
      return true;
    }
    if (message_taken) {
      all += tell(ImapInput::kLost, text);
      return false;
    }
    text += "\r\n";
    const ImapCommand command = parse_imap_command(text);
    message_taken = command.verb == ImapVerb::kAppend && command.fault == ImapFault::kNone;
    if (!message_taken && literals + mark.octets > kLiterals) {
      all += tell(mark.plus ? ImapInput::kLost : ImapInput::kTooLarge, text);
      return !mark.plus;
    }
    if (message_taken) all += tell(ImapInput::kAppend, text);
    if (!message_taken && !mark.plus) all += tell(ImapInput::kContinue, text);
    literals += mark.octets;
    const std::string_view literal = octets.substr(0, mark.octets);
    octets.remove_prefix(literal.size());
    (message_taken ? all : text) += literal;
#ifdef POSTERN_SEEDED_BUG
    if (!message_taken && literal.size() == 2) octets.remove_prefix(octets.empty() ? 0 : 1);  // an octet more
#endif
  }
  return false;
}

}  // namespace fuzz
