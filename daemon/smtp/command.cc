// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/smtp/command.h"

#include <algorithm>
#include <array>

#include "daemon/session/words.h"

namespace postern::daemon {
namespace {

// Arguments: the shapes that arguments come in.
enum class Arguments : uint8_t { kNone, kAnything, kSomething, kName, kFrom, kTo };

struct VerbRule {
  std::string_view keyword;
  SmtpVerb verb;
  Arguments arguments;
};

constexpr std::array<VerbRule, 11> kVerbs{{
    {"HELO", SmtpVerb::kHelo, Arguments::kName},
    {"EHLO", SmtpVerb::kEhlo, Arguments::kName},
    {"MAIL", SmtpVerb::kMail, Arguments::kFrom},
    {"RCPT", SmtpVerb::kRcpt, Arguments::kTo},
    {"DATA", SmtpVerb::kData, Arguments::kNone},
    {"RSET", SmtpVerb::kRset, Arguments::kNone},
    {"NOOP", SmtpVerb::kNoop, Arguments::kAnything},
    {"VRFY", SmtpVerb::kVrfy, Arguments::kSomething},
    {"HELP", SmtpVerb::kHelp, Arguments::kAnything},
    {"STARTTLS", SmtpVerb::kStartTls, Arguments::kNone},
    {"QUIT", SmtpVerb::kQuit, Arguments::kNone},
}};

bool is_alphanumeric(char octet) {
  return (octet >= '0' && octet <= '9') || (upper(octet) >= 'A' && upper(octet) <= 'Z');
}

// RFC 5322, section 3.2.3: atext.
bool is_atext(char octet) {
  return is_alphanumeric(octet) ||
         std::string_view("!#$%&'*+-/=?^_`{|}~").find(octet) != std::string_view::npos;
}

const VerbRule* find_verb(std::string_view keyword) {
  const auto* rule = std::ranges::find_if(
      kVerbs, [keyword](const VerbRule& one) { return same_keyword(keyword, one.keyword); });
  return rule == kVerbs.end() ? nullptr : rule;
}

// is_dotted: parts of `is_part` octets, none empty, joined by dots.
template <class IsPart>
bool is_dotted(std::string_view text, IsPart is_part) {
  if (text.empty() || text.front() == '.' || text.back() == '.') return false;
  if (text.find("..") != std::string_view::npos) return false;
  return std::ranges::all_of(text, [is_part](char octet) { return octet == '.' || is_part(octet); });
}

// is_quoted: RFC 5321, section 4.1.2: Quoted-string.
bool is_quoted(std::string_view text) {
  if (text.size() < 2 || text.front() != '"' || text.back() != '"') return false;
  text = text.substr(1, text.size() - 2);
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"' || !is_printable(text[i])) return false;
    if (text[i] == '\\' && (++i == text.size() || !is_printable(text[i]))) return false;
  }
  return true;
}

bool is_domain(std::string_view text) {
  if (text.size() > 2 && text.front() == '[' && text.back() == ']')
    return std::ranges::all_of(text.substr(1, text.size() - 2), [](char octet) {
      return is_alphanumeric(octet) || octet == '.' || octet == ':' || octet == '-';
    });
  return is_dotted(text, [](char octet) { return is_alphanumeric(octet) || octet == '-' || octet == '_'; });
}

// take_path: what lies between < and >, a ">" in a quoted string apart. False: no path.
bool take_path(std::string_view& rest, std::string_view& path) {
  if (!rest.starts_with('<')) return false;
  bool quoted = false;
  for (size_t i = 1; i < rest.size(); ++i) {
    if (quoted && rest[i] == '\\') {
      ++i;
    } else if (rest[i] == '"') {
      quoted = !quoted;
    } else if (rest[i] == '>' && !quoted) {
      path = rest.substr(1, i - 1);
      rest.remove_prefix(i + 1);
      return rest.empty() || rest.front() == ' ';
    }
  }
  return false;
}

// drop_route: "@a,@b:" before a mailbox is read and forgotten. False: it is no route.
bool drop_route(std::string_view& path) {
  if (!path.starts_with('@')) return true;
  const size_t end = path.find(':');
  if (end == std::string_view::npos) return false;
  std::string_view route = path.substr(0, end);
  path.remove_prefix(end + 1);
  while (route.starts_with('@')) {
    const size_t comma = std::min(route.find(','), route.size());
    if (!is_domain(route.substr(1, comma - 1))) return false;
    if (comma == route.size()) return true;
    route.remove_prefix(comma + 1);
  }
  return false;
}

bool take_mailbox(std::string_view& rest, Arguments shape, SmtpCommand& command) {
  skip_spaces(rest);
  std::string_view path;
  if (!take_path(rest, path)) return false;
  command.mailbox = path;
  if (path.empty()) return shape == Arguments::kFrom;
  if (shape == Arguments::kTo && same_keyword(path, "POSTMASTER")) return true;  // RFC 5321, section 4.5.1
  if (!drop_route(path)) return false;
  command.mailbox = path;
  return is_smtp_mailbox(path);
}

bool parse_size(std::string_view text, std::optional<uint64_t>& size) {
  if (text.empty() || text.size() > 20 || size) return false;
  uint64_t sum = 0;
  for (const char octet : text) {
    if (octet < '0' || octet > '9') return false;
    const auto digit = static_cast<uint64_t>(octet - '0');
    if (sum > (UINT64_MAX - digit) / 10) return false;
    sum = sum * 10 + digit;
  }
  size = sum;
  return true;
}

SmtpFault take_parameters(std::string_view& rest, SmtpCommand& command) {
  bool has_body = false;
  for (std::string_view word = take_word(rest); !word.empty(); word = take_word(rest)) {
    if (command.verb == SmtpVerb::kRcpt) return SmtpFault::kUnknownParameter;
    const size_t equals = std::min(word.find('='), word.size());
    const std::string_view key = word.substr(0, equals);
    const std::string_view value = word.substr(std::min(equals + 1, word.size()));
    if (same_keyword(key, "SIZE")) {
      if (!parse_size(value, command.size)) return SmtpFault::kBadParameter;
    } else if (same_keyword(key, "BODY")) {
      if (has_body || (!same_keyword(value, "7BIT") && !same_keyword(value, "8BITMIME")))
        return SmtpFault::kBadParameter;
      has_body = true;
    } else {
      return SmtpFault::kUnknownParameter;
    }
  }
  return SmtpFault::kNone;
}

SmtpFault take_transaction(Arguments shape, std::string_view& rest, SmtpCommand& command) {
  const std::string_view keyword = shape == Arguments::kFrom ? "FROM:" : "TO:";
  skip_spaces(rest);
  if (rest.empty()) return SmtpFault::kMissingArgument;
  if (!same_keyword(rest.substr(0, keyword.size()), keyword)) return SmtpFault::kBadPath;
  rest.remove_prefix(keyword.size());
  if (!take_mailbox(rest, shape, command)) return SmtpFault::kBadPath;
  return take_parameters(rest, command);
}

SmtpFault take_name(std::string_view& rest, SmtpCommand& command) {
  command.name = take_word(rest);
  if (command.name.empty()) return SmtpFault::kMissingArgument;
  if (!is_smtp_name(command.name)) return SmtpFault::kBadName;
  return take_word(rest).empty() ? SmtpFault::kNone : SmtpFault::kUnexpectedArgument;
}

SmtpFault take_arguments(Arguments shape, std::string_view& rest, SmtpCommand& command) {
  switch (shape) {
    case Arguments::kNone:
      return take_word(rest).empty() ? SmtpFault::kNone : SmtpFault::kUnexpectedArgument;
    case Arguments::kAnything:
      return SmtpFault::kNone;
    case Arguments::kSomething:
      return take_word(rest).empty() ? SmtpFault::kMissingArgument : SmtpFault::kNone;
    case Arguments::kName:
      return take_name(rest, command);
    case Arguments::kFrom:
    case Arguments::kTo:
      return take_transaction(shape, rest, command);
  }
  return SmtpFault::kUnknownCommand;
}

SmtpCommand refused(SmtpVerb verb, SmtpFault fault) {
  SmtpCommand command;
  command.verb = verb;
  command.fault = fault;
  return command;
}

}  // namespace

MailboxParts split_mailbox(std::string_view mailbox) {
  const size_t at = mailbox.rfind('@');
  if (at == std::string_view::npos) return {mailbox, {}};
  return {mailbox.substr(0, at), mailbox.substr(at + 1)};
}

bool is_smtp_mailbox(std::string_view text) {
  const auto [local, domain] = split_mailbox(text);
  if (text.size() > kSmtpMailboxLimit || local.size() > kSmtpLocalPartLimit) return false;
  return is_domain(domain) && (is_dotted(local, is_atext) || is_quoted(local));
}

bool is_smtp_name(std::string_view text) {
  return !text.empty() && text.size() <= kSmtpNameLimit && std::ranges::all_of(text, [](char octet) {
    return is_alphanumeric(octet) || std::string_view(".-_:[]").find(octet) != std::string_view::npos;
  });
}

SmtpCommand parse_smtp_command(std::string_view line) {
  if (line.size() + 2 > kSmtpLineLimit) return refused(SmtpVerb::kUnknown, SmtpFault::kLineTooLong);
  std::string_view rest = line;
  const std::string_view keyword = rest.substr(0, std::min(rest.find(' '), rest.size()));
  rest.remove_prefix(keyword.size());
  const VerbRule* rule = find_verb(keyword);
  const SmtpVerb verb = rule != nullptr ? rule->verb : SmtpVerb::kUnknown;
  if (!is_printable(line)) return refused(verb, SmtpFault::kBadOctet);
  if (rule == nullptr) return refused(verb, SmtpFault::kUnknownCommand);
  SmtpCommand command;
  command.verb = verb;
  const SmtpFault fault = take_arguments(rule->arguments, rest, command);
  if (fault != SmtpFault::kNone) return refused(verb, fault);
  command.fault = SmtpFault::kNone;
  return command;
}

}  // namespace postern::daemon
