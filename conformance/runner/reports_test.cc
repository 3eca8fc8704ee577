// SPDX-License-Identifier: BSD-2-Clause
// TAP, JUnit, terminal and JSON lines are made from one stream; the stream is as its schema says.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "conformance/runner/recorder.h"

namespace postern::conformance {
namespace {

using nlohmann::json;
using Kind = Outcome::Kind;

Case row(const std::string& id) {
  Case c;
  c.table = "access-domain";
  c.id = id;
  c.group = "spec";
  c.sentences = {"AD-1"};
  c.point = "a <point> & more";
  c.expected.allow = true;
  return c;
}

Outcome seen(bool allow) {
  Outcome outcome = Outcome::of(Kind::kObserved, "");
  outcome.observation.allow = allow;
  outcome.wire = {{0.5, '<', std::string("octets \xff\r\n")}};
  return outcome;
}

class Reports : public testing::Test {
 protected:
  ExitCode run() {
    EventStream events;
    events.add(make_json_lines_sink(lines_));
    events.add(make_tap_sink(tap_));
    events.add(make_junit_sink(junit_));
    events.add(make_terminal_sink(terminal_, false, false));
    Recorder recorder(events, {}, {}, {"pure", "straw", "1", "postern-conform run", true});
    recorder.start(4, "spec");
    recorder.record(row("one"), seen(true));
    recorder.record(row("two"), seen(false));
    recorder.record(row("three"), Outcome::of(Kind::kUnimplemented, "cannot say"));
    recorder.record(row("four"), Outcome::of(Kind::kCrash, "signal 11"), "raw");
    events.note("a note");
    return recorder.finish();
  }

  std::ostringstream lines_, tap_, junit_, terminal_;
};

TEST_F(Reports, Tap) {
  EXPECT_EQ(run(), ExitCode::kUnexpected);
  EXPECT_NE(tap_.str().find("TAP version 13\nok 1 - one\nnot ok 2 - two (fail)\n"), std::string::npos)
      << tap_.str();
  EXPECT_NE(tap_.str().find("ok 3 - three # SKIP unimplemented: cannot say\nnot ok 4 - four (raw)"),
            std::string::npos)
      << tap_.str();
  EXPECT_NE(tap_.str().find("\n1..4\n"), std::string::npos);
}

TEST_F(Reports, Junit) {
  run();
  const std::string xml = junit_.str();
  EXPECT_NE(xml.find("<testsuite name=\"spec\" tests=\"4\" failures=\"2\" errors=\"0\" skipped=\"1\">"),
            std::string::npos)
      << xml;
  EXPECT_NE(xml.find("name=\"four (raw)\""), std::string::npos);
  EXPECT_NE(xml.find("type=\"crash\""), std::string::npos);
}

// Found by fuzz/report: a server may say octets that are no UTF-8, and row names may hold line ends.
TEST_F(Reports, OctetsThatAreNoTextLeaveTheReportsWellFormed) {
  EventStream events;
  events.add(make_tap_sink(tap_));
  events.add(make_junit_sink(junit_));
  Recorder recorder(events, {}, {}, {"pure", "straw \x85", "\xEF\xBF\xBE", "r", true});
  recorder.start(1, "spec");
  recorder.record(row("two\nlines #"), Outcome::of(Kind::kBroken, "\x85 \xEF\xBF\xBF"));
  EXPECT_EQ(recorder.finish(), ExitCode::kUnexpected);
  EXPECT_NE(tap_.str().find("not ok 1 - two lines   (fail)\n"), std::string::npos) << tap_.str();
  EXPECT_EQ(junit_.str().find('\x85'), std::string::npos);
  EXPECT_EQ(junit_.str().find("\xEF\xBF\xBF"), std::string::npos);
}

TEST_F(Reports, EachFailureHasExpectedGotWireAndReplay) {
  run();
  const std::string text = terminal_.str();
  for (const char* part : {"fail: two", "expected  allow", "got       deny", "octets \\xff\\r\\n",
                           "replay    postern-conform run two"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  }
}

// Holds one event against the schema's definition of its kind: all required fields, no unknown one, types.
void check_event(const json& schema, const json& event) {
  const json& shape = schema.at("$defs").at(event.at("event").get<std::string>());
  for (const json& required : shape.at("required"))
    EXPECT_TRUE(event.contains(required.get<std::string>())) << required;
  for (const auto& [key, value] : event.items()) {
    ASSERT_TRUE(shape.at("properties").contains(key)) << key << " is not in the schema";
    const json& property = shape.at("properties").at(key);
    if (!property.contains("type")) continue;
    const json types =
        property.at("type").is_array() ? property.at("type") : json::array({property.at("type")});
    bool fits = false;
    for (const json& type : types) {
      fits = fits || type == value.type_name() || (type == "integer" && value.is_number_integer());
    }
    EXPECT_TRUE(fits) << key << " is a " << value.type_name();
    if (property.contains("enum")) {
      bool known = false;
      for (const json& word : property.at("enum")) known = known || word == value;
      EXPECT_TRUE(known) << key << " = " << value;
    }
  }
}

TEST_F(Reports, TheStreamIsAsItsSchemaSays) {
  run();
  std::ifstream file(POSTERN_EVENTS_SCHEMA);
  const json schema = json::parse(file);
  std::istringstream in(lines_.str());
  size_t count = 0;
  for (std::string line; std::getline(in, line); ++count) check_event(schema, json::parse(line));
  EXPECT_EQ(count, 7U);
}

TEST_F(Reports, NothingRanIsAnError) {
  EventStream events;
  Recorder recorder(events, {}, {}, {"pure", "straw", "1", "r", true});
  recorder.record(row("three"), Outcome::of(Kind::kUnimplemented, "cannot say"));
  EXPECT_EQ(recorder.finish(), ExitCode::kNothingRan);
}

// Precedence 3, 1, 4, 0.
TEST_F(Reports, AHarnessErrorOutranksAFailure) {
  EventStream events;
  Recorder recorder(events, {}, {}, {"pure", "straw", "1", "r", true});
  recorder.record(row("two"), seen(false));
  recorder.record(row("three"), Outcome::of(Kind::kHarnessError, "broke"));
  EXPECT_EQ(recorder.finish(), ExitCode::kHarness);
}

}  // namespace
}  // namespace postern::conformance
