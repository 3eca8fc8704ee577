// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/deliver/schedule.h"

#include <algorithm>

namespace postern::daemon {

std::int64_t retry_delay(std::uint32_t attempts) {
  constexpr std::int64_t kFirst = 30;
  constexpr std::int64_t kMost = 3600;
  return std::min(kMost, kFirst << std::clamp(attempts, 1U, 8U) >> 1U);
}

void Schedule::add(const std::string& id, std::int64_t when) {
  const auto [there, is_new] = when_.emplace(id, when);
  if (!is_new && there->second <= when) return;
  if (!is_new) order_.erase({there->second, id});
  there->second = when;
  order_.emplace(when, id);
}

std::optional<std::string> Schedule::take_due(std::int64_t now) {
  if (order_.empty() || order_.begin()->first > now) return std::nullopt;
  std::string id = order_.begin()->second;
  order_.erase(order_.begin());
  when_.erase(id);
  return id;
}

std::optional<std::int64_t> Schedule::next() const {
  if (order_.empty()) return std::nullopt;
  return order_.begin()->first;
}

}  // namespace postern::daemon
