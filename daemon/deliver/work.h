// SPDX-License-Identifier: BSD-2-Clause
// What the deliver supervisor has in hand.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <optional>
#include <string>

#include "daemon/deliver/outcome.h"
#include "daemon/postoffice/queue.h"
#include "daemon/sys/fd.h"

namespace postern::daemon {

// Entry is one delivery that waits its turn.
struct Entry {
  std::string id;
  std::size_t recipient = 0;
  std::string maildrop_user;  // empty: a mailbox
};

// Target is where a recipient's mail goes.
struct Target {
  std::string name;           // the lane's
  std::string maildrop_user;  // empty: a mailbox
};

// Running is one deliver process.
struct Running {
  pid_t pid = 0;
  Fd channel;
  std::string target;
  Entry entry;
  std::optional<Outcome> outcome;
};

// Open is a message of which deliveries wait or are under way.
struct Open {
  std::size_t outstanding = 0;
  bool is_held_up = false;               // what else is due has to wait for an unfinished delivery
  std::optional<QueuedMessage> message;  // claimed with the first delivery
};

}  // namespace postern::daemon
