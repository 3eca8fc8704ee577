// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "daemon/sys/sandbox.h"

namespace postern::daemon {

// kLoggerProfile: what the logger may do: read lines, write the log. It can open nothing.
extern const SandboxProfile kLoggerProfile;

}  // namespace postern::daemon
