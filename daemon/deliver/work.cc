// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/deliver/work.h"

#include <utility>

#include "daemon/account/account_file.h"
#include "daemon/deliver/schedule.h"

namespace postern::daemon {

Target target_of(int accounts, const std::string& account) {
  const auto read = read_account(accounts, account);
  std::string user = read.ok() && *read ? (*read)->maildrop_user : "";
  std::string name = user.empty() ? "mailbox:" + account : "maildrop:" + user;
  return {std::move(name), std::move(user)};
}

Result<std::set<std::string>> may_be_torn(int active, int accounts) {
  std::set<std::string> users;
  const auto ids = list_queue(active);
  if (!ids.ok()) return ids.error();
  for (const std::string& id : *ids) {
    const auto facts = look_at(active, id);
    if (!facts.ok() || !*facts) continue;
    for (std::size_t i = 0; i < (*facts)->states.size(); ++i)
      if (is_unfinished((*facts)->states[i]))
        users.insert(target_of(accounts, (*facts)->envelope.recipients[i]).maildrop_user);
  }
  return users;
}

RecipientState state_after(RecipientState state, const Outcome& outcome, std::int64_t now, bool too_old) {
  const bool is_delivered = outcome.verdict == Verdict::kDelivered;
  ++state.attempts;
  state.reason = is_delivered ? "" : reason_of(outcome, kQueueReasonLimit);
  if (is_delivered)
    state.status = RecipientStatus::kDone;
  else if (outcome.verdict == Verdict::kFailed || too_old)
    state.status = RecipientStatus::kFailed;
  state.next_attempt = state.status == RecipientStatus::kWaiting ? now + retry_delay(state.attempts) : 0;
  return state;
}

}  // namespace postern::daemon
