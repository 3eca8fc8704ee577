// SPDX-License-Identifier: BSD-2-Clause
// What an SMTP keeper's process may do, as data.
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>

#include "daemon/keeper/packet.h"
#include "daemon/logger/log.h"
#include "daemon/smtp/keeper.h"

namespace postern::daemon {
namespace {

constexpr int kNewFile = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;

constexpr AllowedCall kCalls[] = {
    // the session, the log
    POSTERN_CALLS_OF_KEEPER_CHANNEL,
    POSTERN_CALLS_OF_LOG,
    // is there such an account: a look at a name
    POSTERN_CALL(newfstatat),
    // the message: made anew, written, named, synced; or removed
    POSTERN_CALL_IF(openat, argument_int(2, kNewFile), argument_int(3, 0600)),
    POSTERN_CALL_IF(flock, argument_int(1, LOCK_EX | LOCK_NB)),
    POSTERN_CALL(fstat),
    POSTERN_CALL(write),
    POSTERN_CALL(pwrite64),
    POSTERN_CALL(sync_file_range),
    POSTERN_CALL(fsync),
    POSTERN_CALL_IF(renameat2, argument_int(4, RENAME_NOREPLACE)),
    POSTERN_CALL_IF(unlinkat, argument_int(2, 0)),
    POSTERN_CALL(close),
    POSTERN_CALL(clock_gettime),
    // memory, signals, the end
    POSTERN_CALLS_OF_A_CONNECTION,
};

// Acknowledged mail can be added to, and not be read, changed or removed; accounts and mailboxes not at all.
constexpr FileRule kFiles[] = {
    {Place::kQueueIncoming, rights::kMakeFile | rights::kWriteFile | rights::kRemoveFile | rights::kRefer},
    {Place::kQueueActive, rights::kMakeFile | rights::kRefer},
};

}  // namespace

constinit const SandboxProfile kSmtpKeeperProfile{"smtp-keeper", kCalls, kFiles};

}  // namespace postern::daemon
