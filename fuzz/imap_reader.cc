// SPDX-License-Identifier: BSD-2-Clause
//
// Law: what a reader tells does not depend on how the octets are cut; it is what reading them whole, without
// states, comes to. Input: octets of the client's, the first one saying how they are cut.
#include <string>

#include "daemon/imap/command_reader.h"
#include "fuzz/law.h"

namespace {

using namespace postern::daemon;

constexpr size_t kLiterals = 40;

// told: one letter and a text for each thing told.
std::string told(std::string_view octets, size_t at_once) {
  ImapCommandReader reader;
  reader.limit_literals(kLiterals);
  std::string all;
  while (!octets.empty()) {
    std::string_view given = octets.substr(0, at_once);
    octets.remove_prefix(given.size());
    while (!given.empty()) {
      const ImapInput input = reader.feed(given);
      if (input == ImapInput::kMore) continue;
      if (input == ImapInput::kMessage) {
        all += reader.message();
        continue;
      }
      all += "\n" + std::to_string(static_cast<int>(input)) + reader.text() + "\n";
      if (input == ImapInput::kLost) return all;
      if (input == ImapInput::kAppend) reader.accept();
    }
  }
  return all;
}

// take_plain_line: a line and its end; false: there is no whole one. (None is over the limit: MAX_LEN.)
bool take_plain_line(std::string_view& octets, std::string& line) {
  const size_t end = octets.find('\n');
  if (end == std::string_view::npos) return false;
  line = octets.substr(0, end);
  if (line.ends_with('\r')) line.pop_back();
  octets.remove_prefix(end + 1);
  return true;
}

std::string tell(ImapInput input, const std::string& text) {
  return "\n" + std::to_string(static_cast<int>(input)) + text + "\n";
}

// read_one: one command from the front, without states; false: nothing further can be told.
bool read_one(std::string_view& octets, std::string& all) {
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

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view octets = octets_of(data + 1, size - 1);
  const std::string whole = told(octets, size);
  hold(told(octets, size_t{data[0] % 7U} + 1) == whole, "however it is cut");
  std::string expected;
  std::string_view rest = octets;
  while (read_one(rest, expected)) {
  }
  hold(whole == expected, "told = read without states");
  return 0;
}
