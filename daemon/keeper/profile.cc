// SPDX-License-Identifier: BSD-2-Clause
// What a keeper's process may do, as data.
#include <fcntl.h>

#include "daemon/keeper/channel.h"
#include "daemon/keeper/client_certificate.h"
#include "daemon/keeper/keeper.h"
#include "daemon/listener/hash_slot.h"

namespace postern::daemon {
namespace {

// kChangesFiles: the flags of open(2) with which a file could be made or changed.
constexpr uint64_t kChangesFiles =
    static_cast<uint64_t>(O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND | (O_TMPFILE & ~O_DIRECTORY));

// kMakesFiles: the only flags with which one is: it is new.
constexpr int kMakesFiles = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;

constexpr AllowedCall kCalls[] = {
    // the session, the log, the resolver, the turn to hash
    POSTERN_CALLS_OF_KEEPER_CHANNEL,
    POSTERN_CALLS_OF_LOG,
    POSTERN_CALLS_OF_ASK,
    POSTERN_CALLS_OF_HASH_SLOT,
    POSTERN_CALLS_OF_CLIENT_CERTIFICATE,
    // the account and the mailbox: read, remove. One file is made, the kept listing: a draft, given its name
    // when it
    // is whole. What is there is never opened to be written
    POSTERN_CALL_IF(openat, without(2, kChangesFiles)),
    POSTERN_CALL_IF(openat, argument_int(2, kMakesFiles)),
    POSTERN_CALL(pread64),
    POSTERN_CALL(write),
#ifdef SYS_renameat
    POSTERN_CALL(renameat),
#endif
    POSTERN_CALL_IF(renameat2, argument_int(4, 0)),
    POSTERN_CALL(newfstatat),
    POSTERN_CALL(fstat),
    POSTERN_CALL(getdents64),
    POSTERN_CALL(flock),
    POSTERN_CALL_IF(unlinkat, argument_int(2, 0)),
    POSTERN_CALL(fsync),
    POSTERN_CALL_IF(fcntl, argument_int(1, F_GETFL)),
    POSTERN_CALL_IF(fcntl, argument_int(1, F_SETFD), argument_int(2, FD_CLOEXEC)),
    // the second layer
    POSTERN_CALLS_OF_CONFINE,
    // memory (16 MiB of it for a hash), signals, the end
    POSTERN_CALLS_OF_A_CONNECTION,
};

constexpr FileRule kFiles[] = {
    {Place::kAccounts, rights::kRead},
    {Place::kMailboxes, rights::kPop3Mailbox},
};

}  // namespace

constinit const SandboxProfile kKeeperProfile{"pop3-keeper", kCalls, kFiles};

}  // namespace postern::daemon
