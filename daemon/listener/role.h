// SPDX-License-Identifier: BSD-2-Clause
// The frame of a session's and a keeper's life.
#pragma once

#include <functional>

#include "daemon/listener/connection.h"
#include "daemon/sys/result.h"

namespace postern::daemon {

// run_role enters the sandbox of `profile`, does `work` in it and returns the process's exit status: 0, or
// that of what failed, which is logged under the profile's name. `log` must stay open until it returns.
[[nodiscard]] int run_role(const SandboxProfile& profile, const ConnectionRecord& record, int log,
                           const std::function<Result<void>()>& work);

}  // namespace postern::daemon
