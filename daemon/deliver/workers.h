// SPDX-License-Identifier: BSD-2-Clause
// The deliver processes that there are: which are at work, which wait a moment for more of the same. Pure,
// but that it closes channels; time is the caller's, in nanoseconds.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <string>

#include "daemon/deliver/work.h"
#include "daemon/sys/fd.h"

namespace postern::daemon {

// Worker is one deliver process: of one target for its life, one message at a time.
struct Worker {
  pid_t pid = 0;
  Fd channel;  // closed: it gets nothing more, and ends
  std::string target;
  std::uint64_t born = 0;
  std::optional<Entry> entry = std::nullopt;  // what it delivers; none: it waits
  std::uint64_t idle_since = 0;
};

class Workers {
 public:
  static constexpr std::size_t kMostBusy = 16;
  static constexpr std::size_t kMostIdle = 16;
  static constexpr std::size_t kMost = 64;  // with those that are about to end
  static constexpr std::uint64_t kLinger = 2'000'000'000;
  // No message for one older than this, so that the alarm it was born with leaves each message its time.
  static constexpr std::uint64_t kTenure = 30'000'000'000;

  [[nodiscard]] bool has_room() const;

  // waiting_for returns one that waits for messages to `target` and may have one more; nullptr: none does.
  [[nodiscard]] Worker* waiting_for(const std::string& target, std::uint64_t now);

  void add(Worker worker) { all_.push_back(std::move(worker)); }

  // take_work takes from a worker what it has delivered, or has not.
  static Entry take_work(Worker& worker, std::uint64_t now);

  // take returns the worker of that process id, which has ended; nothing: it was none.
  [[nodiscard]] std::optional<Worker> take(pid_t pid);
  [[nodiscard]] Worker* find(pid_t pid);

  // let_go ends those that have waited too long, are too old, or are too many.
  void let_go(std::uint64_t now);

  // next_wake: when let_go has something to do.
  [[nodiscard]] std::optional<std::uint64_t> next_wake() const;

  // leaving: how many have nothing to do, get nothing more, and have not ended yet.
  [[nodiscard]] std::size_t leaving() const;

  [[nodiscard]] std::list<Worker>& all() { return all_; }

 private:
  static bool waits(const Worker& worker) { return !worker.entry && worker.channel.is_open(); }

  std::list<Worker> all_;
};

}  // namespace postern::daemon
