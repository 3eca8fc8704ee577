// SPDX-License-Identifier: BSD-2-Clause
// POP3's requests and replies as packets on a SOCK_SEQPACKET pair.
#pragma once

#include <cstdint>

#include "daemon/keeper/packet.h"
#include "daemon/keeper/protocol.h"
#include "daemon/sys/fd.h"
#include "daemon/sys/result.h"

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

}  // namespace postern::daemon
