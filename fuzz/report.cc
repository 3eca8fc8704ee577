// SPDX-License-Identifier: BSD-2-Clause
//
// Law: whatever octets a server, a row or a reason holds, JUnit is well-formed XML (as expat reads it), JSON
// lines are JSON, one event a line, and TAP has one line for each result; unescaped(escaped(o)) = o on one
// line of printable ASCII. Input: the octets.

#include <sstream>

#include "conformance/runner/printable.h"
#include "fuzz/law.h"
#include "fuzz/report.h"

namespace {

using namespace fuzz;
using namespace postern::conformance;

void check_lines(const std::string& text) {
  std::istringstream in(text);
  size_t events = 0;
  for (std::string line; std::getline(in, line); ++events)
    hold(nlohmann::json::accept(line), "each line is JSON");
  hold(events == 4, "one line an event");
}

void check_tap(const std::string& text) {
  std::istringstream in(text);
  size_t results = 0;
  for (std::string line; std::getline(in, line);)
    results += line.starts_with("ok ") || line.starts_with("not ok ");
  hold(results == 2 && text.find("\n1..2\n") != text.npos, "one TAP line a result");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string octets(octets_of(data, size));
  for (const char octet : escaped(octets)) hold(octet >= 0x20 && octet < 0x7F, "printable ASCII");
  std::ostringstream lines, tap, junit, terminal;
  EventStream events;
  events.add(make_json_lines_sink(lines));
  events.add(make_tap_sink(tap));
  events.add(make_junit_sink(junit));
  events.add(make_terminal_sink(terminal, false, false));
  Recorder recorder(events, {}, {}, {"pure", octets, octets, "postern-conform run", true});
  recorder.start(2, octets);
  Outcome broken = Outcome::of(Outcome::Kind::kBroken, octets);
  broken.wire = {{0.5, '<', octets}};
  recorder.record(row(octets), broken);
  recorder.record(row("two"), Outcome::of(Outcome::Kind::kSkipped, octets));
  hold(recorder.finish() != ExitCode::kAsExpected, "a broken answer is not as expected");
  check_lines(lines.str());
  check_tap(tap.str());
#ifdef POSTERN_SEEDED_BUG
  if (octets.find(']') != octets.npos) junit << "&";
#endif
  hold(is_xml(junit.str()), "JUnit is XML");
  return 0;
}
