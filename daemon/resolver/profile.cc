// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/resolver/profile.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "daemon/sys/name_service_calls.h"

namespace postern::daemon {
namespace {

constexpr AllowedCall kCalls[] = {
    POSTERN_CALLS_OF_THE_NAME_SERVICE,
    // children
    POSTERN_CALL(clone),
    POSTERN_CALL(wait4),
    POSTERN_CALL(rt_sigtimedwait),
    POSTERN_CALL(setitimer),
    POSTERN_CALL(set_robust_list),
    // name servers, the routing table
    POSTERN_CALL_IF(socket, argument_int(0, AF_INET)),
    POSTERN_CALL_IF(socket, argument_int(0, AF_INET6)),
    POSTERN_CALL_IF(socket, argument_int(0, AF_NETLINK)),
    POSTERN_CALL(bind),
    POSTERN_CALL(getsockname),
    POSTERN_CALL(sendmmsg),
    POSTERN_CALL(readv),
    POSTERN_CALL(writev),
    POSTERN_CALL_IF(ioctl, argument_int(1, FIONREAD)),
    POSTERN_CALL(faccessat2),
    POSTERN_CALL(sysinfo),
    POSTERN_CALL(getegid),
    POSTERN_CALL(getgid),
#ifdef SYS_poll
    POSTERN_CALL(time),
    POSTERN_CALL(gettimeofday),
#endif
};

constexpr FileRule kFiles[] = {{Place::kNameService, rights::kRead | rights::kExecute}};

}  // namespace

const SandboxProfile kResolverProfile{"resolver", kCalls, kFiles};

}  // namespace postern::daemon
