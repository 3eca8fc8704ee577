// SPDX-License-Identifier: BSD-2-Clause
// The IMAP session's process.
#pragma once

#include "daemon/listener/connection.h"
#include "daemon/sys/sandbox.h"

namespace postern::daemon {

// kImapSessionProfile: what a session may do: as POP3's, and read anywhere in what the keeper lends.
extern const SandboxProfile kImapSessionProfile;

// run_imap_session is the life of a session's process. Returns its exit status.
int run_imap_session(const Settings& settings, const ConnectionRecord& record, SessionChannels channels);

}  // namespace postern::daemon
