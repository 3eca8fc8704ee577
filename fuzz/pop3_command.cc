// SPDX-License-Identifier: BSD-2-Clause
//
// Law: parse(print(c)) = c for every command c that parse accepts; its text lies inside the line and is no
// longer than kPop3TextLimit; no line over the limit is accepted. Input: one line without its CRLF.
#include <array>
#include <string>

#include "daemon/pop3/command.h"
#include "fuzz/law.h"

namespace {

using namespace postern::daemon;

std::string print(const Pop3Command& command) {
  constexpr std::array<const char*, 15> kVerbs = {"",     "USER", "PASS", "STAT", "LIST",
                                                  "RETR", "DELE", "NOOP", "RSET", "QUIT",
                                                  "TOP",  "UIDL", "CAPA", "STLS", "AUTH"};
  std::string line = kVerbs[static_cast<size_t>(command.verb)];
  const bool has_text =
      command.verb == Pop3Verb::kUser || command.verb == Pop3Verb::kPass || command.verb == Pop3Verb::kAuth;
  if (has_text) line += " " + std::string(command.text);
  if (!command.response.empty()) line += " " + std::string(command.response);
  if (command.message != 0) line += " " + std::to_string(command.message);
#ifdef POSTERN_SEEDED_BUG
  if (command.verb == Pop3Verb::kTop && command.lines == 0) return line;  // TOP n 0 printed as TOP n
#endif
  if (command.verb == Pop3Verb::kTop) line += " " + std::to_string(command.lines);
  return line;
}

bool same(const Pop3Command& a, const Pop3Command& b) {
  return a.verb == b.verb && a.fault == b.fault && a.text == b.text && a.response == b.response &&
         a.message == b.message && a.lines == b.lines;
}

bool is_inside(std::string_view part, std::string_view whole) {
  return part.empty() ||
         (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view line = octets_of(data, size);
  const Pop3Command command = parse_pop3_command(line);
  if (command.fault != Pop3Fault::kNone) return 0;
  hold(line.size() + 2 <= kPop3LineLimit, "no line over the limit is accepted");
  hold(command.text.size() <= kPop3TextLimit && is_inside(command.text, line), "text is bounded");
  hold(is_inside(command.response, line) && (command.response.empty() || command.verb == Pop3Verb::kAuth),
       "a response is AUTH's");
  hold(command.verb != Pop3Verb::kUnknown, "what is accepted has a verb");
  const std::string printed = print(command);
  hold(same(parse_pop3_command(printed), command), "parse(print(c)) = c");
  return 0;
}
