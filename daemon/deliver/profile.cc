// SPDX-License-Identifier: BSD-2-Clause
// What the deliver supervisor's process may do, as data.
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "daemon/deliver/supervisor.h"
#include "daemon/maildrop_helper/client.h"

namespace postern::daemon {
namespace {

constexpr AllowedCall kCalls[] = {
    // the queue
    POSTERN_CALL(openat),
    POSTERN_CALL(read),
    POSTERN_CALL(pread64),
    POSTERN_CALL(pwrite64),
    POSTERN_CALL(fstat),
    POSTERN_CALL(newfstatat),
    POSTERN_CALL(flock),
    POSTERN_CALL(ftruncate),
    POSTERN_CALL(sync_file_range),
    POSTERN_CALL(fdatasync),
    POSTERN_CALL(fsync),
    POSTERN_CALL_IF(unlinkat, argument_int(2, 0)),
    POSTERN_CALL(renameat2),
    POSTERN_CALL(getdents64),
    POSTERN_CALL(close),
    POSTERN_CALL(write),
    POSTERN_CALL_IF(fcntl, argument_int(1, F_GETFL)),
    POSTERN_CALL_IF(fcntl, argument_int(1, F_SETFD), argument_int(2, FD_CLOEXEC)),
    // children
    POSTERN_CALL(clone),
    POSTERN_CALL(set_robust_list),
    POSTERN_CALL(wait4),
    POSTERN_CALL(rt_sigprocmask),
    POSTERN_CALL(rt_sigaction),
    POSTERN_CALL_IF(socketpair, argument_int(0, AF_UNIX)),
    POSTERN_CALL(sendmsg),
    POSTERN_CALL(close_range),
    POSTERN_CALL(setitimer),
    POSTERN_CALL_IF(prctl, argument_int(0, PR_SET_PDEATHSIG), argument(1, SIGKILL)),
    // helper, log, time, memory
    POSTERN_CALLS_OF_ASKING_THE_HELPER,
    POSTERN_CALL(getrandom),
    POSTERN_CALL(brk),
    POSTERN_CALL(munmap),
    POSTERN_CALL_IF(mmap, without(2, PROT_EXEC)),
    POSTERN_CALL(mremap),
    POSTERN_CALL(madvise),
    POSTERN_CALL(futex),
    POSTERN_CALL(rt_sigreturn),
    POSTERN_CALL(restart_syscall),
    POSTERN_CALL(exit_group),
};

constexpr std::uint64_t kQueueRights = rights::kRead | rights::kWriteFile | rights::kTruncate |
                                       rights::kMakeFile | rights::kRemoveFile | rights::kRefer;
constexpr FileRule kFiles[] = {
    {Place::kAccounts, rights::kRead},
    {Place::kQueueIncoming, kQueueRights},
    {Place::kQueueActive, kQueueRights},
    {Place::kQueueDead, rights::kReadDir | rights::kMakeFile | rights::kRefer},
};

}  // namespace

const SandboxProfile kDeliverSupervisorProfile{"deliver-supervisor", kCalls, kFiles};

}  // namespace postern::daemon
