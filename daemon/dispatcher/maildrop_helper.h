// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <string>
#include <vector>

#include "daemon/dispatcher/supervisor.h"
#include "daemon/sys/result.h"

namespace postern::daemon {

// start_maildrop_helper starts postern-maildrop-helper, which lies beside posternd, and waits until it says
// that it can work: spool, cage and name look-up are as they must be then. Fills in `wiring.maildrops` and
// `wiring.helper`. Requires root, no_new_privs, and settings and channels in `wiring` (PV-5).
[[nodiscard]] Result<void> start_maildrop_helper(Wiring& wiring);

// check_maildrop_helper returns what would stop start_maildrop_helper, for --check.
[[nodiscard]] std::vector<std::string> check_maildrop_helper(const Settings& settings);

}  // namespace postern::daemon
