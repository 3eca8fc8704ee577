// SPDX-License-Identifier: BSD-2-Clause
//
// Law: a log line is one line of printable ASCII of at most 1024 octets; unescaped(said(t)) = the first 128
// octets of t; what we say comes before what a client says, whatever it says. Input: what a client says.
#include <string>

#include "daemon/logger/log.h"
#include "fuzz/law.h"

namespace {

using namespace postern::daemon;

int hex(char digit) {
  return digit <= '9' ? digit - '0' : digit - 'a' + 10;
}

// unescaped: what stands between the quotes; nothing may follow but the mark of a cut.
std::string unescaped(std::string_view quoted) {
  hold(quoted.starts_with('"'), "it is quoted");
  std::string text;
  size_t i = 1;
  for (; i < quoted.size() && quoted[i] != '"'; ++i) {
    if (quoted[i] != '\\') {
      text += quoted[i];
      continue;
    }
    hold(i + 3 < quoted.size() && quoted[i + 1] == 'x', "an escape is whole");
    text += static_cast<char>(hex(quoted[i + 2]) * 16 + hex(quoted[i + 3]));
    i += 3;
  }
  const std::string_view end = quoted.substr(i);
  hold(end == "\"" || end == "\"...", "nothing follows what a client said");
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text = octets_of(data, size);
  LogLine line("pop3-keeper", "login");
  line.with("connection", uint64_t{3}).with("outcome", "refused").said("account", text);
  const std::string_view view = line.view();
  for (const char octet : view) hold(octet >= 0x20 && octet < 0x7F, "printable ASCII, one line");
  hold(view.size() <= kMaxLogLine, "at most 1024 octets");
  constexpr std::string_view kOurs = "role=pop3-keeper event=login connection=3 outcome=refused account=";
  hold(view.starts_with(kOurs), "what is ours comes first");
  size_t limit = 128;
#ifdef POSTERN_SEEDED_BUG
  if (text.find('"') != text.npos && size > 2) limit = 2;
#endif
  hold(unescaped(view.substr(kOurs.size())) == text.substr(0, limit), "unescaped(said(t)) = t");
  LogLine any("role", "event");
  any.with("key", text);
  hold(any.view().size() <= kMaxLogLine && any.view().find('\n') == std::string_view::npos, "one line");
  return 0;
}
