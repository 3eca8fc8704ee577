// SPDX-License-Identifier: BSD-2-Clause
//
// Law: whatever a maildrop ends with, what is appended to it is read back as messages of their own, octet by
// octet: split(tail + closing(tail) + mbox(m) + mbox(m)) = tail, m, m (MD-6; mboxrd); a quoted message has no
// line that begins with "From "; pieces do not matter; the From line's date is its instant; From line and
// Return-Path are one line whatever the sender. Input: seconds (4 octets), tail, NUL, sender, NUL, a message.
#include <cstring>
#include <ctime>

#include "fuzz/law.h"
#include "fuzz/mbox_text.h"

namespace {

using namespace fuzz;
using namespace postern::daemon;

void check_from_line(const std::string& line, std::string_view sender, std::int64_t seconds) {
  hold(is_one_line(line) && line.starts_with("From "), "one From line");
  hold(is_one_line(return_path(sender)), "one Return-Path");
  const std::string date = line.substr(line.find(' ', 5) + 1);
  std::tm utc{};
  const char* end = strptime(date.c_str(), "%a %b %e %H:%M:%S %Y\n", &utc);
  hold(end != nullptr && *end == '\0' && timegm(&utc) == seconds, "the date is the instant");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::uint32_t seconds = 0;
  if (size < sizeof seconds) return -1;
  std::memcpy(&seconds, data, sizeof seconds);
  std::string_view rest = octets_of(data + sizeof seconds, size - sizeof seconds);
  const std::string_view tail = cut(rest, '\0'), sender = cut(rest, '\0');
  const std::string from = from_line(sender, seconds), body = quoted(rest, rest.size() + 1);
  check_from_line(from, sender, seconds);
  hold(body == quoted(rest, 1) && body == quoted(rest, 3), "pieces do not matter");
  for (const std::string_view line : lines_of(body))
    hold(!line.starts_with("From "), "no line is a From line");
  if (tail.find(from) != tail.npos) return 0;
  std::string maildrop(tail);
  maildrop += closing_of(tail.substr(tail.size() - std::min<size_t>(2, tail.size())));
  maildrop += from + body + "\n" + from + body + "\n";
  const std::vector<std::string> messages = split(maildrop, from);
  const std::string message = std::string(rest) + (rest.ends_with('\n') || rest.empty() ? "" : "\n");
  hold(messages.size() == 3 && messages[1] == message && messages[2] == message, "split gives them back");
  hold((messages[0] + "\n").starts_with(tail), "and what was there is as it was");
  return 0;
}
