// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "daemon/sys/sandbox.h"

namespace postern::daemon {

// kListenerProfile: what a listener itself may do: accept, fork, reap. It reads nothing from the network and
// opens nothing. Its children's lines are added when it is prepared: filters are inherited.
extern const SandboxProfile kListenerProfile;

}  // namespace postern::daemon
