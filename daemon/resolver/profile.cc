// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/resolver/profile.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>

namespace postern::daemon {
namespace {

constexpr auto kReadOnly = without(2, O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND);

constexpr AllowedCall kCalls[] = {
    // questions, children, answers
    POSTERN_CALL(recvmsg),
    POSTERN_CALL(clone),
    POSTERN_CALL(wait4),
    POSTERN_CALL(write),
    POSTERN_CALL(exit_group),
    POSTERN_CALL(rt_sigaction),
    POSTERN_CALL(rt_sigprocmask),
    POSTERN_CALL(rt_sigreturn),
    POSTERN_CALL(rt_sigtimedwait),
    POSTERN_CALL(setitimer),
    POSTERN_CALL(set_robust_list),
    POSTERN_CALL(gettid),
    POSTERN_CALL(getpid),
    POSTERN_CALL(clock_gettime),
    POSTERN_CALL(restart_syscall),
    // files of the name service, read only
    POSTERN_CALL_IF(openat, kReadOnly),
    POSTERN_CALL(read),
    POSTERN_CALL(pread64),
    POSTERN_CALL(readv),
    POSTERN_CALL(close),
    POSTERN_CALL(fstat),
    POSTERN_CALL(newfstatat),
    POSTERN_CALL(lseek),
    POSTERN_CALL(statx),
    POSTERN_CALL_IF(fcntl, argument_int(1, F_GETFL)),
    POSTERN_CALL_IF(fcntl, argument_int(1, F_SETFD)),
    POSTERN_CALL_IF(fcntl, argument_int(1, F_GETFD)),
    POSTERN_CALL_IF(fcntl, argument_int(1, F_SETFL), without(2, O_ASYNC)),
    POSTERN_CALL(faccessat),
    POSTERN_CALL(faccessat2),
    POSTERN_CALL(readlinkat),
    POSTERN_CALL(getdents64),
    // name servers, local daemons, the routing table
    POSTERN_CALL_IF(socket, argument_int(0, AF_INET)),
    POSTERN_CALL_IF(socket, argument_int(0, AF_INET6)),
    POSTERN_CALL_IF(socket, argument_int(0, AF_UNIX)),
    POSTERN_CALL_IF(socket, argument_int(0, AF_NETLINK)),
    POSTERN_CALL(connect),
    POSTERN_CALL(bind),
    POSTERN_CALL(getsockname),
    POSTERN_CALL(getpeername),
    POSTERN_CALL(setsockopt),
    POSTERN_CALL(getsockopt),
    POSTERN_CALL(sendto),
    POSTERN_CALL(sendmsg),
    POSTERN_CALL(sendmmsg),
    POSTERN_CALL(recvfrom),
    POSTERN_CALL(ppoll),
    POSTERN_CALL(writev),
    POSTERN_CALL_IF(ioctl, argument_int(1, FIONREAD)),
    // memory; modules of the name service are mapped in
    POSTERN_CALL(mmap),
    POSTERN_CALL(munmap),
    POSTERN_CALL(mremap),
    POSTERN_CALL(mprotect),
    POSTERN_CALL(madvise),
    POSTERN_CALL(brk),
    POSTERN_CALL(futex),
    POSTERN_CALL(getrandom),
    POSTERN_CALL(uname),
    POSTERN_CALL(sysinfo),
    POSTERN_CALL(geteuid),
    POSTERN_CALL(getuid),
    POSTERN_CALL(getegid),
    POSTERN_CALL(getgid),
#ifdef SYS_poll
    POSTERN_CALL(poll),
    POSTERN_CALL(access),
    POSTERN_CALL(stat),
    POSTERN_CALL(readlink),
    POSTERN_CALL_IF(open, without(1, O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND)),
    POSTERN_CALL(time),
    POSTERN_CALL(gettimeofday),
#endif
};

constexpr FileRule kFiles[] = {{Place::kNameService, rights::kRead | rights::kExecute}};

}  // namespace

const SandboxProfile kResolverProfile{"resolver", kCalls, kFiles};

}  // namespace postern::daemon
