// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/listener/penalties.h"

#include <algorithm>

namespace postern::daemon {
namespace {

constexpr std::uint64_t kHour = 3'600'000'000'000U;
constexpr unsigned kMostDoublings = 6;

bool is_recent(std::uint64_t at, std::uint64_t now) {
  return now - at < kHour;
}

}  // namespace

void Penalties::record(const AddressKey& place, std::uint64_t now_nsec) {
  deaths_[next_] = Death{place, now_nsec, true};
  next_ = (next_ + 1) % deaths_.size();
}

std::chrono::nanoseconds Penalties::delay(const AddressKey& place, std::uint64_t now_nsec) const {
  const auto count = std::ranges::count_if(deaths_, [&](const Death& death) {
    return death.used && is_recent(death.at_nsec, now_nsec) && death.place == place;
  });
  if (count == 0) return std::chrono::nanoseconds{0};
  return std::chrono::seconds{1U << std::min(static_cast<unsigned>(count) - 1U, kMostDoublings)};
}

unsigned Penalties::deaths(std::uint64_t now_nsec) const {
  return static_cast<unsigned>(std::ranges::count_if(
      deaths_, [&](const Death& death) { return death.used && is_recent(death.at_nsec, now_nsec); }));
}

}  // namespace postern::daemon
