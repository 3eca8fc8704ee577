// SPDX-License-Identifier: BSD-2-Clause
// The live layer is tested: real logins to straw servers. An honest one passes; allow-all, deny-all, mute,
// lying and dying ones are caught, and so are the six seeded bugs.
#include <gtest/gtest.h>

#include "conformance/selftest/conform_run.h"

namespace postern::conformance {
namespace {

using Ids = std::set<std::string>;

const Ids kNothing;
const Ids kTrouble = {"fail", "no", "crash", "time-out", "harness-error"};

ConformRun run_straw(const std::string& behaviour, const std::vector<std::string>& more = {}) {
  std::vector<std::string> arguments = {"--adapter", straw_adapter()};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return run_conform(arguments, {"STRAW=" + behaviour});
}

// The rows that an honest server was really asked about.
const Ids& acted_out() {
  static const Ids rows = run_straw("honest").ids({"pass", "yes", "choice"});
  return rows;
}

class LiveSelftest : public testing::Test {
 protected:
  void SetUp() override {
    static const ConformRun probe = run_straw("honest", {"ad-1-empty-loopback"});
    if (probe.no_namespace())
      GTEST_SKIP() << "SKIPPED, NOT PASSED: no private network on this machine.\n" << probe.output;
  }

  static Ids live_rows(const std::function<bool(const Case&)>& holds) {
    Ids rows;
    for (const std::string& id : rows_where("", holds)) {
      if (acted_out().contains(id)) rows.insert(id);
    }
    return rows;
  }

  static void expect_caught(const std::string& bug, const Ids& must, const Ids& may) {
    const ConformRun run = run_straw(bug);
    const Ids failed = run.ids({"fail", "no"});
    EXPECT_EQ(run.exit_code, 1) << bug;
    EXPECT_FALSE(must.empty()) << "no live row is about " << bug;
    EXPECT_EQ(minus(must, failed), kNothing) << bug << " is not caught by rows that are about it";
    EXPECT_EQ(minus(failed, may), kNothing) << bug << " fails rows that are not about it";
  }
};

TEST_F(LiveSelftest, AnHonestServerPasses) {
  const ConformRun run = run_straw("honest");
  EXPECT_EQ(run.exit_code, 0) << run.output;
  EXPECT_EQ(run.ids(kTrouble), kNothing);
  EXPECT_FALSE(run.ids({"pass"}).empty());
}

TEST_F(LiveSelftest, AllowAllFailsEveryDeny) {
  const ConformRun run = run_straw("allow-all");
  EXPECT_EQ(run.exit_code, 1);
  const Ids denies = live_rows([](const Case& c) { return !c.expected.allow && !c.is_dialect(); });
  EXPECT_EQ(minus(denies, run.ids({"fail", "no"})), kNothing);
  EXPECT_FALSE(denies.empty());
}

// Nobody gets in, so no deny says anything: the controls catch it.
TEST_F(LiveSelftest, DenyAllReachesNoVerdict) {
  const ConformRun run = run_straw("deny-all");
  EXPECT_EQ(run.exit_code, 3);
  EXPECT_EQ(run.ids({"pass", "yes", "fail", "choice"}), kNothing);
  EXPECT_EQ(minus(acted_out(), run.ids({"harness-error"})), kNothing);
}

TEST_F(LiveSelftest, MuteTimesOutEverywhereAndSoon) {
  const ConformRun run = run_straw("mute", {"--deadline", "300"});
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_EQ(minus(acted_out(), run.ids({"time-out"})), kNothing);
}

TEST_F(LiveSelftest, LyingAnswersBeforeItHasThePassword) {
  const ConformRun run = run_straw("lying");
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_EQ(minus(acted_out(), run.ids({"fail", "no"})), kNothing);
  EXPECT_NE(run.output.find("answered before it had the password"), std::string::npos);
}

TEST_F(LiveSelftest, ImapTellsThemApartToo) {
  const std::vector<std::string> some = {"--protocol", "imap", "--table", "login"};
  const ConformRun honest = run_straw("honest", some);
  const Ids passed = honest.ids({"pass"});
  EXPECT_EQ(honest.exit_code, 0) << honest.output;
  const Ids allowed = rows_where("login", [](const Case& c) { return c.expected.allow; });
  const Ids denied = minus(passed, allowed);
  EXPECT_FALSE(denied.empty());
  EXPECT_NE(denied, passed);
  EXPECT_EQ(minus(denied, run_straw("allow-all", some).ids({"fail"})), kNothing);
  const ConformRun lying = run_straw("lying", some);
  EXPECT_EQ(minus(passed, lying.ids({"fail"})), kNothing);
  EXPECT_NE(lying.output.find("answered before it had the password: p1 OK"), std::string::npos)
      << lying.output;
}

TEST_F(LiveSelftest, DyingIsACrash) {
  const ConformRun run = run_straw("dies");
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_FALSE(run.ids({"crash"}).empty());
}

// AD-4
TEST_F(LiveSelftest, SuffixWithoutBoundaryIsCaught) {
  const auto about = [](const Case& c) { return ends_without_boundary(c); };
  const Ids must = live_rows([](const Case& c) {
    return c.expected.step == 5 && ends_without_boundary(c) && !c.is_login() && !c.is_dialect();
  });
  expect_caught("suffix-without-boundary", must, live_rows(about));
}

// AD-2
TEST_F(LiveSelftest, NoneIgnoredIsCaught) {
  const Ids may = live_rows([](const Case& c) { return c.expected.step == 2; });
  expect_caught("none-ignored", {"ad-2-none-first-beside-ip", "ad-2-none-last-beside-name"}, may);
}

// AD-G5
TEST_F(LiveSelftest, ZeroNotWildIsCaught) {
  const auto about = [](const Case& c) { return c.expected.step == 3 && has_zero_pattern_at_entry(c); };
  expect_caught("zero-not-wild", {"ad-3-chapter-123-4-5-network", "ad-g5-zero-octet-fourth"},
                live_rows(about));
}

// AD-1: the controls have empty lists, so that nothing is left to be said.
TEST_F(LiveSelftest, EmptyIsDenyIsCaught) {
  const ConformRun run = run_straw("empty-is-deny");
  EXPECT_EQ(run.exit_code, 3);
  EXPECT_EQ(minus(acted_out(), run.ids({"harness-error"})), kNothing);
}

// AD-C7: seen by the name server, though the verdict is right.
TEST_F(LiveSelftest, LookupBeforeIpIsCaught) {
  const auto about = [](const Case& c) { return c.is_login() && c.expected.step == 3 && has_domain_name(c); };
  const Ids must = live_rows([&](const Case& c) { return about(c) && c.expected.asked == false; });
  expect_caught("lookup-before-ip", must, live_rows(about));
}

// AD-G1
TEST_F(LiveSelftest, FirstEntryOnlyIsCaught) {
  const Ids may = live_rows([](const Case& c) { return c.list.size() > 1; });
  expect_caught("first-entry-only", {"ad-g1-match-last-of-many", "ad-2-none-last-beside-ip"}, may);
}

}  // namespace
}  // namespace postern::conformance
