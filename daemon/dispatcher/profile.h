// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <span>

#include "daemon/sys/sandbox.h"

namespace postern::daemon {

// kDispatcherProfile: what the dispatcher calls itself from its sandbox on, and what its modules call between
// exec and their own. Filters are inherited, so the lines of every module are added when it is prepared:
// what keeps the dispatcher from accepting is that accept(2) is not in its executable.
extern const SandboxProfile kDispatcherProfile;

// module_profiles returns the profiles of all processes below the dispatcher.
[[nodiscard]] std::span<const SandboxProfile* const> module_profiles();

}  // namespace postern::daemon
