// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/dispatcher/profile.h"

#include <fcntl.h>
#include <linux/memfd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "daemon/imap/keeper.h"
#include "daemon/imap/session_module.h"
#include "daemon/keeper/keeper.h"
#include "daemon/listener/profile.h"
#include "daemon/logger/profile.h"
#include "daemon/pop3/module.h"
#include "daemon/resolver/profile.h"
#include "daemon/smtp/keeper.h"
#include "daemon/smtp/module.h"
#include "daemon/tls/profile.h"

namespace postern::daemon {
namespace {

constexpr AllowedCall kCalls[] = {
    // supervising
    POSTERN_CALL(rt_sigtimedwait), POSTERN_CALL(wait4), POSTERN_CALL(kill), POSTERN_CALL(clone),
    POSTERN_CALL(sendto), POSTERN_CALL(write), POSTERN_CALL(clock_gettime), POSTERN_CALL(getpid),
    POSTERN_CALL(getresuid), POSTERN_CALL(getresgid), POSTERN_CALL(exit_group), POSTERN_CALL(rt_sigreturn),
    POSTERN_CALL(restart_syscall),
    // becoming a module
    POSTERN_CALL_IF(setpgid, argument_int(0, 0), argument_int(1, 0)), POSTERN_CALL(getppid),
    POSTERN_CALL_IF(prctl, argument_int(0, PR_SET_PDEATHSIG), argument(1, SIGTERM)),
    POSTERN_CALL(rt_sigprocmask), POSTERN_CALL_IF(fcntl, argument_int(1, F_DUPFD_CLOEXEC)),
    POSTERN_CALL(dup2), POSTERN_CALL(close_range), POSTERN_CALL_IF(execveat, argument_int(4, AT_EMPTY_PATH)),
    // a program's start: C library and loader
    POSTERN_CALL(brk), POSTERN_CALL(mmap), POSTERN_CALL(munmap), POSTERN_CALL(mremap), POSTERN_CALL(mprotect),
    POSTERN_CALL(set_tid_address), POSTERN_CALL(set_robust_list), POSTERN_CALL(rseq),
    POSTERN_CALL_IF(prlimit64, argument_int(0, 0), argument(2, 0)), POSTERN_CALL(getrandom),
    POSTERN_CALL(futex), POSTERN_CALL(uname), POSTERN_CALL(rt_sigaction), POSTERN_CALL(close),
    POSTERN_CALL(read), POSTERN_CALL(pread64), POSTERN_CALL(fstat), POSTERN_CALL(newfstatat),
    POSTERN_CALL(readlinkat), POSTERN_CALL(faccessat),
    POSTERN_CALL_IF(openat, without(2, O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND)),
#ifdef SYS_arch_prctl
    POSTERN_CALL(arch_prctl), POSTERN_CALL(readlink), POSTERN_CALL(access),
#endif
    // a module reads back what it is, and builds its sandbox
    POSTERN_CALL(getgroups), POSTERN_CALL(capget), POSTERN_CALL_IF(prctl, argument_int(0, PR_CAPBSET_READ)),
    POSTERN_CALL_IF(prctl, argument_int(0, PR_CAP_AMBIENT), argument(1, PR_CAP_AMBIENT_IS_SET)),
    POSTERN_CALL_IF(prctl, argument_int(0, PR_GET_NO_NEW_PRIVS)),
    POSTERN_CALL_IF(prctl, argument_int(0, PR_GET_DUMPABLE)),
    POSTERN_CALL_IF(fcntl, argument_int(1, F_GET_SEALS)),
    POSTERN_CALL_IF(getsockopt, argument_int(1, SOL_SOCKET), argument_int(2, SO_ACCEPTCONN)),
    POSTERN_CALL_IF(setsockopt, argument_int(1, SOL_SOCKET)), POSTERN_CALL(memfd_create), POSTERN_CALL(lseek),
    POSTERN_CALL(landlock_create_ruleset), POSTERN_CALL(landlock_add_rule), POSTERN_CALL(signalfd4),
    POSTERN_CALL(seccomp),  // libseccomp asks what the kernel knows, then installs
};

// Modules are started from memory; where that is forbidden, from the tree.
constexpr FileRule kFiles[] = {{Place::kExecutables, rights::kExecute | rights::kReadFile}};

}  // namespace

const SandboxProfile kDispatcherProfile{"dispatcher", kCalls, kFiles};

std::span<const SandboxProfile* const> module_profiles() {
  static constexpr const SandboxProfile* kAll[] = {
      &kLoggerProfile,     &kResolverProfile,    &kListenerProfile,   &kPop3SessionProfile,
      &kKeeperProfile,     &kSmtpSessionProfile, &kSmtpKeeperProfile, &kImapSessionProfile,
      &kImapKeeperProfile, &kTlsProfile,         &kTlsWorkerProfile};
  return kAll;
}

}  // namespace postern::daemon
