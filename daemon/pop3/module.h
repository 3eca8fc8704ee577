// SPDX-License-Identifier: BSD-2-Clause
// The POP3 module: what its listener runs for each connection.
#pragma once

#include "daemon/listener/connection.h"
#include "daemon/sys/sandbox.h"

namespace postern::daemon {

// kPop3SessionProfile: what a session may do. No file can be opened, no socket made, connected or accepted,
// nothing started; descriptors come from the keeper and are read and closed.
extern const SandboxProfile kPop3SessionProfile;

// run_pop3_session is the life of a session's process. Returns its exit status.
int run_pop3_session(const Settings& settings, const ConnectionRecord& record, SessionChannels channels);

// kPop3Module: session and keeper with their profiles.
extern const ModuleSpec kPop3Module;

}  // namespace postern::daemon
