// SPDX-License-Identifier: BSD-2-Clause
// For tests: a function of ours in a process of its own, stopped or killed at each of its system calls, one
// after the other.
#pragma once

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>

namespace postern::daemon {

// run_stopped_at forks, lets `run` make `calls` system-call stops (two a call: before and after it), calls
// `at_stop` with the process id, and lets it run to its end. Returns whether it came that far; `status` is as
// waitpid(2) gives it.
inline bool run_stopped_at(unsigned calls, const std::function<int()>& run,
                           const std::function<void(pid_t)>& at_stop, int& status) {
  const pid_t child = fork();
  if (child == 0) {
    if (ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0 || raise(SIGSTOP) != 0) _exit(99);
    _exit(run());
  }
  EXPECT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSTOPPED(status)) << status;
  for (unsigned i = 0; i < calls; ++i) {
    EXPECT_EQ(ptrace(PTRACE_SYSCALL, child, nullptr, nullptr), 0);
    EXPECT_EQ(waitpid(child, &status, 0), child);
    if (WIFEXITED(status)) return false;
  }
  at_stop(child);
  (void)ptrace(PTRACE_DETACH, child, nullptr, nullptr);  // at_stop may have killed it
  EXPECT_EQ(waitpid(child, &status, 0), child);
  return true;
}

// run_killed_at kills it there with SIGKILL. Returns whether `run` had ended by itself before; its exit
// status then must be 0.
inline bool run_killed_at(unsigned calls, const std::function<int()>& run) {
  int status = 0;
  const auto kill_it = [](pid_t child) { EXPECT_EQ(kill(child, SIGKILL), 0); };
  if (run_stopped_at(calls, run, kill_it, status)) return false;
  EXPECT_EQ(WEXITSTATUS(status), 0);
  return true;
}

}  // namespace postern::daemon
