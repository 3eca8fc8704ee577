// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/pop3/command.h"

#include <array>
#include <limits>

#include "daemon/session/words.h"

namespace postern::daemon {
namespace {

// Arguments: the shapes that arguments come in.
enum class Arguments : uint8_t {
  kNone,
  kName,
  kRest,
  kMessage,
  kOptionalMessage,
  kMessageAndLines,
  kMechanism
};

struct VerbRule {
  std::string_view keyword;
  Pop3Verb verb;
  Arguments arguments;
};

constexpr std::array<VerbRule, 14> kVerbs{{
    {"USER", Pop3Verb::kUser, Arguments::kName},
    {"PASS", Pop3Verb::kPass, Arguments::kRest},
    {"STAT", Pop3Verb::kStat, Arguments::kNone},
    {"LIST", Pop3Verb::kList, Arguments::kOptionalMessage},
    {"RETR", Pop3Verb::kRetr, Arguments::kMessage},
    {"DELE", Pop3Verb::kDele, Arguments::kMessage},
    {"NOOP", Pop3Verb::kNoop, Arguments::kNone},
    {"RSET", Pop3Verb::kRset, Arguments::kNone},
    {"QUIT", Pop3Verb::kQuit, Arguments::kNone},
    {"TOP", Pop3Verb::kTop, Arguments::kMessageAndLines},
    {"UIDL", Pop3Verb::kUidl, Arguments::kOptionalMessage},
    {"CAPA", Pop3Verb::kCapa, Arguments::kNone},
    {"STLS", Pop3Verb::kStls, Arguments::kNone},
    {"AUTH", Pop3Verb::kAuth, Arguments::kMechanism},
}};

constexpr bool is_control(char octet) {
  const auto value = static_cast<unsigned char>(octet);
  return value < 0x20 || value == 0x7F;
}

const VerbRule* find_verb(std::string_view keyword) {
  for (const VerbRule& rule : kVerbs) {
    if (same_keyword(keyword, rule.keyword)) return &rule;
  }
  return nullptr;
}

// parse_number: decimal digits alone, at most 2^32 - 1.
bool parse_number(std::string_view word, uint32_t& value) {
  if (word.empty()) return false;
  uint64_t sum = 0;
  for (const char octet : word) {
    if (octet < '0' || octet > '9') return false;
    sum = sum * 10 + static_cast<uint64_t>(octet - '0');
    if (sum > std::numeric_limits<uint32_t>::max()) return false;
  }
  value = static_cast<uint32_t>(sum);
  return true;
}

Pop3Fault take_number(std::string_view& rest, uint32_t& value) {
  const std::string_view word = take_word(rest);
  if (word.empty()) return Pop3Fault::kMissingArgument;
  return parse_number(word, value) ? Pop3Fault::kNone : Pop3Fault::kBadNumber;
}

// take_message: a message number, which begins at 1.
Pop3Fault take_message(std::string_view& rest, Pop3Command& command) {
  const Pop3Fault fault = take_number(rest, command.message);
  if (fault != Pop3Fault::kNone) return fault;
  return command.message == 0 ? Pop3Fault::kBadNumber : Pop3Fault::kNone;
}

Pop3Fault take_text(std::string_view& rest, Pop3Command& command, bool whole_rest) {
  if (whole_rest) {
    command.text = rest.empty() ? rest : rest.substr(1);
    rest = {};
  } else {
    command.text = take_word(rest);
  }
  return command.text.empty() ? Pop3Fault::kMissingArgument : Pop3Fault::kNone;
}

Pop3Fault take_arguments(Arguments shape, std::string_view& rest, Pop3Command& command) {
  switch (shape) {
    case Arguments::kNone:
      return Pop3Fault::kNone;
    case Arguments::kName:
      return take_text(rest, command, false);
    case Arguments::kRest:
      return take_text(rest, command, true);
    case Arguments::kMessage:
      return take_message(rest, command);
    case Arguments::kOptionalMessage: {
      const Pop3Fault fault = take_message(rest, command);
      return fault == Pop3Fault::kMissingArgument ? Pop3Fault::kNone : fault;
    }
    case Arguments::kMechanism: {
      const Pop3Fault fault = take_text(rest, command, false);
      command.response = take_word(rest);
      return fault;
    }
    case Arguments::kMessageAndLines: {
      const Pop3Fault fault = take_message(rest, command);
      return fault != Pop3Fault::kNone ? fault : take_number(rest, command.lines);
    }
  }
  return Pop3Fault::kUnknownCommand;
}

Pop3Fault check_octets(std::string_view line, bool carries_text) {
  for (const char octet : line) {
    if (is_control(octet)) return Pop3Fault::kBadOctet;
    if (!carries_text && !is_printable(octet)) return Pop3Fault::kBadOctet;
  }
  return Pop3Fault::kNone;
}

Pop3Command refused(Pop3Verb verb, Pop3Fault fault) {
  Pop3Command command;
  command.verb = verb;
  command.fault = fault;
  return command;
}

}  // namespace

Pop3Command parse_pop3_command(std::string_view line) {
  if (line.size() + 2 > kPop3LineLimit) return refused(Pop3Verb::kUnknown, Pop3Fault::kLineTooLong);
  std::string_view rest = line;
  const size_t keyword_length = line.find(' ');
  const std::string_view keyword = line.substr(0, keyword_length);
  rest.remove_prefix(keyword.size());
  const VerbRule* rule = find_verb(keyword);
  const bool carries_text =
      rule != nullptr && (rule->verb == Pop3Verb::kUser || rule->verb == Pop3Verb::kPass);
  const Pop3Verb verb = rule != nullptr ? rule->verb : Pop3Verb::kUnknown;
  Pop3Fault fault = check_octets(line, carries_text);
  if (fault != Pop3Fault::kNone) return refused(verb, fault);
  if (rule == nullptr) return refused(verb, Pop3Fault::kUnknownCommand);
  Pop3Command command;
  command.verb = verb;
  fault = take_arguments(rule->arguments, rest, command);
  if (fault != Pop3Fault::kNone) return refused(verb, fault);
  if (!take_word(rest).empty()) return refused(verb, Pop3Fault::kUnexpectedArgument);
  command.fault = Pop3Fault::kNone;
  return command;
}

}  // namespace postern::daemon
