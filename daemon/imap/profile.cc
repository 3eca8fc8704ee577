// SPDX-License-Identifier: BSD-2-Clause
// What an IMAP keeper's process may do, as data.
#include <fcntl.h>

#include "daemon/imap/keeper.h"
#include "daemon/keeper/client_certificate.h"
#include "daemon/keeper/packet.h"
#include "daemon/listener/hash_slot.h"
#include "daemon/logger/log.h"
#include "daemon/resolver/client.h"

namespace postern::daemon {
namespace {

constexpr AllowedCall kCalls[] = {
    // the session, the log, the resolver, the turn to hash
    POSTERN_CALLS_OF_KEEPER_CHANNEL,
    POSTERN_CALLS_OF_LOG,
    POSTERN_CALLS_OF_ASK,
    POSTERN_CALLS_OF_HASH_SLOT,
    POSTERN_CALLS_OF_CLIENT_CERTIFICATE,
    // the account: read; the Maildir: its folders made, renamed, removed; messages written, flagged, moved.
    // What is
    // written is a draft, given its name when it is whole: nothing is truncated or appended to
    POSTERN_CALL_IF(openat,
                    without(2, static_cast<uint64_t>(O_TRUNC | O_APPEND | (O_TMPFILE & ~O_DIRECTORY)))),
    POSTERN_CALL(pread64),
    POSTERN_CALL(write),
    POSTERN_CALL(newfstatat),
    POSTERN_CALL(fstat),
    POSTERN_CALL(getdents64),
    POSTERN_CALL(flock),
    POSTERN_CALL(mkdirat),
    POSTERN_CALL(unlinkat),
#ifdef SYS_renameat
    POSTERN_CALL(renameat),
#endif
    POSTERN_CALL_IF(renameat2, argument_int(4, 0)),
    POSTERN_CALL_IF(linkat, argument_int(4, 0)),
    POSTERN_CALL(utimensat),
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
    {Place::kMailboxes, rights::kMaildir},
};

}  // namespace

constinit const SandboxProfile kImapKeeperProfile{"imap-keeper", kCalls, kFiles};

}  // namespace postern::daemon
