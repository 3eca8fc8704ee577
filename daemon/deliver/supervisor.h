// SPDX-License-Identifier: BSD-2-Clause
// The deliver supervisor: the only process in group mail beside its children, the only one that can ask the
// maildrop helper. It walks the queue, forks deliver processes, each for one mailbox or maildrop, gives them
// message after message, and takes a message out of the queue when every recipient is done for good. It opens
// files, reads no network octet and no message's content (PV-6).
#pragma once

#include "daemon/config/settings.h"
#include "daemon/sys/fd.h"
#include "daemon/sys/result.h"
#include "daemon/sys/sandbox.h"

namespace postern::daemon {

extern const SandboxProfile kDeliverSupervisorProfile;

// SupervisorChannels are what the dispatcher hands to it.
struct SupervisorChannels {
  int log = -1;  // the caller's, who may have a last word when all else is closed
  Fd helper;     // to the maildrop helper; not open: there is none
  // Readable: it is time to end. No signal of the dispatcher's gets here: on kernels whose Landlock scopes
  // signals, they stay within its domain, and that of the deliver supervisor is another.
  Fd lifeline;
};

// run_deliver_supervisor opens queue, accounts, mailboxes and spool, removes what a crash has left, enters
// its sandbox and delivers until the lifeline is readable or SIGTERM comes (ok). Wakes when a message is put
// into the queue or changed there by `postern queue` (inotify), when one is due again, and every minute to
// look through the whole queue.
[[nodiscard]] Result<void> run_deliver_supervisor(const Settings& settings, SupervisorChannels channels);

}  // namespace postern::daemon
