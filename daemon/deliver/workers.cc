// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/deliver/workers.h"

#include <algorithm>
#include <utility>

namespace postern::daemon {

bool Workers::has_room() const {
  const auto busy = std::ranges::count_if(all_, [](const Worker& one) { return one.entry.has_value(); });
  return static_cast<std::size_t>(busy) < kMostBusy && all_.size() < kMost;
}

Worker* Workers::waiting_for(const std::string& target, std::uint64_t now) {
  const auto one = std::ranges::find_if(all_, [&](const Worker& worker) {
    return waits(worker) && worker.target == target && now < worker.born + kTenure;
  });
  return one == all_.end() ? nullptr : &*one;
}

Entry Workers::take_work(Worker& worker, std::uint64_t now) {
  worker.idle_since = now;
  return *std::exchange(worker.entry, std::nullopt);
}

Worker* Workers::find(pid_t pid) {
  const auto one = std::ranges::find(all_, pid, &Worker::pid);
  return one == all_.end() ? nullptr : &*one;
}

std::optional<Worker> Workers::take(pid_t pid) {
  const auto one = std::ranges::find(all_, pid, &Worker::pid);
  if (one == all_.end()) return std::nullopt;
  std::optional<Worker> taken(std::move(*one));
  all_.erase(one);
  return taken;
}

void Workers::let_go(std::uint64_t now) {
  std::size_t idle = 0;
  Worker* longest = nullptr;
  for (Worker& one : all_) {
    if (!waits(one)) continue;
    if (now >= one.idle_since + kLinger || now >= one.born + kTenure) {
      one.channel.reset();
      continue;
    }
    ++idle;
    if (longest == nullptr || one.idle_since < longest->idle_since) longest = &one;
  }
  if (idle <= kMostIdle) return;
  longest->channel.reset();
  let_go(now);
}

std::size_t Workers::leaving() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(all_, [](const Worker& one) { return !one.entry && !one.channel.is_open(); }));
}

std::optional<std::uint64_t> Workers::next_wake() const {
  std::optional<std::uint64_t> wake;
  for (const Worker& one : all_) {
    if (!waits(one)) continue;
    const std::uint64_t due = std::min(one.idle_since + kLinger, one.born + kTenure);
    wake = std::min(wake.value_or(due), due);
  }
  return wake;
}

}  // namespace postern::daemon
