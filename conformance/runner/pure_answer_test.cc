// SPDX-License-Identifier: BSD-2-Clause
#include "conformance/runner/pure_answer.h"

#include <gtest/gtest.h>

namespace postern::conformance {
namespace {

using Kind = Outcome::Kind;

Outcome answer(const std::string& fields) {
  return parse_pure_answer(R"({"id": "r", "verdict": "deny")" + fields + "}", "r");
}

TEST(PureAnswer, IsWhatTheProgramSaid) {
  const Outcome outcome = answer(R"(, "step": 4, "entry": 0, "name": {"hex": "ff"}, "malformed": null)");
  ASSERT_EQ(outcome.kind, Kind::kObserved);
  EXPECT_FALSE(outcome.observation.allow);
  EXPECT_EQ(outcome.observation.step, 4);
  EXPECT_EQ(outcome.observation.entry, 0U);
  EXPECT_EQ(outcome.observation.name, "\xff");
  EXPECT_FALSE(outcome.observation.malformed.has_value());
}

// What is not a number of the protocol is not another number: 2^32 + 4 is no step 4, and true no entry 1.
TEST(PureAnswer, TakesNothingForAnotherNumber) {
  for (const char* fields : {R"(, "step": 4294967300)", R"(, "step": 4.5)", R"(, "step": true)",
                             R"(, "step": -1)", R"(, "entry": -1)", R"(, "entry": true)", R"(, "entry": 0.5)",
                             R"(, "malformed": [{"entry": -1, "why": "w"}])"})
    EXPECT_EQ(answer(fields).kind, Kind::kHarnessError) << fields;
}

TEST(PureAnswer, TakesNothingOfAnotherTypeForSilence) {
  for (const char* fields : {R"(, "name": 1)", R"(, "name": {"hex": "f"})", R"(, "malformed": {})"})
    EXPECT_EQ(answer(fields).kind, Kind::kHarnessError) << fields;
}

TEST(PureAnswer, OfAnotherRowIsNestedAsDeepAsItLikes) {
  const std::string deep(100'000, '[');
  const Outcome outcome = parse_pure_answer(R"({"id": )" + deep + std::string(deep.size(), ']') + "}", "r");
  EXPECT_EQ(outcome.kind, Kind::kHarnessError);
  EXPECT_NE(outcome.detail.find("another row"), std::string::npos);
}

}  // namespace
}  // namespace postern::conformance
