// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/deliver/queue_watch.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cstring>

#include "daemon/postoffice/queue_text.h"

namespace postern::daemon {

Result<void> QueueWatch::begin(const std::string& directory) {
  notices_.reset(inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  if (!notices_.is_open()) return system_error("cannot watch the queue");
  constexpr std::uint32_t kEvents = IN_CLOSE_WRITE | IN_ONLYDIR | IN_DONT_FOLLOW;
  if (inotify_add_watch(notices_.get(), directory.c_str(), kEvents) < 0)
    return system_error("cannot watch the queue", directory);
  return {};
}

bool QueueWatch::take(const std::function<void(const std::string&)>& heard) const {
  bool lost = false;
  std::array<char, 8192> octets{};
  for (;;) {
    const ssize_t got = read(notices_.get(), octets.data(), octets.size());
    if (got <= 0) return lost;
    for (std::size_t at = 0; at + sizeof(inotify_event) <= static_cast<std::size_t>(got);) {
      inotify_event event{};
      std::memcpy(&event, octets.data() + at, sizeof event);
      lost = lost || (event.mask & IN_Q_OVERFLOW) != 0;
      if (event.len != 0) {  // the name ends with NULs
        const std::string id(octets.data() + at + sizeof event);
        if (is_queue_id(id)) heard(id);
      }
      at += sizeof event + event.len;
    }
  }
}

}  // namespace postern::daemon
