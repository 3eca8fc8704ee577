// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/sys/clock.h"

#include <ctime>

namespace postern::daemon {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;

timespec now_of(clockid_t clock) noexcept {
  timespec now{};
  // clock_gettime cannot fail for these two clocks and a valid pointer.
  (void)clock_gettime(clock, &now);
  return now;
}

void put(std::span<char> out, std::size_t at, std::size_t width, unsigned value) noexcept {
  for (std::size_t i = width; i-- > 0; value /= 10) out[at + i] = static_cast<char>('0' + value % 10);
}

}  // namespace

std::uint64_t monotonic_nsec() noexcept {
  const timespec now = now_of(CLOCK_MONOTONIC);
  return static_cast<std::uint64_t>(now.tv_sec) * kSecond + static_cast<std::uint64_t>(now.tv_nsec);
}

std::chrono::milliseconds until(std::uint64_t deadline_nsec) noexcept {
  const std::uint64_t now = monotonic_nsec();
  if (deadline_nsec <= now) return std::chrono::milliseconds{0};
  return std::chrono::milliseconds{static_cast<std::int64_t>((deadline_nsec - now + 999'999) / 1'000'000)};
}

void write_utc_stamp(std::span<char, kUtcStampLength> out, std::int64_t seconds, unsigned millis) noexcept {
  const std::chrono::sys_seconds time{std::chrono::seconds{seconds}};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{time - day};
  constexpr char kShape[kUtcStampLength + 1] = "0000-00-00T00:00:00.000Z";
  for (std::size_t i = 0; i < kUtcStampLength; ++i) out[i] = kShape[i];
  put(out, 0, 4, static_cast<unsigned>(static_cast<int>(date.year())));
  put(out, 5, 2, static_cast<unsigned>(date.month()));
  put(out, 8, 2, static_cast<unsigned>(date.day()));
  put(out, 11, 2, static_cast<unsigned>(clock.hours().count()));
  put(out, 14, 2, static_cast<unsigned>(clock.minutes().count()));
  put(out, 17, 2, static_cast<unsigned>(clock.seconds().count()));
  put(out, 20, 3, millis);
}

void write_utc_stamp(std::span<char, kUtcStampLength> out) noexcept {
  const timespec now = now_of(CLOCK_REALTIME);
  write_utc_stamp(out, now.tv_sec, static_cast<unsigned>(now.tv_nsec / 1'000'000));
}

}  // namespace postern::daemon
