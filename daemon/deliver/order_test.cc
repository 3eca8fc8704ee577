// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/deliver/order.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/sys/sockets.h"

namespace postern::daemon {
namespace {

class OrderTest : public testing::Test {
 protected:
  void SetUp() override {
    auto pair = packet_pair();
    ASSERT_TRUE(pair.ok());
    supervisor_ = std::move(pair->first);
    deliver_ = std::move(pair->second);
    message_.reset(open("/dev/null", O_RDONLY | O_CLOEXEC));
    order_ = order_of(letter_, AppendRecord{1, 2, 3, 4}, true, 64200);
  }

  static std::ptrdiff_t open_descriptors() {
    std::ptrdiff_t count = 0;
    for (int number = 0; number < 256; ++number) count += fcntl(number, F_GETFD) >= 0 ? 1 : 0;
    return count;
  }

  // send_with sends octets with these descriptors, as no give_order does.
  void send_with(std::string_view octets, const std::vector<int>& descriptors) const {
    std::vector<char> copy(octets.begin(), octets.end());
    iovec part{copy.data(), copy.size()};
    alignas(cmsghdr) char room[CMSG_SPACE(4 * sizeof(int))] = {};
    msghdr packet{};
    packet.msg_iov = &part;
    packet.msg_iovlen = 1;
    if (!descriptors.empty()) {
      packet.msg_control = room;
      packet.msg_controllen = CMSG_SPACE(descriptors.size() * sizeof(int));
      cmsghdr* control = CMSG_FIRSTHDR(&packet);
      control->cmsg_level = SOL_SOCKET;
      control->cmsg_type = SCM_RIGHTS;
      control->cmsg_len = CMSG_LEN(descriptors.size() * sizeof(int));
      std::memcpy(CMSG_DATA(control), descriptors.data(), descriptors.size() * sizeof(int));
    }
    ASSERT_EQ(sendmsg(supervisor_.get(), &packet, 0), static_cast<ssize_t>(octets.size()));
  }

  std::string_view octets() const { return {reinterpret_cast<const char*>(&order_), sizeof order_}; }

  Letter letter_{"18ec9f9e66891801-b6c9a292", std::string(kQueuePathLimit, 'x'), 1234, -1, 129, 4223};
  DeliverOrder order_;
  Fd supervisor_;
  Fd deliver_;
  Fd message_;
};

TEST_F(OrderTest, ComesOutAsItWentIn) {
  ASSERT_TRUE(give_order(supervisor_.get(), order_, message_.get()).ok());
  const auto taken = take_order(deliver_.get());
  ASSERT_TRUE(taken.ok() && *taken);
  const Letter letter = (*taken)->letter();
  EXPECT_EQ(letter.queue_id, letter_.queue_id);
  EXPECT_EQ(letter.sender, letter_.sender);
  EXPECT_EQ(letter.accepted_at, 1234);
  EXPECT_EQ(letter.begin, 129U);
  EXPECT_EQ(letter.length, 4223U);
  EXPECT_EQ(fcntl(letter.message, F_GETFD), FD_CLOEXEC);
  EXPECT_EQ((*taken)->order.has_earlier, 1U);
  EXPECT_EQ((*taken)->order.earlier, (AppendRecord{1, 2, 3, 4}));
  EXPECT_EQ((*taken)->order.is_retry, 1U);
  EXPECT_EQ((*taken)->order.user_id, 64200U);
}

TEST_F(OrderTest, NoneAfterTheEnd) {
  supervisor_.reset();
  const auto taken = take_order(deliver_.get());
  ASSERT_TRUE(taken.ok());
  EXPECT_FALSE(*taken);
}

TEST_F(OrderTest, ToOneThatHasEndedIsAnError) {
  deliver_.reset();
  EXPECT_FALSE(give_order(supervisor_.get(), order_, message_.get()).ok());
}

// Whatever comes along is closed.
TEST_F(OrderTest, WhatIsNoOrderIsNone) {
  const auto before = open_descriptors();
  const int one = message_.get();
  send_with(octets(), {});
  EXPECT_FALSE(take_order(deliver_.get()).ok()) << "no descriptor";
  send_with(octets(), {one, one});
  EXPECT_FALSE(take_order(deliver_.get()).ok()) << "two descriptors";
  send_with(octets().substr(1), {one});
  EXPECT_FALSE(take_order(deliver_.get()).ok()) << "too short";
  std::string longer(octets());
  send_with(longer += 'x', {one});
  EXPECT_FALSE(take_order(deliver_.get()).ok()) << "too long";
  std::ranges::fill(order_.sender, 'x');
  send_with(octets(), {one});
  EXPECT_FALSE(take_order(deliver_.get()).ok()) << "a text without end";
  EXPECT_EQ(open_descriptors(), before);
}

}  // namespace
}  // namespace postern::daemon
