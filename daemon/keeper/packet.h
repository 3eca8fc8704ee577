// SPDX-License-Identifier: BSD-2-Clause
// Packets between a session and its keeper, whatever is in them: one question, one answer, at most one
// descriptor in flight. A protocol's own records are made of them in its channel.
#pragma once

#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "daemon/sys/fd.h"
#include "daemon/sys/result.h"
#include "daemon/sys/sandbox.h"

namespace postern::daemon {

// receive_question waits for the session's next packet and returns its length; 0: the session has gone. An
// Error: something was added to it, or it came before the last answer was taken; whoever gets one ends.
// `room` must be larger than the largest packet that is none too long. Descriptors are never received.
[[nodiscard]] Result<std::size_t> receive_question(int session, std::span<char> room);

// send_answer answers; `file` (-1: none) is lent for the time of the call. Never blocks.
[[nodiscard]] Result<void> send_answer(int session, std::span<const char> packet, int file = -1);

// send_question asks the keeper. Never blocks: the session asks again only after an answer.
[[nodiscard]] Result<void> send_question(int keeper, std::span<const char> packet);

// AnswerPacket is how much of the room was filled, and the descriptor that came with it, if one did.
struct AnswerPacket {
  std::size_t length = 0;
  Fd file;
};

// receive_answer_packet waits for the keeper's answer for at most `patience_ms`.
[[nodiscard]] Result<AnswerPacket> receive_answer_packet(int keeper, std::span<char> room, int patience_ms);

// sayable: `text` where it can be an account's name or a password of at most `limit` octets, or a text that
// can be no account's: what no packet has room for is to be asked for as well (AD-L2).
[[nodiscard]] std::string_view sayable(std::string_view text, std::size_t limit);

// session_out_of_turn, keeper_failed: the two ways in which the other end of a channel fails.
[[nodiscard]] Error session_out_of_turn(std::string what);
[[nodiscard]] Error keeper_failed(std::string what);

// The system calls of either side: to be put in its list. A session sends without an address and without
// control data, and takes packets off the queue when it reads them.
#define POSTERN_CALLS_OF_KEEPER_CHANNEL                             \
  POSTERN_CALL(recvmsg), POSTERN_CALL(sendmsg), POSTERN_CALL(poll), \
      POSTERN_CALL_IF(ioctl, ::postern::daemon::argument_int(1, TIOCOUTQ))
#define POSTERN_CALLS_OF_SESSION_CHANNEL                                          \
  POSTERN_CALL_IF(recvmsg, ::postern::daemon::argument_int(2, MSG_CMSG_CLOEXEC)), \
      POSTERN_CALL_IF(sendto, ::postern::daemon::argument(4, 0)), POSTERN_CALL(poll)

}  // namespace postern::daemon
