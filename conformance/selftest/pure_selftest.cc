// SPDX-License-Identifier: BSD-2-Clause
// The pure layer is tested: an independent implementation passes every row, each of six seeded bugs is caught
// by the rows that are about it and by no other, and the exit codes are those of --help.
#include <gtest/gtest.h>

#include <fstream>

#include "conformance/selftest/conform_run.h"

namespace postern::conformance {
namespace {

using Ids = std::set<std::string>;

const Ids kNothing;

ConformRun run_bug(const std::string& bug) {
  return run_conform({"--program", naive_decide(bug), "--gives", "step,entry,name", "--claims",
                      "hardening,extension,dialect"});
}

Ids access_rows(const std::function<bool(const Case&)>& holds) {
  return rows_where("access-domain", holds);
}

// Every row that `must` catch the bug does, there is one, and no row fails that `may` not.
void expect_caught(const std::string& bug, const Ids& must, const Ids& may) {
  const ConformRun run = run_bug(bug);
  const Ids failed = run.ids({"fail"});
  EXPECT_EQ(run.exit_code, 1) << bug;
  EXPECT_FALSE(must.empty()) << "no row is about " << bug;
  EXPECT_EQ(minus(must, failed), kNothing) << bug << " is not caught by rows that are about it";
  EXPECT_EQ(minus(failed, may), kNothing) << bug << " fails rows that are not about it";
}

TEST(PureSelftest, AnIndependentImplementationPassesEveryRow) {
  const ConformRun run = run_bug("");
  EXPECT_EQ(run.exit_code, 0) << run.output;
  EXPECT_EQ(run.ids({"fail", "crash", "time-out", "harness-error", "unimplemented", "skipped"}), kNothing);
  EXPECT_EQ(run.results(), access_rows([](const Case&) { return true; }).size());
}

// AD-4
TEST(PureSelftest, SuffixWithoutBoundaryIsCaught) {
  const Ids must =
      access_rows([](const Case& c) { return c.expected.step == 5 && ends_without_boundary(c); });
  expect_caught("suffix-without-boundary", must, access_rows(ends_without_boundary));
}

// AD-2
TEST(PureSelftest, NoneIgnoredIsCaught) {
  const Ids rows = access_rows([](const Case& c) { return c.expected.step == 2; });
  expect_caught("none-ignored", rows, rows);
}

// AD-G5
TEST(PureSelftest, ZeroNotWildIsCaught) {
  const Ids rows =
      access_rows([](const Case& c) { return c.expected.step == 3 && has_zero_pattern_at_entry(c); });
  // A client with zeros of its own is still matched by a literal 0.
  Ids must;
  for (const Case& c : suite().cases) {
    if (rows.contains(c.id) && c.ip.find("0.") == std::string::npos && !c.ip.ends_with(".0"))
      must.insert(c.id);
  }
  expect_caught("zero-not-wild", must, rows);
}

// AD-1
TEST(PureSelftest, EmptyIsDenyIsCaught) {
  const Ids rows = access_rows([](const Case& c) { return c.expected.step == 1; });
  expect_caught("empty-is-deny", rows, rows);
}

// AD-3, AD-C7
TEST(PureSelftest, LookupBeforeIpIsCaught) {
  const Ids may = access_rows(
      [](const Case& c) { return c.expected.step == 3 && has_domain_name(c) && !c.lookup.names.empty(); });
  expect_caught("lookup-before-ip", {"ad-g1-both-match-name-first", "ad-g1-both-match-ip-first"}, may);
}

// AD-G1
TEST(PureSelftest, FirstEntryOnlyIsCaught) {
  const Ids must = access_rows([](const Case& c) { return c.expected.entry.value_or(0) > 0; });
  expect_caught("first-entry-only", must, access_rows([](const Case& c) { return c.list.size() > 1; }));
}

TEST(PureSelftest, ReasonsAreComparedOnlyWhereTheyAreGiven) {
  EXPECT_EQ(run_conform({"--program", naive_decide("lookup-before-ip")}).exit_code, 0);
}

struct CodeCase {
  const char* what;
  int code;
  std::vector<std::string> arguments;
};

TEST(PureSelftest, ExitCodes) {
  const CodeCase cases[] = {
      {"as expected", 0, {"--program", naive_decide(""), "ad-1-empty-loopback"}},
      {"a row failed", 1, {"--program", naive_decide("empty-is-deny"), "ad-1-empty-loopback"}},
      {"crash", 1, {"--program", naive_decide("dies"), "ad-1-*"}},
      {"time-out", 1, {"--program", naive_decide("mute"), "--deadline", "50", "ad-1-empty-*"}},
      {"no program, no adapter", 2, {}},
      {"unknown option", 2, {"--program", "true", "--no-such-option"}},
      {"unknown field", 2, {"--program", "true", "--gives", "colour"}},
      {"unknown adapter", 2, {"--adapter", "no-such-adapter"}},
      {"program cannot be run", 3, {"--program", "/nonexistent/program"}},
      {"program talks nonsense", 3, {"--program", "yes"}},
      {"adapter breaks", 3, {"--adapter", "/bin/false"}},
      {"no row selected", 4, {"--program", naive_decide(""), "no-such-row"}},
      {"program cannot do the layer", 4, {"--program", naive_decide("cannot")}},
  };
  for (const CodeCase& c : cases) EXPECT_EQ(run_conform(c.arguments).exit_code, c.code) << c.what;
}

TEST(PureSelftest, EveryVerdictOfTrouble) {
  EXPECT_FALSE(run_conform({"--program", naive_decide("dies"), "ad-1-*"}).ids({"crash"}).empty());
  EXPECT_FALSE(run_conform({"--program", naive_decide("mute"), "--deadline", "50", "ad-1-empty-*"})
                   .ids({"time-out"})
                   .empty());
  EXPECT_FALSE(run_conform({"--program", naive_decide("cannot")}).ids({"unimplemented"}).empty());
}

class ExpectationFile {
 public:
  explicit ExpectationFile(const std::string& text) : name_(testing::TempDir() + "expect.json") {
    std::ofstream(name_) << text;
  }
  const std::string& name() const { return name_; }

 private:
  std::string name_;
};

int code_with(const std::string& bug, const std::string& expectations,
              const std::vector<std::string>& more = {}) {
  const ExpectationFile file(R"({"server": "naive", "expectations": [)" + expectations + "]}");
  std::vector<std::string> arguments = {"--program", naive_decide(bug), "--expect", file.name()};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return run_conform(arguments).exit_code;
}

TEST(PureSelftest, Expectations) {
  const std::string fails =
      R"({"rows": "ad-1-*", "verdict": "fail", "reason": "an empty list admits nobody here"})";
  const std::string stale =
      R"({"rows": "ad-no-such-*", "verdict": "fail", "reason": "there is no such row"})";
  EXPECT_EQ(code_with("empty-is-deny", fails, {"ad-1-*"}), 0) << "an expected failure is as expected";
  EXPECT_EQ(code_with("", fails, {"ad-1-*"}), 1) << "an unexpected pass fails";
  EXPECT_EQ(code_with("", stale), 1) << "a stale entry fails";
  EXPECT_EQ(code_with("", stale, {"ad-1-*"}), 0) << "of a selection nothing is stale";
  EXPECT_EQ(code_with("", R"({"rows": "ad-1-*", "verdict": "fail"})"), 2) << "a reason is required";
  EXPECT_EQ(code_with("", R"({"rows": "ad-1-*", "verdict": "fail", "reason": "todo"})"), 2)
      << "a word is no reason";
  EXPECT_EQ(code_with("", R"({"rows": "a*", "verdict": "odd", "reason": "no such verdict"})"), 2);
  EXPECT_EQ(code_with("", R"({"rows": "a*", "verdict": "fail", "reason": "one more", "who": "me"})"), 2)
      << "unknown field";
  EXPECT_EQ(code_with("", fails + "," + fails), 2) << "twice";
  EXPECT_EQ(
      code_with("", fails + R"(,{"rows": "ad-1-e*", "verdict": "fail", "reason": "overlaps the other"})"), 2);
}

}  // namespace
}  // namespace postern::conformance
