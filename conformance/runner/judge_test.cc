// SPDX-License-Identifier: BSD-2-Clause
#include "conformance/runner/judge.h"

#include <gtest/gtest.h>

namespace postern::conformance {
namespace {

using Kind = Outcome::Kind;

Case row(const std::string& group, bool allow) {
  Case c;
  c.id = "row";
  c.group = group;
  c.expected.allow = allow;
  c.expected.step = allow ? 3 : 5;
  if (group.starts_with("dialect:")) {
    c.dialect_point = group.substr(8);
    c.choice = Choice{"opens", "stays-closed"};
    c.our_choice = "stays-closed";
  }
  return c;
}

Outcome seen(bool allow, std::optional<int> step = {}) {
  Outcome outcome = Outcome::of(Kind::kObserved, "");
  outcome.observation.allow = allow;
  outcome.observation.step = step;
  return outcome;
}

TEST(Judge, SpecRowsPassOrFail) {
  EXPECT_EQ(judge(row("spec", true), {}, seen(true)).verdict, Verdict::kPass);
  EXPECT_EQ(judge(row("spec", true), {}, seen(false)).verdict, Verdict::kFail);
  EXPECT_EQ(judge(row("spec", false), {}, seen(true)).verdict, Verdict::kFail);
}

TEST(Judge, HardeningAndExtensionFailNobodyWhoDoesNotClaimThem) {
  Claims claims;
  for (const char* group : {"hardening", "extension"}) {
    EXPECT_EQ(judge(row(group, true), claims, seen(true)).verdict, Verdict::kYes);
    EXPECT_EQ(judge(row(group, true), claims, seen(false)).verdict, Verdict::kNo);
    EXPECT_EQ(judge(row(group, true), claims, Outcome::of(Kind::kBroken, "")).verdict, Verdict::kNo);
  }
  claims.hardening = true;
  EXPECT_EQ(judge(row("hardening", true), claims, seen(false)).verdict, Verdict::kFail);
  EXPECT_EQ(judge(row("extension", true), claims, seen(false)).verdict, Verdict::kNo);
}

TEST(Judge, DialectRowsReportTheChoice) {
  const Judgement other = judge(row("dialect:blank", false), {}, seen(true));
  EXPECT_EQ(other.verdict, Verdict::kChoice);
  EXPECT_EQ(other.choice, "opens");
}

TEST(Judge, WhoClaimsOurDialectIsHeldToIt) {
  Claims claims;
  claims.our_dialect = true;
  EXPECT_EQ(judge(row("dialect:blank", false), claims, seen(false)).verdict, Verdict::kChoice);
  EXPECT_EQ(judge(row("dialect:blank", false), claims, seen(true)).verdict, Verdict::kFail);
  claims.gives.insert("step");
  EXPECT_EQ(judge(row("dialect:blank", false), claims, seen(false, 4)).verdict, Verdict::kFail);
}

TEST(Judge, AReasonIsComparedWhereItIsGiven) {
  Claims claims;
  EXPECT_EQ(judge(row("spec", true), claims, seen(true, 4)).verdict, Verdict::kPass);
  claims.gives.insert("step");
  EXPECT_EQ(judge(row("spec", true), claims, seen(true, 4)).verdict, Verdict::kFail);
  EXPECT_EQ(judge(row("spec", true), claims, seen(true, 3)).verdict, Verdict::kPass);
}

// AD-C7
TEST(Judge, AnUnneededLookupFails) {
  Case c = row("spec", true);
  c.expected.asked = false;
  Outcome outcome = seen(true);
  EXPECT_EQ(judge(c, {}, outcome).verdict, Verdict::kPass) << "nobody saw";
  outcome.observation.asked = true;
  EXPECT_EQ(judge(c, {}, outcome).verdict, Verdict::kFail);
}

// AD-G8
TEST(Judge, OnlyAMalformedListMayBeRefusedWhereItIsWritten) {
  const Outcome refused = Outcome::of(Kind::kRefusedAtWrite, "");
  EXPECT_EQ(judge(row("spec", true), {}, refused).verdict, Verdict::kFail);
  Case malformed = row("hardening", false);
  malformed.expected.malformed = {{0, "slash"}};
  EXPECT_EQ(judge(malformed, {}, refused).verdict, Verdict::kRefusedAtWrite);
}

TEST(Judge, NothingIsFolded) {
  const std::pair<Kind, Verdict> pairs[] = {{Kind::kUnimplemented, Verdict::kUnimplemented},
                                            {Kind::kSkipped, Verdict::kSkipped},
                                            {Kind::kHarnessError, Verdict::kHarnessError},
                                            {Kind::kTimeOut, Verdict::kTimeOut},
                                            {Kind::kCrash, Verdict::kCrash}};
  for (const auto& [kind, verdict] : pairs) {
    EXPECT_EQ(judge(row("spec", true), {}, Outcome::of(kind, "")).verdict, verdict);
    EXPECT_EQ(judge(row("dialect:blank", true), {}, Outcome::of(kind, "")).verdict, verdict);
  }
}

}  // namespace
}  // namespace postern::conformance
