// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/maildrop_helper/profile.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <array>

#include "core/permission_model/maildrop_rules.h"

namespace postern::daemon {
namespace {

constexpr int kNewFileFlags = O_TMPFILE | O_RDWR | O_CLOEXEC;

constexpr FileRule kSpoolFiles[] = {
    {Place::kMaildropSpool, rights::kReadFile | rights::kWriteFile | rights::kMakeFile}};

constexpr auto kReadOnly = without(2, O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND);

constexpr AllowedCall kNamesCalls[] = {
    POSTERN_CALL(recvfrom),
    POSTERN_CALL(sendto),
    POSTERN_CALL(sendmsg),
    POSTERN_CALL(recvmsg),
    POSTERN_CALL(exit_group),
    POSTERN_CALL(rt_sigreturn),
    POSTERN_CALL(restart_syscall),
    // files of the name service, read only
    POSTERN_CALL_IF(openat, kReadOnly),
    POSTERN_CALL(read),
    POSTERN_CALL(pread64),
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
    POSTERN_CALL(readlinkat),
    POSTERN_CALL(getdents64),
    // local daemons; no network
    POSTERN_CALL_IF(socket, argument_int(0, AF_UNIX)),
    POSTERN_CALL(connect),
    POSTERN_CALL(getpeername),
    POSTERN_CALL(getsockopt),
    POSTERN_CALL(setsockopt),
    POSTERN_CALL(ppoll),
    POSTERN_CALL(write),
    // memory; modules of the name service are mapped in
    POSTERN_CALL(mmap),
    POSTERN_CALL(munmap),
    POSTERN_CALL(mremap),
    POSTERN_CALL(mprotect),
    POSTERN_CALL(madvise),
    POSTERN_CALL(brk),
    POSTERN_CALL(futex),
    POSTERN_CALL(getrandom),
    POSTERN_CALL(rt_sigprocmask),
    POSTERN_CALL(rt_sigaction),
    POSTERN_CALL(uname),
    POSTERN_CALL(getpid),
    POSTERN_CALL(gettid),
    POSTERN_CALL(geteuid),
    POSTERN_CALL(getuid),
    POSTERN_CALL(clock_gettime),
#ifdef SYS_poll
    POSTERN_CALL(poll),
    POSTERN_CALL(access),
    POSTERN_CALL(stat),
    POSTERN_CALL(readlink),
    POSTERN_CALL_IF(open, without(1, O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND)),
#endif
};
constexpr FileRule kNamesFiles[] = {{Place::kNameService, rights::kRead | rights::kExecute}};

}  // namespace

const SandboxProfile& maildrop_helper_profile(gid_t group) {
  static const std::array calls{
      POSTERN_CALL(ppoll),
      POSTERN_CALL_IF(recvfrom, argument_int(0, kHelperRequests)),
      POSTERN_CALL_IF(recvfrom, argument_int(0, kHelperNames)),
      POSTERN_CALL_IF(sendto, argument_int(0, kHelperRequests)),
      POSTERN_CALL_IF(sendto, argument_int(0, kHelperNames)),
      POSTERN_CALL_IF(sendto, argument_int(0, kHelperLog)),
      POSTERN_CALL_IF(write, argument_int(0, kHelperReady)),
      POSTERN_CALL_IF(openat, argument_int(0, kHelperSpool), argument_int(2, kNewFileFlags),
                      argument_int(3, 0)),
      POSTERN_CALL_IF(fchmod, argument_int(0, kHelperNewFile),
                      argument_int(1, int{permission::kMaildropMode})),
      POSTERN_CALL_IF(fchown, argument_int(0, kHelperNewFile), argument_int(2, static_cast<int>(group))),
      POSTERN_CALL(fstat),
      POSTERN_CALL_IF(newfstatat, argument_int(3, AT_EMPTY_PATH)),  // fstat(3) of some C libraries
      POSTERN_CALL_IF(newfstatat, argument_int(0, kHelperSpool), argument_int(3, AT_SYMLINK_NOFOLLOW)),
      POSTERN_CALL_IF(fsync, argument_int(0, kHelperNewFile)),
      POSTERN_CALL_IF(fsync, argument_int(0, kHelperSpool)),
      POSTERN_CALL_IF(linkat, argument_int(0, AT_FDCWD), argument_int(2, kHelperSpool),
                      argument_int(4, AT_SYMLINK_FOLLOW)),
      POSTERN_CALL_IF(close, argument_int(0, kHelperNewFile)),
      POSTERN_CALL(exit_group),
      POSTERN_CALL(rt_sigreturn),
      POSTERN_CALL(restart_syscall),
  };
  static const SandboxProfile profile{"maildrop-helper", calls, kSpoolFiles};
  return profile;
}

const SandboxProfile kHelperNamesProfile{"maildrop-helper-names", kNamesCalls, kNamesFiles};

}  // namespace postern::daemon
