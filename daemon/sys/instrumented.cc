// SPDX-License-Identifier: BSD-2-Clause
// What a build with sanitizers or coverage calls besides. Empty in every other build.
#include <sys/syscall.h>

#include "daemon/sys/sandbox.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || defined(POSTERN_COVERAGE)
#define POSTERN_INSTRUMENTED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer) || __has_feature(coverage_sanitizer)
#define POSTERN_INSTRUMENTED 1
#endif
#endif

namespace postern::daemon {

#ifdef POSTERN_INSTRUMENTED
namespace {
constexpr AllowedCall kInstrumentedCalls[] = {
    POSTERN_CALL(read),           POSTERN_CALL(write),
    POSTERN_CALL(openat),         POSTERN_CALL(close),
    POSTERN_CALL(mmap),           POSTERN_CALL(munmap),
    POSTERN_CALL(mremap),         POSTERN_CALL(mprotect),
    POSTERN_CALL(madvise),        POSTERN_CALL(sigaltstack),
    POSTERN_CALL(rt_sigaction),   POSTERN_CALL(futex),
    POSTERN_CALL(rt_sigprocmask), POSTERN_CALL(gettid),
    POSTERN_CALL(getpid),         POSTERN_CALL(tgkill),
    POSTERN_CALL(readlinkat),     POSTERN_CALL(sched_yield),
    POSTERN_CALL(clone),          POSTERN_CALL(wait4),
    POSTERN_CALL(prlimit64),      POSTERN_CALL(ptrace),
    POSTERN_CALL(prctl),          POSTERN_CALL(lseek),
    POSTERN_CALL(newfstatat),     POSTERN_CALL(fstat),
    POSTERN_CALL(uname),
    POSTERN_CALL(pipe2),  // how it asks whether a pointer can be read
    POSTERN_CALL(ftruncate),      POSTERN_CALL(fcntl),
    POSTERN_CALL(getcwd),         POSTERN_CALL(sched_getaffinity),
    POSTERN_CALL(exit_group),     POSTERN_CALL(brk),
    POSTERN_CALL(clock_gettime),
#ifdef SYS_readlink
    POSTERN_CALL(readlink),       POSTERN_CALL(stat),
#endif
};
}  // namespace
std::span<const AllowedCall> instrumented_calls() {
  return kInstrumentedCalls;
}
#else
std::span<const AllowedCall> instrumented_calls() {
  return {};
}
#endif

}  // namespace postern::daemon
