// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/tls/profile.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>

namespace postern::daemon {
namespace {

// Memory, never executable; randomness; signals; the end.
#define POSTERN_CALLS_OF_OPENSSL                                                                  \
  POSTERN_CALL(brk), POSTERN_CALL_IF(mmap, without(2, PROT_EXEC)), POSTERN_CALL(munmap),          \
      POSTERN_CALL(mremap), POSTERN_CALL(madvise), POSTERN_CALL(getrandom), POSTERN_CALL(getpid), \
      POSTERN_CALL(futex), POSTERN_CALL(clock_gettime), POSTERN_CALL(rt_sigreturn),               \
      POSTERN_CALL(restart_syscall), POSTERN_CALL(exit_group)

constexpr AllowedCall kCalls[] = {
    // connections, and the addresses that they come from
    POSTERN_CALL_IF(recvmsg, argument_int(2, MSG_CMSG_CLOEXEC | MSG_DONTWAIT)),
    POSTERN_CALL(getpeername),
    POSTERN_CALL_IF(getsockopt, argument_int(1, SOL_SOCKET), argument_int(2, SO_COOKIE)),
    POSTERN_CALL(ppoll),
    POSTERN_CALL(close),
    POSTERN_CALL(close_range),
    // the files that were opened for it; signals
    POSTERN_CALL(pread64),
    POSTERN_CALL(read),
    // children
    POSTERN_CALL(clone),
    POSTERN_CALL(set_robust_list),
    POSTERN_CALL(wait4),
    POSTERN_CALL(rt_sigprocmask),
    POSTERN_CALL_IF(kill, argument_int(0, 0), argument_int(1, SIGTERM)),
    // log, library (it sorts, and the C library asks then how much memory there is)
    POSTERN_CALL(sendto),
    POSTERN_CALL(sysinfo),
    POSTERN_CALLS_OF_OPENSSL,
};

constexpr AllowedCall kWorkerCalls[] = {
    POSTERN_CALL(recvfrom), POSTERN_CALL(sendto), POSTERN_CALL(ppoll),
    POSTERN_CALL(shutdown), POSTERN_CALL(close),  POSTERN_CALLS_OF_OPENSSL,
};

}  // namespace

const SandboxProfile kTlsProfile{"tls", kCalls, {}};
const SandboxProfile kTlsWorkerProfile{"tls-worker", kWorkerCalls, {}};

}  // namespace postern::daemon
