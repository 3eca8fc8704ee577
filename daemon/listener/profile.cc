// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/listener/profile.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "daemon/listener/login_notes.h"
#include "daemon/sys/anonymous_memory.h"
#include "daemon/tls/handoff.h"

namespace postern::daemon {
namespace {

constexpr AllowedCall kCalls[] = {
    // connections
    POSTERN_CALL(accept4),
    POSTERN_CALL(getsockname),
    POSTERN_CALL_IF(getsockopt, argument_int(1, SOL_SOCKET), argument_int(2, SO_COOKIE)),
    POSTERN_CALL(ppoll),
    POSTERN_CALL(close),
    POSTERN_CALL(close_range),
    POSTERN_CALL_IF(socketpair, argument_int(0, AF_UNIX)),
    POSTERN_CALLS_OF_HANDOFF,
    // the token asks who we are
    POSTERN_CALL(getresuid),
    POSTERN_CALL(getresgid),
    // children
    POSTERN_CALL(clone),
    POSTERN_CALL(set_robust_list),
    POSTERN_CALL(wait4),
    POSTERN_CALL(read),
    POSTERN_CALL(rt_sigprocmask),
    POSTERN_CALL_IF(kill, argument_int(0, 0), argument_int(1, SIGTERM)),
    // who has logged in
    POSTERN_CALLS_OF_LOGIN_NOTES,
    POSTERN_CALLS_OF_FORBID_WRITING,  // in a keeper, before its own list
    // log, what a client hears that is not served; time, memory
    POSTERN_CALL(sendto),
    POSTERN_CALL(clock_gettime),
    POSTERN_CALL(brk),
    POSTERN_CALL(munmap),
    POSTERN_CALL_IF(mmap, without(2, PROT_EXEC)),
    POSTERN_CALL(mremap),
    POSTERN_CALL(getrandom),
    POSTERN_CALL(rt_sigreturn),
    POSTERN_CALL(restart_syscall),
    POSTERN_CALL(exit_group),
};

}  // namespace

const SandboxProfile kListenerProfile{"listener", kCalls, {}};

}  // namespace postern::daemon
