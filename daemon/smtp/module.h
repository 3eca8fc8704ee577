// SPDX-License-Identifier: BSD-2-Clause
// The SMTP module: what its listener runs for each connection.
#pragma once

#include "daemon/listener/connection.h"
#include "daemon/sys/sandbox.h"

namespace postern::daemon {

// kSmtpSessionProfile: what a session may do. No file can be opened, no socket made, connected or accepted,
// nothing started, no descriptor received.
extern const SandboxProfile kSmtpSessionProfile;

// run_smtp_session is the life of a session's process. Returns its exit status.
int run_smtp_session(const Settings& settings, const ConnectionRecord& record, SessionChannels channels);

// smtp_endpoints: where the module listens.
[[nodiscard]] std::span<const Endpoint> smtp_endpoints(const Settings& settings);

// kSmtpModule: session and keeper with their profiles.
extern const ModuleSpec kSmtpModule;

}  // namespace postern::daemon
