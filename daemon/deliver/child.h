// SPDX-License-Identifier: BSD-2-Clause
// deliver: one process for one target, with a cage of its own for mailboxes and for maildrops. It delivers
// one message after the other to the mailbox or maildrop that it was started for, as long as it gets any.
#pragma once

#include <cstdint>
#include <string>

#include "daemon/deliver/outcome.h"
#include "daemon/deliver/spool.h"
#include "daemon/postoffice/queue_text.h"
#include "daemon/sys/fd.h"
#include "daemon/sys/sandbox.h"

namespace postern::daemon {

// What each may call and reach (PV-4).
extern const SandboxProfile kDeliverMailboxProfile;
extern const SandboxProfile kDeliverMaildropProfile;

// Seconds of a process's life; then the kernel ends it (SIGALRM). Less Workers::kTenure a delivery has at
// least five minutes.
inline constexpr int kDeliverLife = 330;

// DeliverPacket is what deliver says to its supervisor of each order, on a SOCK_SEQPACKET channel: first, in
// front of an append, kRecord; if that is taken back, kUndone: the record goes. Both are answered by one
// octet: 'k' when that is written; deliver syncs it, by the descriptor that it reads the message from. Last,
// kOutcome; then the next order may come.
struct DeliverPacket {
  enum class Kind : std::uint32_t { kRecord = 1, kOutcome = 2, kUndone = 3 };
  Kind kind = Kind::kOutcome;
  AppendRecord append;
  Outcome outcome;
};
static_assert(std::is_trivially_copyable_v<DeliverPacket>);

// Assignment is what a process delivers to. Descriptors are the supervisor's; the child keeps that of its
// kind and no others.
struct Assignment {
  std::string account;        // whose mailbox
  std::string maildrop_user;  // not empty: whose maildrop, and no mailbox
  int mailboxes = -1;
  Spool spool;
  int life = kDeliverLife;  // seconds
};

// run_deliver is the life of that process, just forked: it closes everything else, enters its sandbox,
// carries out its orders, saying how each went, and ends when its supervisor closes the channel. Its exit
// status is 0 if it could say so.
[[noreturn]] void run_deliver(const Assignment& assignment, Fd channel);

}  // namespace postern::daemon
