// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "daemon/sys/sandbox.h"

namespace postern::daemon {

// kTlsProfile: what the tls module itself may do: read the files that it was given, receive connections,
// fork. It opens nothing, and reads nothing from the network. Its workers' lines are added.
extern const SandboxProfile kTlsProfile;

// kTlsWorkerProfile: one connection: octets in, octets out. It opens nothing and starts nothing.
extern const SandboxProfile kTlsWorkerProfile;

}  // namespace postern::daemon
