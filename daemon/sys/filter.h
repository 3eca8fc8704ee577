// SPDX-License-Identifier: BSD-2-Clause
// seccomp programs, made by libseccomp from an allow list.
#pragma once

#include <linux/filter.h>

#include <span>
#include <vector>

#include "daemon/sys/result.h"
#include "daemon/sys/sandbox.h"

namespace postern::daemon {

using FilterProgram = std::vector<sock_filter>;

// compile_filter makes the program that allows exactly `calls`. Any other call kills the process; clone3 and
// calls newer than this build answer ENOSYS, so that a newer C library falls back; calls of a foreign
// architecture kill the process.
[[nodiscard]] Result<FilterProgram> compile_filter(std::span<const AllowedCall> calls);

// compile_filter_apart does the same in a child, which it waits for. libseccomp leaves a heap in pieces, and
// whoever forks later has each of its children copy a page for every piece that it takes. For processes that
// fork, before they enter a sandbox. The child's SIGCHLD may stay pending. If somebody kills the child, the
// program is made here after all.
[[nodiscard]] Result<FilterProgram> compile_filter_apart(std::span<const AllowedCall> calls);

// enter_filter installs a program for good. Requires no_new_privs.
[[nodiscard]] Result<void> enter_filter(const FilterProgram& program);

}  // namespace postern::daemon
