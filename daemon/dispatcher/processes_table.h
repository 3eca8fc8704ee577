// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <string>

#include "daemon/config/settings.h"

namespace postern::daemon {

// processes_table returns the text of `posternd --processes`: each process with its ids, groups and
// capabilities, what it reads, writes and executes, and its system calls: from the very profiles that are
// enforced.
[[nodiscard]] std::string processes_table(const Settings& settings);

}  // namespace postern::daemon
