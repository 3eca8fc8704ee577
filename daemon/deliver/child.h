// SPDX-License-Identifier: BSD-2-Clause
// deliver: one process for one delivery, with a cage of its own for mailboxes and for maildrops.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "daemon/deliver/letter.h"
#include "daemon/deliver/outcome.h"
#include "daemon/deliver/spool.h"
#include "daemon/postoffice/queue_text.h"
#include "daemon/sys/fd.h"
#include "daemon/sys/sandbox.h"

namespace postern::daemon {

// What each may call and reach (PV-4).
extern const SandboxProfile kDeliverMailboxProfile;
extern const SandboxProfile kDeliverMaildropProfile;

inline constexpr int kDeliveryTimeLimit = 300;  // seconds; then the kernel ends it (SIGALRM)

// DeliverPacket is what deliver says to its supervisor, on a SOCK_SEQPACKET channel: first, in front of an
// append, kRecord; if that is taken back, kUndone: the record goes. Both are answered by one octet: 'k' when
// that lasts. Last, kOutcome.
struct DeliverPacket {
  enum class Kind : std::uint32_t { kRecord = 1, kOutcome = 2, kUndone = 3 };
  Kind kind = Kind::kOutcome;
  AppendRecord append;
  Outcome outcome;
};
static_assert(std::is_trivially_copyable_v<DeliverPacket>);

// Assignment is one delivery. Descriptors are the supervisor's; the child keeps those and no others.
struct Assignment {
  Letter letter;
  std::string account;           // whose mailbox
  std::optional<UnixUser> user;  // a maildrop, not a mailbox
  std::optional<AppendRecord> earlier;
  bool is_retry = false;
  int mailboxes = -1;
  Spool spool;
  int time_limit = kDeliveryTimeLimit;  // seconds
};

// run_delivery is the life of that process, just forked: it closes everything else, enters its sandbox,
// delivers, says how it went, and ends. Its exit status is 0 if it could say so.
[[noreturn]] void run_delivery(const Assignment& assignment, Fd channel);

}  // namespace postern::daemon
