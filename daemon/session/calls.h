// SPDX-License-Identifier: BSD-2-Clause
// The system calls of a session, whatever it speaks.
#pragma once

#include "daemon/keeper/packet.h"
#include "daemon/listener/connection.h"

namespace postern::daemon {

// kSessionCalls: no file is opened, no socket made, nothing executed (PV-6).
inline constexpr AllowedCall kSessionCalls[] = {
    // the client: read from, sent to; the keeper: one packet at a time; what a keeper lends: read
    POSTERN_CALLS_OF_SESSION_CHANNEL, POSTERN_CALL(read), POSTERN_CALL(close), POSTERN_CALL(clock_gettime),
    POSTERN_CALLS_OF_A_CONNECTION,
};

}  // namespace postern::daemon
