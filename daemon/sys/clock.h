// SPDX-License-Identifier: BSD-2-Clause
// The two clocks: one that only goes forward, for waiting, and one for people.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>

namespace postern::daemon {

// monotonic_nsec returns CLOCK_MONOTONIC in nanoseconds: the same count in every process of this machine.
[[nodiscard]] std::uint64_t monotonic_nsec() noexcept;

// until returns how long it is until `deadline_nsec` (CLOCK_MONOTONIC), 0 if it has passed; rounded up.
[[nodiscard]] std::chrono::milliseconds until(std::uint64_t deadline_nsec) noexcept;

inline constexpr std::size_t kUtcStampLength = 24;  // 2026-01-02T03:04:05.678Z

// write_utc_stamp writes the present time, in UTC, into `out` (not terminated). No locale, no zone file.
void write_utc_stamp(std::span<char, kUtcStampLength> out) noexcept;
// The same for a given time: seconds since 1970 and milliseconds. Years 1970 to 9999.
void write_utc_stamp(std::span<char, kUtcStampLength> out, std::int64_t seconds, unsigned millis) noexcept;

}  // namespace postern::daemon
