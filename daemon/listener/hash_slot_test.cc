// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/listener/hash_slot.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <functional>
#include <vector>

#include "daemon/sys/files.h"

namespace postern::daemon {
namespace {

using std::chrono::milliseconds;

std::function<void(long nsec)> on_pause;  // in place of a pause

}  // namespace
}  // namespace postern::daemon

// In front of the C library's.
extern "C" int clock_nanosleep(clockid_t clock, int flags, const timespec* pause, timespec* left) {
  if (!postern::daemon::on_pause)
    return syscall(SYS_clock_nanosleep, clock, flags, pause, left) == 0 ? 0 : errno;
  postern::daemon::on_pause(pause->tv_nsec);
  return 0;
}

namespace postern::daemon {
namespace {

constexpr AddressKey kHere{{1}};
constexpr AddressKey kThere{{2}};

// A child that holds a slot until it is killed; returns once it has it.
pid_t holder(int file, std::uint32_t count, const AddressKey& place = kHere) {
  std::array<int, 2> told{};
  EXPECT_EQ(pipe(told.data()), 0);
  const pid_t child = fork();
  if (child == 0) {
    const auto slot = HashSlot::wait_for(file, count, place, milliseconds{1000});
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
  EXPECT_FALSE(HashSlot::wait_for(number, 2, kHere, milliseconds{50}).ok());
  end(one);  // by SIGKILL: no destructor runs
  EXPECT_TRUE(HashSlot::wait_for(number, 2, kHere, milliseconds{1000}).ok());
  end(two);
}

// A child that waits for a slot without end.
pid_t waiter(int file, const AddressKey& place) {
  const pid_t child = fork();
  if (child == 0) {
    (void)HashSlot::wait_for(file, 1, place, milliseconds{60'000});
    _exit(0);
  }
  return child;
}

// somebody_has_its_turn: whether somebody holds the octet of a place.
bool somebody_has_its_turn(int file) {
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  lock.l_start = 1024;  // to the end: all places
  EXPECT_EQ(fcntl(file, F_GETLK, &lock), 0);
  return lock.l_type != F_UNLCK;
}

// Of many from one place one waits for the slots, and the others wait behind it: a slot is free below, and
// not for them.
TEST(HashSlot, OneWaiterPerPlace) {
  const auto file = lock_file("slots");
  ASSERT_TRUE(file.ok());
  const int number = file.value().get();
  const pid_t holding = holder(number, 1);
  const pid_t waiting = waiter(number, kHere);  // for the one slot that is taken
  while (!somebody_has_its_turn(number)) usleep(1000);
  EXPECT_FALSE(HashSlot::wait_for(number, 2, kHere, milliseconds{50}).ok());
  EXPECT_TRUE(HashSlot::wait_for(number, 2, kThere, milliseconds{0}).ok());
  end(waiting);
  EXPECT_TRUE(HashSlot::wait_for(number, 2, kHere, milliseconds{0}).ok());
  end(holding);
}

TEST(HashSlot, WhoHasWaitedForLongTriesLessOften) {
  const auto file = lock_file("slots");
  ASSERT_TRUE(file.ok());
  const int number = file.value().get();
  const pid_t holding = holder(number, 1);
  std::vector<long> pauses;
  on_pause = [&](long nsec) {
    pauses.push_back(nsec);
    if (pauses.size() == 40) end(holding);
  };
  const bool has_one = HashSlot::wait_for(number, 1, kHere, milliseconds{60'000}).ok();
  on_pause = nullptr;
  EXPECT_TRUE(has_one);
  std::vector<long> expected(30, 1'000'000);
  expected.resize(40, 5'000'000);
  EXPECT_EQ(pauses, expected);
}

TEST(HashSlot, IsGivenBackAtTheEndOfItsLife) {
  const auto file = lock_file("slots");
  ASSERT_TRUE(file.ok());
  { const auto slot = HashSlot::wait_for(file.value().get(), 1, kHere, milliseconds{0}); }
  end(holder(file.value().get(), 1));
}

}  // namespace
}  // namespace postern::daemon
