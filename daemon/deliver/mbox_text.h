// SPDX-License-Identifier: BSD-2-Clause
// The text of a maildrop (mboxrd): what a message becomes before it is appended. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace postern::daemon {

// FromQuoter puts one '>' more before each line that is any number of '>' and then "From ", as a stream
// (mboxrd): afterwards no line begins with "From ", and taking one '>' away from each such line gives the
// message back, octet by octet. At most four octets are held back. finish() ends a last line that has no end.
class FromQuoter {
 public:
  void add(std::string_view octets, std::string& out);
  void finish(std::string& out);

 private:
  void add_octet(char octet, std::string& out);

  void give_back(std::string& out);

  char last_ = '\n';
  bool may_match_ = true;    // since the line's begin there was nothing but '>' and `matched_` of "From"
  std::size_t matched_ = 0;  // octets of "From" held back
};

// from_line returns the line "From SENDER DATE" that a message in a maildrop begins with, with its LF. The
// null sender is MAILER-DAEMON; octets of the sender that a reader could stumble over are '?'. `seconds`
// since 1970, in UTC, years 1970 to 9999: the instant of acceptance, so that a retry makes the same octets.
[[nodiscard]] std::string from_line(std::string_view sender, std::int64_t seconds);

// return_path returns the line RFC 5321 (4.4) asks of whoever delivers, with its LF.
[[nodiscard]] std::string return_path(std::string_view sender);

// closing_of returns what must follow `tail`, the last two octets of a maildrop (fewer if it has fewer), so
// that the next message is one of its own: a torn line is ended and an empty line put behind it (MD-6).
[[nodiscard]] std::string_view closing_of(std::string_view tail);

}  // namespace postern::daemon
