// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/logger/profile.h"

namespace postern::daemon {
namespace {

constexpr AllowedCall kCalls[] = {
    POSTERN_CALL(recvmsg),         POSTERN_CALL(ppoll),      POSTERN_CALL(write),
    POSTERN_CALL(clock_gettime),   POSTERN_CALL(exit_group), POSTERN_CALL(rt_sigreturn),
    POSTERN_CALL(restart_syscall),
};

}  // namespace

const SandboxProfile kLoggerProfile{"logger", kCalls, {}};

}  // namespace postern::daemon
