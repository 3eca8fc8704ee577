// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "daemon/config/settings.h"

namespace postern::daemon {

// system_users asks the name service for mta-user and mta-group.
[[nodiscard]] UserLookup system_users();

}  // namespace postern::daemon
