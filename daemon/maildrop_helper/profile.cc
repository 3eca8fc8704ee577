// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/maildrop_helper/profile.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <array>

#include "core/permission_model/maildrop_rules.h"
#include "daemon/sys/name_service_calls.h"

namespace postern::daemon {
namespace {

constexpr int kNewFileFlags = O_TMPFILE | O_RDWR | O_CLOEXEC;

constexpr FileRule kSpoolFiles[] = {
    {Place::kMaildropSpool, rights::kReadFile | rights::kWriteFile | rights::kMakeFile}};

constexpr AllowedCall kNamesCalls[] = {POSTERN_CALLS_OF_THE_NAME_SERVICE};
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
