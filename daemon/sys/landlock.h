// SPDX-License-Identifier: BSD-2-Clause
// Landlock by its three system calls: the one part of the sandbox for which there is no library in Debian 12.
#pragma once

#include <cstdint>
#include <span>

#include "daemon/sys/fd.h"
#include "daemon/sys/result.h"
#include "daemon/sys/sandbox.h"

namespace postern::daemon {

inline constexpr int kOldestLandlockAbi = 2;  // Debian 12's kernel

// landlock_abi returns the kernel's version, at most `cap` (0: no cap); Error if it is older than 2.
[[nodiscard]] Result<int> landlock_abi(int cap);

// make_ruleset makes a rule set that denies everything Landlock of this ABI knows, and allows what `rules`
// say of `places`. Newer ABIs' network and scope rules are added unless the name service is a place.
[[nodiscard]] Result<Fd> make_ruleset(int abi, std::span<const FileRule> rules,
                                      std::span<const PlacedPath> places);

// make_directory_ruleset makes one that allows `access` below an open directory and nothing else.
[[nodiscard]] Result<Fd> make_directory_ruleset(int abi, int directory, std::uint64_t access);

// enter_ruleset restricts this process for good. Requires no_new_privs.
[[nodiscard]] Result<void> enter_ruleset(int ruleset);

}  // namespace postern::daemon
