// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/deliver/way_out.h"

#include <algorithm>
#include <utility>

#include "daemon/account/account_file.h"
#include "daemon/deliver/bounce.h"
#include "daemon/logger/log.h"
#include "daemon/smtp/addressed.h"
#include "daemon/sys/clock.h"

namespace postern::daemon {
namespace {

// A logger that does not listen must not hold mail up.
void say(int log, const LogLine& line) {
  (void)log_line(log, line).ok();
}

}  // namespace

bool WayOut::leave(QueuedMessage& message) {
  const auto& states = message.states();
  const bool fails =
      std::ranges::any_of(states, [](const auto& s) { return s.status == RecipientStatus::kFailed; });
  Result<void> left;
  if (!fails) {
    left = message.remove();
    if (left.ok() && !due_) due_ = monotonic_nsec() + kSyncWait;
  } else if (const auto sender = local_sender(message.envelope().sender)) {
    left = bounce(message, *sender);
  } else {
    left = message.bury(queue_.dead.get());
    say(log_, LogLine("deliver", "dead-letter")
                  .with("queue", message.envelope().id)
                  .with("why", "no local sender"));
  }
  if (!left.ok())
    say(log_,
        LogLine("deliver", "queue").with("queue", message.envelope().id).with("why", left.error().text()));
  return left.ok();
}

void WayOut::sync_by(std::uint64_t now) {
  if (!due_ || *due_ > now) return;
  due_.reset();
  if (const auto lasting = sync_removals(queue_.active.get()); !lasting.ok())
    say(log_, LogLine("deliver", "queue").with("why", lasting.error().text()));
}

// local_sender: the account that a sender of ours is; the null sender is nobody (RFC 5321, 6.1).
std::optional<std::string> WayOut::local_sender(const std::string& sender) const {
  for (std::string& name : accounts_for(sender, mail_domains_of(settings_))) {
    const auto account = read_account(accounts_.get(), name);
    if (account.ok() && *account) return std::move(name);
  }
  return std::nullopt;
}

// Told twice is a fault that its reader sees: this removal is not left to be synced with others.
Result<void> WayOut::bounce(QueuedMessage& message, const std::string& to) {
  const Envelope& envelope = message.envelope();
  auto bounce = IncomingMessage::begin(queue_.incoming.get(), Envelope{"", 0, 0, "", {to}});
  if (!bounce.ok()) return bounce.take_error();
  const std::string_view host = settings_.hostname.view();
  const std::string text = bounce_text(envelope, message.states(), host.empty() ? "localhost" : host);
  if (auto put = bounce->write(text); !put.ok()) return put;
  if (auto put = bounce->commit(queue_.active.get()); !put.ok()) return put;
  say(log_, LogLine("deliver", "bounce").with("queue", envelope.id).with("as", bounce->id()));
  if (auto removed = message.remove(); !removed.ok()) return removed;
  return sync_removals(queue_.active.get());
}

}  // namespace postern::daemon
