// SPDX-License-Identifier: BSD-2-Clause
// The system calls of a session, whatever it speaks.
#pragma once

#include "daemon/keeper/packet.h"
#include "daemon/listener/connection.h"
#include "daemon/tls/handoff.h"

namespace postern::daemon {

// No file is opened, no socket made that leads anywhere, nothing executed (PV-6). The client: read from, sent
// to; the keeper: one packet at a time; what a keeper lends: read. STARTTLS: one end of a pair and the client
// go to tls, on the one channel to it.
#define POSTERN_CALLS_OF_A_SESSION                                                     \
  POSTERN_CALLS_OF_SESSION_CHANNEL, POSTERN_CALLS_OF_HANDOFF,                          \
      POSTERN_CALL_IF(socketpair, ::postern::daemon::argument_int(0, AF_UNIX),         \
                      ::postern::daemon::argument_int(1, SOCK_STREAM | SOCK_CLOEXEC)), \
      POSTERN_CALL(read), POSTERN_CALL(close), POSTERN_CALL(clock_gettime), POSTERN_CALLS_OF_A_CONNECTION

inline constexpr AllowedCall kSessionCalls[] = {POSTERN_CALLS_OF_A_SESSION};

}  // namespace postern::daemon
