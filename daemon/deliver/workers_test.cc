// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/deliver/workers.h"

#include <fcntl.h>
#include <gtest/gtest.h>

namespace postern::daemon {
namespace {

constexpr std::uint64_t kNow = 1'000'000'000'000;

Worker worker(pid_t pid, const std::string& target, std::uint64_t born = kNow) {
  return {pid, Fd(open("/dev/null", O_RDONLY | O_CLOEXEC)), target, born, Entry{"id", 0, ""}, 0};
}

// SECURITY.md: who was started for one target gets no message for another.
TEST(Workers, OneTargetForLife) {
  Workers workers;
  workers.add(worker(1, "mailbox:ann"));
  EXPECT_EQ(workers.waiting_for("mailbox:ann", kNow), nullptr) << "it is at work";
  EXPECT_EQ(Workers::take_work(*workers.find(1), kNow).id, "id");
  EXPECT_EQ(workers.waiting_for("mailbox:bob", kNow), nullptr);
  EXPECT_EQ(workers.waiting_for("maildrop:ann", kNow), nullptr);
  ASSERT_NE(workers.waiting_for("mailbox:ann", kNow), nullptr);
  EXPECT_EQ(workers.waiting_for("mailbox:ann", kNow)->pid, 1);
}

TEST(Workers, WhoIsTooOldOrIsLetGoGetsNothingMore) {
  Workers workers;
  workers.add(worker(1, "a"));
  (void)Workers::take_work(*workers.find(1), kNow + Workers::kTenure - 1);
  EXPECT_NE(workers.waiting_for("a", kNow + Workers::kTenure - 1), nullptr);
  EXPECT_EQ(workers.waiting_for("a", kNow + Workers::kTenure), nullptr);
  EXPECT_EQ(workers.next_wake(), kNow + Workers::kTenure);
  workers.let_go(kNow + Workers::kTenure);
  EXPECT_EQ(workers.leaving(), 1U);
  EXPECT_EQ(workers.waiting_for("a", kNow), nullptr);
  EXPECT_EQ(workers.next_wake(), std::nullopt);
  EXPECT_TRUE(workers.take(1));
  EXPECT_EQ(workers.leaving(), 0U);
  EXPECT_FALSE(workers.take(1));
}

TEST(Workers, WhoWaitsTooLongIsLetGoAndWhoWorksIsNot) {
  Workers workers;
  workers.add(worker(1, "a"));
  workers.add(worker(2, "a"));
  (void)Workers::take_work(*workers.find(1), kNow);
  EXPECT_EQ(workers.next_wake(), kNow + Workers::kLinger);
  workers.let_go(kNow + Workers::kLinger - 1);
  EXPECT_TRUE(workers.find(1)->channel.is_open());
  workers.let_go(kNow + Workers::kLinger);
  EXPECT_FALSE(workers.find(1)->channel.is_open());
  EXPECT_TRUE(workers.find(2)->channel.is_open());
}

TEST(Workers, OfTooManyThatWaitTheLongestIsLetGo) {
  Workers workers;
  constexpr auto kOne = static_cast<pid_t>(Workers::kMostIdle + 1);
  for (pid_t pid = 1; pid <= kOne; ++pid) {
    workers.add(worker(pid, std::to_string(pid)));
    (void)Workers::take_work(*workers.find(pid), kNow + (pid == 5 ? 0 : 1));
  }
  workers.let_go(kNow + 1);
  for (pid_t pid = 1; pid <= kOne; ++pid) EXPECT_EQ(workers.find(pid)->channel.is_open(), pid != 5) << pid;
}

TEST(Workers, ThereIsRoomForSoManyAtWork) {
  Workers workers;
  for (std::size_t i = 0; i < Workers::kMostBusy; ++i) {
    EXPECT_TRUE(workers.has_room());
    workers.add(worker(static_cast<pid_t>(i + 1), "a"));
  }
  EXPECT_FALSE(workers.has_room());
  (void)Workers::take_work(*workers.find(3), kNow);
  EXPECT_TRUE(workers.has_room());
}

}  // namespace
}  // namespace postern::daemon
