// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <string>
#include <vector>

#include "daemon/config/settings.h"

namespace postern::daemon {

// check_trees looks at what the daemon begins from: the directories of the three trees, and everything in
// executables. Returns every finding: owner, group, mode, kind, names (DT-1, DT-2, DT-4), by core's rules.
// Empty: all is well.
[[nodiscard]] std::vector<std::string> check_trees(const Settings& settings);

// audit_trees looks at everything in the three trees. What goes away meanwhile is no finding: mail moves.
[[nodiscard]] std::vector<std::string> audit_trees(const Settings& settings);

}  // namespace postern::daemon
