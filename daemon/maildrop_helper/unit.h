// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "daemon/config/settings.h"
#include "daemon/sys/result.h"

namespace postern::daemon {

// take_up_unit is for a helper that a service manager has started, as root, for one connection to its socket
// (Accept=yes; descriptor 3): it reads the settings from `config`, which must be root's (DT-3), and puts log,
// connection and lifeline where the dispatcher would have. Before anything is read from the connection it
// asks the kernel who has made it; an Error, and a line of the log, unless that is the MTA user (MD-4).
[[nodiscard]] Result<void> take_up_unit(const char* config, Settings& settings);

}  // namespace postern::daemon
