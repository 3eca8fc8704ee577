// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/listener/hash_slot.h"

#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "daemon/sys/clock.h"

namespace postern::daemon {
namespace {

constexpr long kPauseNsec = 5'000'000;  // a hash takes some 100 ms

bool set_lock(int file, std::uint32_t slot, short type) {
  struct flock lock {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  lock.l_start = static_cast<off_t>(slot);
  lock.l_len = 1;
  return fcntl(file, F_SETLK, &lock) == 0;
}

bool is_taken(int why) {
  return why == EACCES || why == EAGAIN;
}

}  // namespace

Result<HashSlot> HashSlot::wait_for(int hash_slots, std::uint32_t count, std::chrono::milliseconds patience) {
  const std::uint64_t deadline = monotonic_nsec() + static_cast<std::uint64_t>(patience.count()) * 1'000'000U;
  // Everybody begins at another slot: with many waiting it saves tries.
  const auto first = static_cast<std::uint32_t>(getpid());
  for (;;) {
    for (std::uint32_t i = 0; i < count; ++i) {
      const std::uint32_t slot = (first + i) % count;
      if (set_lock(hash_slots, slot, F_WRLCK)) return HashSlot(hash_slots, slot);
      if (!is_taken(errno)) return system_error("cannot lock a hash slot");
    }
    if (until(deadline).count() == 0)
      return Error{
          "all hash slots are taken", {}, "raise hash-slots, or lower max-connections", 0, Exit::kTemporary};
    const timespec pause{0, kPauseNsec};
    if (clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, nullptr) == EINVAL)
      return system_error("clock_nanosleep");
  }
}

HashSlot::HashSlot(HashSlot&& other) noexcept : file_(std::exchange(other.file_, -1)), slot_(other.slot_) {}

HashSlot::~HashSlot() {
  // If unlocking fails the kernel still does it when this process ends.
  if (file_ >= 0) (void)set_lock(file_, slot_, F_UNLCK);
}

}  // namespace postern::daemon
