// SPDX-License-Identifier: BSD-2-Clause
// The IMAP module: what its listener runs for each connection.
#pragma once

#include "daemon/listener/connection.h"

namespace postern::daemon {

// kImapModule: session and keeper with their profiles.
extern const ModuleSpec kImapModule;

}  // namespace postern::daemon
