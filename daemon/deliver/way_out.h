// SPDX-License-Identifier: BSD-2-Clause
// How a message leaves the queue when no recipient waits any more: delivered to all, told to its sender, or
// kept as a dead letter.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "daemon/config/settings.h"
#include "daemon/postoffice/queue.h"
#include "daemon/sys/fd.h"

namespace postern::daemon {

class WayOut {
 public:
  // Nanoseconds that a removal waits at most for its sync: one for all that come meanwhile. What a crash of
  // the machine brings back until then is found to be delivered (G7).
  static constexpr std::uint64_t kSyncWait = 1'000'000'000U;

  // All of it is the supervisor's, and need not be open yet.
  WayOut(const Settings& settings, const QueueDirectories& queue, const Fd& accounts, int log)
      : settings_(settings), queue_(queue), accounts_(accounts), log_(log) {}

  // leave takes a message of which no recipient waits out of the queue; false: it is there still, and the log
  // says why.
  [[nodiscard]] bool leave(QueuedMessage& message);

  // sync_by makes removals last whose time has come by `now`; next_sync says when it comes.
  void sync_by(std::uint64_t now);
  [[nodiscard]] std::optional<std::uint64_t> next_sync() const { return due_; }

 private:
  [[nodiscard]] Result<void> bounce(QueuedMessage& message, const std::string& to);
  [[nodiscard]] std::optional<std::string> local_sender(const std::string& sender) const;

  const Settings& settings_;
  const QueueDirectories& queue_;
  const Fd& accounts_;
  int log_;
  std::optional<std::uint64_t> due_;
};

}  // namespace postern::daemon
