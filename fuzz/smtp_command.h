// SPDX-License-Identifier: BSD-2-Clause
// RFC 5321, section 4.1.2, read a second time, label by label; and commands, printed.
#pragma once

#include <array>
#include <cctype>
#include <string>

#include "daemon/smtp/command.h"
#include "fuzz/law.h"

namespace fuzz {

using namespace postern::daemon;

// is_of: letters, digits and what is in `others`; not nothing.
inline bool is_of(std::string_view text, std::string_view others) {
  for (const char octet : text)
    if (std::isalnum(static_cast<unsigned char>(octet)) == 0 && others.find(octet) == others.npos)
      return false;
  return !text.empty();
}

inline bool are_labels(std::string_view text, std::string_view set) {
  if (text.ends_with('.')) return false;
  bool good = true;
  do good = is_of(cut(text, '.'), set) && good;
  while (!text.empty());
  return good;
}

inline bool is_domain(std::string_view text) {
  if (!text.starts_with('[')) return are_labels(text, "-_");
  return text.size() > 2 && text.ends_with(']') && is_of(text.substr(1, text.size() - 2), ".:-");
}

inline bool is_local(std::string_view text) {
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

inline bool is_mailbox(std::string_view text) {
  const size_t at = text.rfind('@');
  if (at == text.npos || text.size() > 254 || at > 64) return false;
  return is_local(text.substr(0, at)) && is_domain(text.substr(at + 1));
}

inline bool is_printable(std::string_view text) {
  for (const char octet : text)
    if (octet < 0x20 || octet > 0x7E) return false;
  return true;
}

inline std::string print(const SmtpCommand& command) {
  constexpr std::array<const char*, 12> kVerbs = {"",     "HELO", "EHLO",   "MAIL", "RCPT", "DATA",
                                                  "RSET", "NOOP", "VRFY x", "HELP", "QUIT", "STARTTLS"};
  std::string line = kVerbs[static_cast<size_t>(command.verb)];
  if (!command.name.empty()) line += " " + std::string(command.name);
  if (command.verb == SmtpVerb::kMail) line += " FROM:<" + std::string(command.mailbox) + ">";
  if (command.verb == SmtpVerb::kRcpt) line += " TO:<" + std::string(command.mailbox) + ">";
  if (command.size) line += " SIZE=" + std::to_string(*command.size);
  return line;
}

}  // namespace fuzz
