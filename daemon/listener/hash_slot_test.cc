// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/listener/hash_slot.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <vector>

#include "daemon/sys/files.h"

namespace postern::daemon {
namespace {

using std::chrono::milliseconds;

// A child that holds a slot until it is killed; returns once it has it.
pid_t holder(int file, std::uint32_t count) {
  std::array<int, 2> told{};
  EXPECT_EQ(pipe(told.data()), 0);
  const pid_t child = fork();
  if (child == 0) {
    const auto slot = HashSlot::wait_for(file, count, milliseconds{1000});
    (void)!write(told[1], slot.ok() ? "y" : "n", 1);
    pause();
    _exit(0);
  }
  char answer = 0;
  EXPECT_EQ(read(told[0], &answer, 1), 1);
  EXPECT_EQ(answer, 'y');
  EXPECT_EQ(close(told[0]) + close(told[1]), 0);
  return child;
}

void end(pid_t child) {
  ASSERT_EQ(kill(child, SIGKILL), 0);
  ASSERT_EQ(waitpid(child, nullptr, 0), child);
}

TEST(HashSlot, NoMoreThanThereAreAndTheDeadGiveTheirsBack) {
  const auto file = lock_file("slots");
  ASSERT_TRUE(file.ok());
  const int number = file.value().get();
  const pid_t one = holder(number, 2);
  const pid_t two = holder(number, 2);
  EXPECT_FALSE(HashSlot::wait_for(number, 2, milliseconds{50}).ok());
  end(one);  // by SIGKILL: no destructor runs
  EXPECT_TRUE(HashSlot::wait_for(number, 2, milliseconds{1000}).ok());
  end(two);
}

TEST(HashSlot, IsGivenBackAtTheEndOfItsLife) {
  const auto file = lock_file("slots");
  ASSERT_TRUE(file.ok());
  { const auto slot = HashSlot::wait_for(file.value().get(), 1, milliseconds{0}); }
  end(holder(file.value().get(), 1));
}

}  // namespace
}  // namespace postern::daemon
