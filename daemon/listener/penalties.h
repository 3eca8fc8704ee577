// SPDX-License-Identifier: BSD-2-Clause
// Who made our processes die of memory or filter signals, and how much that slows them. Pure: time is given.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "daemon/listener/address_key.h"

namespace postern::daemon {

// Penalties remembers the last 64 such places for an hour.
class Penalties {
 public:
  // record notes that a process serving `place` died alarmingly.
  void record(const AddressKey& place, std::uint64_t now_nsec);

  // delay returns how long a new connection from `place` is held before it is served: 0 for a stranger, 1 s
  // after one death, twice as much after each further one, at most 64 s.
  [[nodiscard]] std::chrono::nanoseconds delay(const AddressKey& place, std::uint64_t now_nsec) const;

  // deaths returns how many there were in the last hour, from everywhere (at most 64).
  [[nodiscard]] unsigned deaths(std::uint64_t now_nsec) const;

 private:
  struct Death {
    AddressKey place;
    std::uint64_t at_nsec = 0;
    bool used = false;
  };
  std::array<Death, 64> deaths_{};
  std::size_t next_ = 0;
};

// A listener that saw so many ends, and a fresh one with another memory layout takes over.
inline constexpr unsigned kDeathsOfAListener = 8;

}  // namespace postern::daemon
