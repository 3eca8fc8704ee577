// SPDX-License-Identifier: BSD-2-Clause
// A delivery that does not come to its end.
#include "daemon/deliver/child.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/sys/sockets.h"

namespace postern::daemon {
namespace {

// Its supervisor takes nothing, so it can never say how it went: the kernel ends it when its time is over.
TEST(Delivery, HasItsTime) {
  auto channel = packet_pair();
  ASSERT_TRUE(channel.ok());
  const DeliverPacket packet{};
  while (send(channel->second.get(), &packet, sizeof packet, MSG_DONTWAIT | MSG_NOSIGNAL) > 0) continue;
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    Assignment assignment;
    assignment.account = "nobody";
    assignment.life = 1;
    run_deliver(assignment, std::move(channel->second));
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), SIGALRM);
}

}  // namespace
}  // namespace postern::daemon
