// SPDX-License-Identifier: BSD-2-Clause
// What the deliver supervisor has in hand.
#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "daemon/deliver/outcome.h"
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

// is_unfinished: a part of the message may lie in a maildrop.
inline bool is_unfinished(const RecipientState& state) {
  return state.status == RecipientStatus::kWaiting && state.append.has_value();
}

// state_after is what becomes of `state` by an attempt that ended at `now`; `too_old`: it was the last.
[[nodiscard]] RecipientState state_after(RecipientState state, const Outcome& outcome, std::int64_t now,
                                         bool too_old);

// target_of: MD-0. An account that cannot be read shows when its turn comes.
[[nodiscard]] Target target_of(int accounts, const std::string& account);

// may_be_torn returns the users in whose maildrops something of the queue is unfinished. What cannot be read
// there is no message: nothing will mend what it has left.
[[nodiscard]] Result<std::set<std::string>> may_be_torn(int active, int accounts);

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
