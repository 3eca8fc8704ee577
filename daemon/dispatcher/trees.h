// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <string>
#include <vector>

#include "daemon/config/settings.h"

namespace postern::daemon {

// check_trees looks at the directories of the three trees that the daemon begins from and returns every
// finding: owner, group, mode, kind (DT-1, DT-2, DT-4). Empty: all is well.
[[nodiscard]] std::vector<std::string> check_trees(const Settings& settings);

}  // namespace postern::daemon
