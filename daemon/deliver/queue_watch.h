// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <functional>
#include <string>

#include "daemon/sys/fd.h"
#include "daemon/sys/result.h"

namespace postern::daemon {

// QueueWatch hears of messages that somebody has had open for writing in a directory of the queue and closed
// there: that is when a keeper's lock goes. Whoever puts them there need not know of it.
class QueueWatch {
 public:
  [[nodiscard]] Result<void> begin(const std::string& directory);
  [[nodiscard]] int number() const { return notices_.get(); }  // for poll(2)
  // take gives each message's id to `heard`; never waits. true: some were lost, the whole queue is to be
  // looked through.
  [[nodiscard]] bool take(const std::function<void(const std::string&)>& heard) const;

 private:
  Fd notices_;
};

}  // namespace postern::daemon
