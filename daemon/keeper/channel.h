// SPDX-License-Identifier: BSD-2-Clause
// The packets between a session and its keeper, on a SOCK_SEQPACKET pair.
#pragma once

#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cstdint>

#include "daemon/keeper/protocol.h"
#include "daemon/sys/fd.h"
#include "daemon/sys/result.h"
#include "daemon/sys/sandbox.h"

namespace postern::daemon {

// receive_request waits for the next request. False: the session has gone. An Error is a packet that is no
// request, or one that came before the last answer was taken (so at most one descriptor is in flight);
// whoever gets one ends. Descriptors that a session sends along are never received.
[[nodiscard]] Result<bool> receive_request(int session, Request& request);

// send_reply answers; `file` (-1: none) is lent for the time of the call.
[[nodiscard]] Result<void> send_reply(int session, const Reply& reply, int file = -1);

// send_request asks the keeper. Never blocks: the session asks again only after an answer.
[[nodiscard]] Result<void> send_request(int keeper, const Request& request);

// Answer is a reply and the descriptor that came with it, if one did.
struct Answer {
  Reply reply;
  Fd file;
};

// receive_answer waits for the keeper's answer to `kind` for at most `patience_ms`.
[[nodiscard]] Result<Answer> receive_answer(int keeper, RequestKind kind, int patience_ms);

// The system calls of either side: to be put in its list. A session sends without an address and without
// control data, and takes packets off the queue when it reads them.
#define POSTERN_CALLS_OF_KEEPER_CHANNEL                             \
  POSTERN_CALL(recvmsg), POSTERN_CALL(sendmsg), POSTERN_CALL(poll), \
      POSTERN_CALL_IF(ioctl, ::postern::daemon::argument_int(1, TIOCOUTQ))
#define POSTERN_CALLS_OF_SESSION_CHANNEL                                          \
  POSTERN_CALL_IF(recvmsg, ::postern::daemon::argument_int(2, MSG_CMSG_CLOEXEC)), \
      POSTERN_CALL_IF(sendto, ::postern::daemon::argument(4, 0)), POSTERN_CALL(poll)

}  // namespace postern::daemon
