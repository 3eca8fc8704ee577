// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/dispatcher/restarts.h"

#include <algorithm>

namespace postern::daemon {
namespace {

constexpr std::uint64_t kMinute = 60'000'000'000U;
constexpr std::uint64_t kFirstDelay = 100'000'000U;

}  // namespace

std::optional<std::uint64_t> Restarts::ended(std::uint64_t now_nsec) {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < count_; ++i)
    if (now_nsec - ends_[i] < kMinute) ends_[kept++] = ends_[i];
  ends_[kept++] = now_nsec;
  count_ = std::min(kept, ends_.size() - 1);
  if (kept == ends_.size()) return std::nullopt;
  return now_nsec + (kFirstDelay << (kept - 1));
}

}  // namespace postern::daemon
