// SPDX-License-Identifier: BSD-2-Clause
#include "proofs/oracle/oracle.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <ctime>
#include <string>
#include <string_view>
#include <vector>

namespace postern::oracle {
namespace {

using Texts = std::vector<std::string_view>;

TEST(Oracle, AnswersWithTheReason) {
  const Texts list = {"", "128.123.45.0", "DISPATCH.com."};
  EXPECT_EQ(decide(list, "128.123.45.22", {}), (Answer{true, 3, 1, {}, false}));
  EXPECT_EQ(decide(list, "::ffff:128.123.45.22", {}), (Answer{true, 3, 1, {}, false}));
  EXPECT_EQ(decide(list, "10.0.0.1", Texts{"x..y", "rome.dispatch.com"}), (Answer{true, 4, 2, 1, true}));
  EXPECT_EQ(decide(list, "10.0.0.1", Texts{"evildispatch.com"}), (Answer{false, 5, {}, {}, true}));
  EXPECT_EQ(decide(list, "10.0.0.256", {}), std::nullopt);
}

TEST(Oracle, NamesTheMalformed) {
  const std::vector<Malformed> found = malformed(Texts{"1.2.3", "none", " .a"});
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].why, "short-form");
  EXPECT_EQ(found[0].offset, 5u);
  EXPECT_EQ(found[1].entry, 2u);
  EXPECT_EQ(found[1].why, "leading-dot");
  EXPECT_EQ(found[1].offset, 1u);
}

TEST(Oracle, RefusesMoreThanItCanHold) {
  const std::string long_text(kMostOctets - 4, 'a');
  EXPECT_EQ(read_entry(long_text).why, "label-length");
  EXPECT_THROW(read_entry(long_text + "a"), std::length_error);
  EXPECT_THROW(decide(Texts{long_text, ""}, "1.2.3.4", {}), std::length_error);
  EXPECT_EQ(malformed(Texts(16383, "")).size(), 0u);
}

// A crash in C++ must reach whoever handled SIGSEGV before: a sanitizer, a fuzzer.
TEST(Oracle, LeavesTheHandlerOfSegmentationFaults) {
  start();
  struct sigaction action = {};
  ASSERT_EQ(sigaction(SIGSEGV, nullptr, &action), 0);
  EXPECT_EQ(action.sa_handler, SIG_DFL);
}

TEST(Oracle, IsFastEnoughToBeAsked) {
  const std::vector<Texts> lists = {{"sunnyvale.dispatch.com", "128.123.45.0", "math.csusj.edu"},
                                    {"10.0.0.1"},
                                    {"none"},
                                    {"2001:db8::/32", "dispatch.com"},
                                    {"rome.dispatch.com", "10.20.0.0"},
                                    {}};
  const std::vector<Texts> names = {{}, {"complex.math.csusj.edu"}, {"rome.dispatch.com", "x.test"}};
  unsigned long decisions = 0;
  unsigned long allowed = 0;
  const std::clock_t begun = std::clock();
  while (decisions < 300000) {
    for (const Texts& list : lists) {
      for (const std::string_view ip : {"128.123.45.22", "10.3.2.1", "2001:db8::1", "::ffff:10.20.30.40"}) {
        for (const Texts& some : names) {
          allowed += decide(list, ip, some)->allowed ? 1u : 0u;
          ++decisions;
        }
      }
    }
  }
  const double seconds = static_cast<double>(std::clock() - begun) / CLOCKS_PER_SEC;
  std::printf("ledger: oracle in process: %lu decisions, %lu allowed, %.0f a CPU second\n", decisions,
              allowed, static_cast<double>(decisions) / seconds);
}

}  // namespace
}  // namespace postern::oracle
