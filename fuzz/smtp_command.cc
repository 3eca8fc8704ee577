// SPDX-License-Identifier: BSD-2-Clause
//
// Law: parse(print(c)) = c for every command c that parse accepts; parse(lower(l)) = lower(parse(l)); what is
// accepted is printable and within the limits; its mailbox is one (RFC 5321, section 4.1.2, read a second
// time, label by label), the null path or postmaster. Input: one line without its CRLF.
#include "fuzz/smtp_command.h"

namespace {

using namespace fuzz;
using namespace postern::daemon;

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
