// SPDX-License-Identifier: BSD-2-Clause
//
// That each theorem of the access-domain model has its law and held, and that the generators reach every
// step.
#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <numeric>
#include <set>

#include "law.h"

namespace postern::laws {
namespace {

// theorems: those that proofs/theorems.txt has of the three files that speak of access domains.
std::set<std::string> theorems() {
  std::set<std::string> names;
  std::ifstream manifest(POSTERN_THEOREMS);
  bool wanted = false;
  for (std::string word; manifest >> word;) {
    if (word == "file") {
      manifest >> word;
      wanted = word == "coq/Grammar.v" || word == "coq/Steps.v" || word == "coq/RoundTrip.v";
    } else if (wanted) {
      names.insert(word);
    }
  }
  return names;
}

const testing::TestSuite* laws() {
  const testing::UnitTest& all = *testing::UnitTest::GetInstance();
  for (int i = 0; i < all.total_test_suite_count(); ++i) {
    if (std::string_view(all.GetTestSuite(i)->name()) == "Law") return all.GetTestSuite(i);
  }
  return nullptr;
}

TEST(Laws, EachTheoremHasItsLaw) {
  std::set<std::string> named;
  for (int i = 0; i < laws()->total_test_count(); ++i) named.insert(laws()->GetTestInfo(i)->name());
  EXPECT_EQ(named, theorems());
  EXPECT_EQ(named.size(), 39U);
}

// A generator that nearly always denies would let every law of an allowed client hold for nothing.
TEST(Laws, TheCasesReachEveryStep) {
  static std::array<unsigned, 6> at = {};
  tried("the_cases_reach_every_step", [] {
    const Case asked = any_case();
    ++at.at(static_cast<std::size_t>(decide(asked.list(), asked.client(), asked.names()).step));
  });
  const unsigned cases = std::accumulate(at.begin(), at.end(), 0U);
  const unsigned allowed = at[1] + at[3] + at[4];
  std::printf("ledger: cases of the laws: %u, %u %% allowed; steps 1-5: %u %u %u %u %u\n", cases,
              100 * allowed / cases, at[1], at[2], at[3], at[4], at[5]);
  EXPECT_GE(allowed, cases / 5);
  EXPECT_LE(allowed, cases / 5 * 4);
  for (std::size_t step = 1; step <= 5; ++step) EXPECT_GE(at.at(step), cases / 20) << step;
}

// Printed when all tests have run.
class Ledger : public testing::Environment {
  void TearDown() override {
    std::printf(
        "ledger: laws: %d/%zu of the model's theorems on access domains hold of the code in every case tried "
        "(%s)\n",
        laws()->successful_test_count(), theorems().size(), std::getenv("RC_PARAMS"));
  }
};
const testing::Environment* const kLedger = testing::AddGlobalTestEnvironment(new Ledger);

}  // namespace
}  // namespace postern::laws
