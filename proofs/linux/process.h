// SPDX-License-Identifier: BSD-2-Clause
//
// A thread's credentials as the kernel tells them, and the model's calls as system calls: raw ones, for
// libc's wrappers do more than one thing, and to every thread at once. To the kernel credentials are each
// thread's own.
#pragma once

#include <cstdio>
#include <string>
#include <thread>

#include "core/permission_model/exec.h"

namespace postern::proofs {

// credentials_of reads the text of a /proc/PID/status, and takes the securebits, which are not in it. Ends
// the process with status 2 if something is missing: no caller can go on.
[[nodiscard]] permission::Credentials credentials_of(const std::string& status, unsigned securebits);

// credentials_here: the calling thread's. Ends the process as credentials_of does.
[[nodiscard]] permission::Credentials credentials_here();

// perform makes `call` (all but kExec) in the calling thread and returns 0 or errno.
[[nodiscard]] int perform(const permission::Call& call);

// errno_of: what a system call leaves in errno where the model answers `error`.
[[nodiscard]] int errno_of(permission::CallError error);

// kernel_is_at_least: of the running kernel.
[[nodiscard]] bool kernel_is_at_least(unsigned major, unsigned minor);

// is_root_enough: root with what the model has rules for. Without, it says loudly in the ledger's line of
// `key` that nothing was tested.
[[nodiscard]] bool is_root_enough(const char* key);
inline constexpr const char* kTakesRoot = "SKIPPED: takes root and its capabilities";

// show writes one line to stderr.
void show(const char* whose, int error, const permission::Credentials& credentials);

// in_thread: what `holds` answers, asked in a thread of its own, whose credentials end with it.
template <typename Holds>
[[nodiscard]] bool in_thread(Holds holds) {
  bool answer = false;
  std::thread([&] { answer = holds(); }).join();
  return answer;
}

}  // namespace postern::proofs
