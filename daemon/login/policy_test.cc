// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/login/policy.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string_view>
#include <vector>

#include "daemon/login/refusal.h"

namespace postern::daemon {
namespace {

using std::chrono::nanoseconds;

struct Asked {
  int times = 0;
  std::vector<Text> names;
  std::span<const Text> operator()() {
    ++times;
    return names;
  }
};

std::vector<Entry> list_of(std::initializer_list<std::string_view> values) {
  std::vector<Entry> list;
  for (const std::string_view value : values) list.push_back(parse_entry(value));
  return list;
}

// AD-L1, AD-L3, AD-C7, AD-G8: every combination of what can be known of a login with lists of every kind.
// The literal rule is written out again here, the slow way.
TEST(LoginPolicy, EveryCombination) {
  const std::vector<std::vector<Entry>> lists{
      list_of({}),          list_of({"none"}),    list_of({"192.0.2.0"}),         list_of({"dispatch.test"}),
      list_of({".broken"}), list_of({"", "com"}), list_of({"none", "192.0.2.0"}), list_of({"198.51.100.1"}),
  };
  const Client client = Client::ipv4({192, 0, 2, 7});
  for (const std::vector<Entry>& list : lists) {
    for (int bits = 0; bits < 32; ++bits) {
      const bool known = (bits & 1) != 0, readable = (bits & 2) != 0, right = (bits & 4) != 0;
      const bool mailbox = (bits & 8) != 0, named = (bits & 16) != 0;
      Asked lookup;
      if (named) lookup.names.push_back(text("rome.dispatch.test"));
      const LoginFacts facts{known, readable, right, mailbox, list, client};
      const LoginOutcome outcome = decide_login(facts, lookup);
      const bool valid = known && readable && right;
      const bool place = decide(list, client, lookup.names).allowed();
      EXPECT_EQ(outcome.allowed(), valid && place && mailbox);
      EXPECT_EQ(lookup.times, valid && asks_for_names(list, client) ? 1 : 0);
      EXPECT_EQ(outcome.decision.has_value(), valid);
    }
  }
}

TEST(LoginPolicy, ReasonsHaveNames) {
  EXPECT_EQ(reason_code(LoginReason::kAllowed), "allowed");
  EXPECT_EQ(reason_code(LoginReason::kRefusedPlace), "refused-place");
}

// AD-L2: whatever was done within a quantum is answered at its end, and never before a whole quantum.
TEST(RefusalInstant, IsTheFirstMultipleAfterTheCommand) {
  const nanoseconds asked{1000}, quantum{100};
  for (int work = 0; work <= 350; ++work) {
    const nanoseconds instant = refusal_instant(asked, asked + nanoseconds{work}, quantum);
    EXPECT_EQ((instant - asked).count() % 100, 0);
    EXPECT_EQ((instant - asked).count(), work <= 100   ? 100
                                         : work <= 200 ? 200
                                         : work <= 300 ? 300
                                                       : 400)
        << work;
  }
  EXPECT_EQ(refusal_instant(asked, asked, quantum, 4), asked + 4 * quantum);
  EXPECT_EQ(refusal_instant(asked, asked + 5 * quantum, quantum, 4), asked + 5 * quantum);
  EXPECT_EQ(refusal_instant(asked, nanoseconds{1234}, nanoseconds{0}), nanoseconds{1234});
}

}  // namespace
}  // namespace postern::daemon
