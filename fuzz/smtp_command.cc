// SPDX-License-Identifier: BSD-2-Clause
//
// Law: parse(print(c)) = c for every command c that parse accepts; parse(lower(l)) = lower(parse(l)); what is
// accepted is printable and within the limits; its mailbox is one (RFC 5321, section 4.1.2, read a second
// time, label by label), the null path or postmaster. Input: one line without its CRLF.
#include <array>
#include <cctype>
#include <string>

#include "daemon/smtp/command.h"
#include "fuzz/law.h"

namespace {

using namespace postern::daemon;

// is_of: letters, digits and what is in `others`; not nothing.
bool is_of(std::string_view text, std::string_view others) {
  for (const char octet : text)
    if (std::isalnum(static_cast<unsigned char>(octet)) == 0 && others.find(octet) == others.npos)
      return false;
  return !text.empty();
}

bool are_labels(std::string_view text, std::string_view set) {
  if (text.ends_with('.')) return false;
  bool good = true;
  do good = is_of(cut(text, '.'), set) && good;
  while (!text.empty());
  return good;
}

bool is_domain(std::string_view text) {
  if (!text.starts_with('[')) return are_labels(text, "-_");
  return text.size() > 2 && text.ends_with(']') && is_of(text.substr(1, text.size() - 2), ".:-");
}

bool is_local(std::string_view text) {
  if (!text.starts_with('"')) return are_labels(text, "!#$%&'*+-/=?^_`{|}~");
  for (text.remove_prefix(1); text.size() > 1; text.remove_prefix(1)) {
    if (text.front() == '\\')
      text.remove_prefix(1);
    else if (text.front() == '"')
      return false;
#ifdef POSTERN_SEEDED_BUG
    if (text.front() == '@') return false;  // only outside quotes
#endif
  }
  return text == "\"";
}

bool is_mailbox(std::string_view text) {
  const size_t at = text.rfind('@');
  if (at == text.npos || text.size() > 254 || at > 64) return false;
  return is_local(text.substr(0, at)) && is_domain(text.substr(at + 1));
}

bool is_printable(std::string_view text) {
  for (const char octet : text)
    if (octet < 0x20 || octet > 0x7E) return false;
  return true;
}

std::string print(const SmtpCommand& command) {
  constexpr std::array<const char*, 12> kVerbs = {"",     "HELO", "EHLO",   "MAIL", "RCPT", "DATA",
                                                  "RSET", "NOOP", "VRFY x", "HELP", "QUIT", "STARTTLS"};
  std::string line = kVerbs[static_cast<size_t>(command.verb)];
  if (!command.name.empty()) line += " " + std::string(command.name);
  if (command.verb == SmtpVerb::kMail) line += " FROM:<" + std::string(command.mailbox) + ">";
  if (command.verb == SmtpVerb::kRcpt) line += " TO:<" + std::string(command.mailbox) + ">";
  if (command.size) line += " SIZE=" + std::to_string(*command.size);
  return line;
}

bool same(const SmtpCommand& a, const SmtpCommand& b) {
  return a.verb == b.verb && a.fault == b.fault && a.name == b.name && a.mailbox == b.mailbox &&
         a.size == b.size;
}

std::string lower(std::string_view line) {
  std::string out(line);
  for (char& octet : out) octet = octet >= 'A' && octet <= 'Z' ? static_cast<char>(octet + 32) : octet;
  return out;
}

void check_case(std::string_view line, const SmtpCommand& command) {
  const std::string text = lower(line);
  const SmtpCommand other = parse_smtp_command(text);
  hold(other.verb == command.verb && other.fault == command.fault, "keywords in any case");
  hold(lower(command.mailbox) == other.mailbox && other.size == command.size, "and nothing else changes");
}

void check_size(std::string_view line, uint64_t size) {
  std::string digits = lower(line);
  digits.erase(0, digits.rfind("size=") + 5);
  digits.erase(std::min(digits.find(' '), digits.size()));
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size() - 1));
  hold(digits == std::to_string(size), "SIZE is what it was said to be");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view line = octets_of(data, size);
  const SmtpCommand command = parse_smtp_command(line);
  hold(is_smtp_mailbox(line) == (is_printable(line) && is_mailbox(line)), "a mailbox, read twice");
  check_case(line, command);
  if (command.fault != SmtpFault::kNone) return 0;
  hold(is_printable(line) && line.size() + 2 <= kSmtpLineLimit, "printable, and no longer than a line");
  hold(command.verb != SmtpVerb::kUnknown, "what is accepted has a verb");
  const bool has_path = command.verb == SmtpVerb::kMail || command.verb == SmtpVerb::kRcpt;
  const bool special =
      command.verb == SmtpVerb::kMail ? command.mailbox.empty() : lower(command.mailbox) == "postmaster";
  hold(has_path ? special || is_mailbox(command.mailbox) : command.mailbox.empty(), "a path has a mailbox");
  const bool has_name = command.verb == SmtpVerb::kHelo || command.verb == SmtpVerb::kEhlo;
  hold(has_name ? is_of(command.name, ".-_:[]") : command.name.empty(), "a greeting has a name");
  if (command.size) check_size(line, *command.size);
  hold(same(parse_smtp_command(print(command)), command), "parse(print(c)) = c");
  return 0;
}
