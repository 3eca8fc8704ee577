// SPDX-License-Identifier: BSD-2-Clause
//
// name_service_calls.h: what the C library's name service calls, for the processes that ask it (PV-6): the
// resolver, and the maildrop helper's names child. It reads its files, maps its modules in, and talks to
// local daemons; who may reach a network says so beside it. libnss_systemd has its own way to wait, and the
// library that it brings along asks for the bounding set when it is loaded.
#pragma once

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "daemon/sys/sandbox.h"

#ifdef SYS_poll
#define POSTERN_OLDER_CALLS_OF_THE_NAME_SERVICE                                           \
  POSTERN_CALL(poll), POSTERN_CALL(epoll_wait), POSTERN_CALL(access), POSTERN_CALL(stat), \
      POSTERN_CALL(readlink),                                                             \
      POSTERN_CALL_IF(open, without(1, O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND)),
#else
#define POSTERN_OLDER_CALLS_OF_THE_NAME_SERVICE
#endif

#define POSTERN_CALLS_OF_THE_NAME_SERVICE                                                                    \
  /* files, read only */                                                                                     \
  POSTERN_CALL_IF(openat, without(2, O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND)), POSTERN_CALL(read), \
      POSTERN_CALL(pread64), POSTERN_CALL(close), POSTERN_CALL(fstat), POSTERN_CALL(newfstatat),             \
      POSTERN_CALL(lseek), POSTERN_CALL(statx), POSTERN_CALL_IF(fcntl, argument_int(1, F_GETFL)),            \
      POSTERN_CALL_IF(fcntl, argument_int(1, F_SETFD)), POSTERN_CALL_IF(fcntl, argument_int(1, F_GETFD)),    \
      POSTERN_CALL_IF(fcntl, argument_int(1, F_SETFL), without(2, O_ASYNC)), POSTERN_CALL(faccessat),        \
      POSTERN_CALL(readlinkat), POSTERN_CALL(getdents64), /* local daemons; no network */                    \
      POSTERN_CALL_IF(socket, argument_int(0, AF_UNIX)), POSTERN_CALL(connect), POSTERN_CALL(getpeername),   \
      POSTERN_CALL(getsockopt), POSTERN_CALL(setsockopt), POSTERN_CALL(sendto), POSTERN_CALL(sendmsg),       \
      POSTERN_CALL(recvfrom), POSTERN_CALL(recvmsg), POSTERN_CALL(ppoll), POSTERN_CALL(epoll_create1),       \
      POSTERN_CALL(epoll_ctl), POSTERN_CALL(epoll_pwait), POSTERN_CALL(timerfd_create),                      \
      POSTERN_CALL(timerfd_settime), POSTERN_CALL_IF(prctl, argument_int(0, PR_CAPBSET_READ)),               \
      POSTERN_CALL(write), /* memory; its modules are mapped in */                                           \
      POSTERN_CALL(mmap), POSTERN_CALL(munmap), POSTERN_CALL(mremap), POSTERN_CALL(mprotect),                \
      POSTERN_CALL(madvise), POSTERN_CALL(brk), POSTERN_CALL(futex), POSTERN_CALL(getrandom),                \
      POSTERN_CALL(rt_sigprocmask), POSTERN_CALL(rt_sigaction), POSTERN_CALL(rt_sigreturn),                  \
      POSTERN_CALL(restart_syscall), POSTERN_CALL(exit_group), POSTERN_CALL(uname), POSTERN_CALL(getpid),    \
      POSTERN_CALL(gettid), POSTERN_CALL(geteuid), POSTERN_CALL(getuid),                                     \
      POSTERN_OLDER_CALLS_OF_THE_NAME_SERVICE POSTERN_CALL(clock_gettime)
