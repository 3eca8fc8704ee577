// SPDX-License-Identifier: BSD-2-Clause
// What the deliver supervisor has in hand.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/postoffice/queue.h"

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

// word_of says how an attempt ended, for the log.
inline std::string_view word_of(RecipientStatus status) {
  return status == RecipientStatus::kDone     ? "delivered"
         : status == RecipientStatus::kFailed ? "failed"
                                              : "deferred";
}

// Open is a message of which deliveries wait or are under way.
struct Open {
  std::size_t outstanding = 0;
  bool is_held_up = false;               // what else is due has to wait for an unfinished delivery
  std::optional<QueuedMessage> message;  // claimed with the first delivery
};

}  // namespace postern::daemon
