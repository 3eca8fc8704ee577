// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/deliver/child.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <optional>
#include <vector>

#include "daemon/deliver/mailbox_delivery.h"
#include "daemon/deliver/maildrop.h"
#include "daemon/deliver/order.h"
#include "daemon/sys/files.h"
#include "daemon/sys/processes.h"

namespace postern::daemon {
namespace {

constexpr std::chrono::milliseconds kLockPatience{10'000};

#define POSTERN_CALLS_OF_DELIVER                                                                       \
  POSTERN_CALLS_OF_ORDERS, POSTERN_CALL(sendto), POSTERN_CALL(exit_group), POSTERN_CALL(rt_sigreturn), \
      POSTERN_CALL(restart_syscall), POSTERN_CALL(brk), POSTERN_CALL_IF(mmap, without(2, PROT_EXEC)),  \
      POSTERN_CALL(munmap), POSTERN_CALL(mremap), POSTERN_CALL(madvise), POSTERN_CALL(getrandom),      \
      POSTERN_CALL(futex)

constexpr AllowedCall kMaildropCalls[] = {POSTERN_CALLS_OF_DELIVER, POSTERN_CALLS_OF_SPOOL,
                                          POSTERN_CALL(recvfrom), POSTERN_CALL(fdatasync)};

constexpr AllowedCall kMailboxCalls[] = {
    POSTERN_CALLS_OF_DELIVER,
    POSTERN_CALLS_OF_CONFINE,
    POSTERN_CALL_IF(openat, without(2, O_TRUNC | O_APPEND)),
    POSTERN_CALL(newfstatat),
    POSTERN_CALL(fstat),
    POSTERN_CALL(pread64),
    POSTERN_CALL(write),
    POSTERN_CALL(linkat),
    POSTERN_CALL_IF(unlinkat, argument_int(2, 0)),
    POSTERN_CALL(sync_file_range),
    POSTERN_CALL(fsync),
    POSTERN_CALL(close),
    POSTERN_CALL(getdents64),
    POSTERN_CALL_IF(fcntl, argument_int(1, F_GETFL)),
    POSTERN_CALL_IF(fcntl, argument_int(1, F_SETFD), argument_int(2, FD_CLOEXEC))};

constexpr FileRule kMaildropFiles[] = {{Place::kMaildropSpool, rights::kReadFile | rights::kWriteFile |
                                                                   rights::kTruncate | rights::kMakeFile |
                                                                   rights::kRemoveFile}};
constexpr std::uint64_t kMailboxRights =
    rights::kRead | rights::kWriteFile | rights::kMakeFile | rights::kRemoveFile | rights::kRefer;
constexpr FileRule kMailboxFiles[] = {{Place::kMailboxes, kMailboxRights}};

Result<void> send_packet(int channel, const DeliverPacket& packet) {
  if (send(channel, &packet, sizeof packet, MSG_NOSIGNAL) == static_cast<ssize_t>(sizeof packet)) return {};
  return system_error("the deliver supervisor does not listen", {}, {}, Exit::kTemporary);
}

// The supervisor writes the record: deliver itself writes to no queue file. It syncs it, so that the
// supervisor waits for no disk and several syncs share a commit of the journal.
Result<void> ask_for_record(int channel, int message, const std::optional<AppendRecord>& append) {
  const auto kind = append ? DeliverPacket::Kind::kRecord : DeliverPacket::Kind::kUndone;
  if (auto sent = send_packet(channel, {kind, append.value_or(AppendRecord{}), {}}); !sent.ok()) return sent;
  char answer = 0;
  if (recv(channel, &answer, 1, 0) == 1 && answer == 'k' && fdatasync(message) == 0) return {};
  return Error{"the append could not be recorded in the queue", {}, {}, EIO, Exit::kTemporary};
}

Result<void> into_maildrop(const Assignment& assignment, const TakenOrder& taken, int channel) {
  const auto record = [&](const std::optional<AppendRecord>& append) {
    return ask_for_record(channel, taken.message.get(), append);
  };
  const DeliverOrder& order = taken.order;
  return append_to_maildrop(assignment.spool, {assignment.maildrop_user, order.user_id}, taken.letter(),
                            order.has_earlier == 1 ? std::optional(order.earlier) : std::nullopt, record,
                            kLockPatience);
}

Result<void> carry_out(const Assignment& assignment, const TakenOrder& taken, int channel) {
  if (!assignment.maildrop_user.empty()) return into_maildrop(assignment, taken, channel);
  return put_into_mailbox(assignment.mailboxes, assignment.account, taken.letter(),
                          taken.order.is_retry == 1);
}

// The second layer: from here on this mailbox and no other.
Result<void> confine_to_mailbox(const Assignment& assignment) {
  const Fd mailbox(openat(assignment.mailboxes, assignment.account.c_str(),
                          O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!mailbox.is_open()) return system_error("cannot open the mailbox", assignment.account);
  return confine_to_directory(mailbox.get(), kMailboxRights);
}

// What deliver starts with: its channel and one directory; and an alarm that ends it.
Result<void> prepare(const Assignment& assignment, int channel) {
  const bool is_mailbox = assignment.maildrop_user.empty();
  Signals::restore_defaults();
  if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) return system_error("PR_SET_PDEATHSIG");
  std::vector<int> kept{channel, is_mailbox ? assignment.mailboxes : assignment.spool.directory};
  const auto rulesets = sandbox_descriptors();
  kept.insert(kept.end(), rulesets.begin(), rulesets.end());
  if (auto closed = close_all_except(kept); !closed.ok()) return closed;
  itimerval limit{};
  limit.it_value.tv_sec = assignment.life;
  if (setitimer(ITIMER_REAL, &limit, nullptr) != 0) return system_error("setitimer");
  if (!is_mailbox) return enter_sandbox(kDeliverMaildropProfile);
  if (auto entered = enter_sandbox(kDeliverMailboxProfile); !entered.ok()) return entered;
  return confine_to_mailbox(assignment);
}

// An order that could not be taken is answered all the same: somebody waits for its outcome.
Result<void> work(const Assignment& assignment, int channel) {
  const auto say = [channel](const Result<void>& done) {
    return send_packet(channel,
                       {DeliverPacket::Kind::kOutcome, {}, done.ok() ? delivered() : deferred(done.error())});
  };
  if (auto ready = prepare(assignment, channel); !ready.ok()) return say(ready);
  for (;;) {
    auto taken = take_order(channel);
    if (!taken.ok()) return say(taken.error());
    if (!*taken) return {};
    if (auto said = say(carry_out(assignment, **taken, channel)); !said.ok()) return said;
  }
}

}  // namespace

const SandboxProfile kDeliverMailboxProfile{"deliver-mailbox", kMailboxCalls, kMailboxFiles};
const SandboxProfile kDeliverMaildropProfile{"deliver-maildrop", kMaildropCalls, kMaildropFiles};

void run_deliver(const Assignment& assignment, Fd channel) {
  _exit(work(assignment, channel.get()).ok() ? 0 : static_cast<int>(Exit::kTemporary));
}

}  // namespace postern::daemon
