// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "daemon/sys/sandbox.h"

namespace postern::daemon {

// kResolverProfile: what the resolver and its children may do: read what the name service reads, talk to name
// servers and to local name service daemons, write to the pipes they are sent. It can write no file.
extern const SandboxProfile kResolverProfile;

}  // namespace postern::daemon
