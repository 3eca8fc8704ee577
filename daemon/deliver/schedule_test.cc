// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/deliver/schedule.h"

#include <gtest/gtest.h>

#include "daemon/deliver/unfinished.h"

namespace postern::daemon {
namespace {

TEST(RetryDelay, DoublesUpToAnHour) {
  EXPECT_EQ(retry_delay(1), 30);
  EXPECT_EQ(retry_delay(2), 60);
  EXPECT_EQ(retry_delay(3), 120);
  for (std::uint32_t attempts = 8; attempts < 1000; ++attempts) EXPECT_EQ(retry_delay(attempts), 3600);
  EXPECT_EQ(retry_delay(0), 30);
}

TEST(Schedule, TheEarliestFirstAndEachOnce) {
  Schedule schedule;
  schedule.add("b", 20);
  schedule.add("a", 20);
  schedule.add("c", 10);
  schedule.add("b", 5);
  schedule.add("a", 30);  // later: stays at 20
  EXPECT_EQ(schedule.next(), 5);
  EXPECT_EQ(schedule.take_due(4), std::nullopt);
  EXPECT_EQ(schedule.take_due(100), "b");
  EXPECT_FALSE(schedule.has("b"));
  EXPECT_EQ(schedule.take_due(100), "c");
  EXPECT_EQ(schedule.take_due(19), std::nullopt);
  EXPECT_EQ(schedule.take_due(20), "a");
  EXPECT_EQ(schedule.next(), std::nullopt);
}

// A target with many messages does not keep the others waiting, and its own stay in order.
TEST(Lanes, TakeTurns) {
  Lanes<int> lanes;
  for (int i = 0; i < 3; ++i) lanes.add("busy", i, 1);
  lanes.add("other", 9, 1);
  const auto first = lanes.take();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->second, 0);
  const auto second = lanes.take();
  ASSERT_TRUE(second);
  EXPECT_EQ(second->second, 9);
  EXPECT_FALSE(lanes.take()) << "one at a time to a target";
  lanes.ended("busy");
  EXPECT_EQ(lanes.take()->second, 1);
  lanes.ended("other");
  lanes.ended("busy");
  EXPECT_EQ(lanes.take()->second, 2);
  EXPECT_FALSE(lanes.take());
}

TEST(Lanes, AWideLaneStartsSeveral) {
  Lanes<int> lanes;
  for (int i = 0; i < 3; ++i) lanes.add("wide", i, 2);
  EXPECT_EQ(lanes.take()->second, 0);
  EXPECT_EQ(lanes.take()->second, 1);
  EXPECT_FALSE(lanes.take());
}

// MD-6
TEST(Unfinished, HoldsUpAllOthersOfItsTarget) {
  Unfinished unfinished;
  const Unfinished::Delivery first{"a", 0};
  const Unfinished::Delivery same_message{"a", 1};
  const Unfinished::Delivery other{"b", 0};
  EXPECT_FALSE(unfinished.holds_up("ann", other));
  EXPECT_EQ(unfinished.note("ann", first, true), Unfinished::Ids{});
  EXPECT_TRUE(unfinished.holds_up("ann", other));
  EXPECT_TRUE(unfinished.holds_up("ann", same_message));
  EXPECT_FALSE(unfinished.holds_up("ann", first));
  EXPECT_FALSE(unfinished.holds_up("bob", other));
  EXPECT_EQ(unfinished.note("ann", other, false), Unfinished::Ids{}) << "another's outcome changes nothing";
  EXPECT_TRUE(unfinished.holds_up("ann", other));
  EXPECT_EQ(unfinished.note("ann", first, false), (Unfinished::Ids{"a", "b"}));
  EXPECT_FALSE(unfinished.holds_up("ann", other));
}

TEST(Unfinished, TwoDoNotWaitForEachOther) {
  Unfinished unfinished;
  for (const char* id : {"a", "b"}) EXPECT_EQ(unfinished.note("ann", {id, 0}, true), Unfinished::Ids{});
  EXPECT_FALSE(unfinished.holds_up("ann", {"a", 0}));
  EXPECT_FALSE(unfinished.holds_up("ann", {"b", 0}));
  EXPECT_TRUE(unfinished.holds_up("ann", {"c", 0}));
  EXPECT_EQ(unfinished.forget("a"), Unfinished::Ids{});
  EXPECT_TRUE(unfinished.holds_up("ann", {"c", 0}));
  EXPECT_EQ(unfinished.forget("b"), Unfinished::Ids{"c"});
  EXPECT_FALSE(unfinished.holds_up("ann", {"c", 0}));
}

}  // namespace
}  // namespace postern::daemon
