// SPDX-License-Identifier: BSD-2-Clause
// What a deliver process is told to deliver: one packet from its supervisor, the message's descriptor with
// it.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <optional>
#include <type_traits>

#include "daemon/deliver/letter.h"
#include "daemon/postoffice/queue_text.h"
#include "daemon/sys/fd.h"
#include "daemon/sys/result.h"

namespace postern::daemon {

// DeliverOrder crosses the channel as it is. Where it goes is not in it: that is what the process was started
// for.
struct DeliverOrder {
  char queue_id[32] = {};
  char sender[kQueuePathLimit + 2] = {};
  std::int64_t accepted_at = 0;
  std::uint64_t begin = 0;
  std::uint64_t length = 0;
  AppendRecord earlier;  // counts if has_earlier is 1
  std::uint32_t has_earlier = 0;
  std::uint32_t is_retry = 0;
  std::uint32_t user_id = 0;  // of the maildrop's user
};
static_assert(std::is_trivially_copyable_v<DeliverOrder>);

// order_of makes an order of a letter; its descriptor is sent beside it.
[[nodiscard]] DeliverOrder order_of(const Letter& letter, const std::optional<AppendRecord>& earlier,
                                    bool is_retry, std::uint32_t user_id);

// give_order sends it, and `message`, which stays the caller's. Never waits; an Error: nothing was sent.
[[nodiscard]] Result<void> give_order(int channel, const DeliverOrder& order, int message);

// TakenOrder is an order as deliver has it; `message` is open.
struct TakenOrder {
  DeliverOrder order;
  Fd message;

  [[nodiscard]] Letter letter() const;
};

// take_order waits for the next order; nothing: there will be none, the supervisor has closed its end. An
// Error: what came is no order.
[[nodiscard]] Result<std::optional<TakenOrder>> take_order(int channel);

// The system call of take_order.
#define POSTERN_CALLS_OF_ORDERS POSTERN_CALL_IF(recvmsg, ::postern::daemon::argument_int(2, MSG_CMSG_CLOEXEC))

}  // namespace postern::daemon
