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

// A hash takes 20 to 100 ms. Whoever has waited for longer is one of many, and tries less often.
constexpr long kPauseNsec = 5'000'000;
constexpr long kShortPauseNsec = 1'000'000;
constexpr unsigned kShortPauses = 30;

// Behind the slots' octets the file has one octet per place.
constexpr std::uint32_t kFirstPlace = 1024;
constexpr std::uint32_t kPlaces = 1U << 20U;

std::uint32_t octet_of(const AddressKey& place) {
  std::uint32_t hash = 2166136261U;  // FNV-1a
  for (const std::uint8_t octet : place.octets) hash = (hash ^ octet) * 16777619U;
  return kFirstPlace + hash % kPlaces;
}

bool set_lock(int file, std::uint32_t octet, short type) {
  struct flock lock {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  lock.l_start = static_cast<off_t>(octet);
  lock.l_len = 1;
  return fcntl(file, F_SETLK, &lock) == 0;
}

bool is_taken(int why) {
  return why == EACCES || why == EAGAIN;
}

// take_one locks one octet of [first, first + count), beginning at `start` of them, by `deadline`.
Result<std::uint32_t> take_one(int file, std::uint32_t first, std::uint32_t count, std::uint32_t start,
                               std::uint64_t deadline) {
  for (unsigned tries = 0;; ++tries) {
    for (std::uint32_t i = 0; i < count; ++i) {
      const std::uint32_t octet = first + (start + i) % count;
      if (set_lock(file, octet, F_WRLCK)) return octet;
      if (!is_taken(errno)) return system_error("cannot lock a hash slot");
    }
    if (until(deadline).count() == 0)
      return Error{
          "all hash slots are taken", {}, "raise hash-slots, or lower max-connections", 0, Exit::kTemporary};
    const timespec pause{0, tries < kShortPauses ? kShortPauseNsec : kPauseNsec};
    if (clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, nullptr) == EINVAL)
      return system_error("clock_nanosleep");
  }
}

}  // namespace

Result<HashSlot> HashSlot::wait_for(int hash_slots, std::uint32_t count, const AddressKey& place,
                                    std::chrono::milliseconds patience) {
  const std::uint64_t deadline = monotonic_nsec() + static_cast<std::uint64_t>(patience.count()) * 1'000'000U;
  Result<std::uint32_t> turn = take_one(hash_slots, octet_of(place), 1, 0, deadline);
  if (!turn) return turn.take_error();
  // Everybody begins at another slot: with many waiting it saves tries.
  Result<std::uint32_t> slot =
      take_one(hash_slots, 0, count, static_cast<std::uint32_t>(getpid()) % count, deadline);
  // If unlocking fails the kernel still does it when this process ends.
  (void)set_lock(hash_slots, turn.value(), F_UNLCK);
  if (!slot) return slot.take_error();
  return HashSlot(hash_slots, slot.value());
}

HashSlot::HashSlot(HashSlot&& other) noexcept : file_(std::exchange(other.file_, -1)), slot_(other.slot_) {}

HashSlot::~HashSlot() {
  // If unlocking fails the kernel still does it when this process ends.
  if (file_ >= 0) (void)set_lock(file_, slot_, F_UNLCK);
}

}  // namespace postern::daemon
