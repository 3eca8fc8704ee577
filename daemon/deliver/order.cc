// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/deliver/order.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace postern::daemon {
namespace {

// Room for one descriptor, and for the kernel's words about it.
union Ancillary {
  cmsghdr align;
  char room[CMSG_SPACE(sizeof(int))];
};

Error no_order() {
  return Error{"what the deliver supervisor has sent is no order", {}, {}, 0, Exit::kSoftware};
}

// The kernel has put a descriptor into this process whatever else is wrong with the message: it is closed.
Fd descriptor_in(msghdr& message) {
  const cmsghdr* control = CMSG_FIRSTHDR(&message);
  if (control == nullptr || control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_RIGHTS ||
      control->cmsg_len != CMSG_LEN(sizeof(int)))
    return Fd();
  int number = -1;
  std::memcpy(&number, CMSG_DATA(control), sizeof number);
  return Fd(number);
}

bool is_text(const char* text, std::size_t room) {
  return std::memchr(text, '\0', room) != nullptr;
}

}  // namespace

DeliverOrder order_of(const Letter& letter, const std::optional<AppendRecord>& earlier, bool is_retry,
                      std::uint32_t user_id) {
  DeliverOrder order;
  letter.queue_id.copy(order.queue_id, sizeof order.queue_id - 1);
  letter.sender.copy(order.sender, sizeof order.sender - 1);
  order.accepted_at = letter.accepted_at;
  order.begin = letter.begin;
  order.length = letter.length;
  order.earlier = earlier.value_or(AppendRecord{});
  order.has_earlier = earlier ? 1 : 0;
  order.is_retry = is_retry ? 1 : 0;
  order.user_id = user_id;
  return order;
}

Result<void> give_order(int channel, const DeliverOrder& order, int message) {
  DeliverOrder copy = order;  // sendmsg(2) takes no const
  iovec part{&copy, sizeof copy};
  Ancillary ancillary{};
  msghdr packet{};
  packet.msg_iov = &part;
  packet.msg_iovlen = 1;
  packet.msg_control = ancillary.room;
  packet.msg_controllen = sizeof ancillary.room;
  cmsghdr* control = CMSG_FIRSTHDR(&packet);
  control->cmsg_level = SOL_SOCKET;
  control->cmsg_type = SCM_RIGHTS;
  control->cmsg_len = CMSG_LEN(sizeof(int));
  std::memcpy(CMSG_DATA(control), &message, sizeof message);
  if (sendmsg(channel, &packet, MSG_NOSIGNAL | MSG_DONTWAIT) == static_cast<ssize_t>(sizeof copy)) return {};
  return system_error("cannot give a message to its delivery", {}, {}, Exit::kTemporary);
}

Letter TakenOrder::letter() const {
  return {order.queue_id, order.sender, order.accepted_at, message.get(), order.begin, order.length};
}

Result<std::optional<TakenOrder>> take_order(int channel) {
  TakenOrder taken;
  iovec part{&taken.order, sizeof taken.order};
  Ancillary ancillary{};
  msghdr packet{};
  packet.msg_iov = &part;
  packet.msg_iovlen = 1;
  packet.msg_control = ancillary.room;
  packet.msg_controllen = CMSG_LEN(sizeof(int));  // its padding would be room for a second descriptor
  ssize_t got = -1;
  do {
    got = recvmsg(channel, &packet, MSG_CMSG_CLOEXEC);
  } while (got < 0 && errno == EINTR);
  if (got < 0) return system_error("cannot hear the deliver supervisor");
  if (got == 0) return std::optional<TakenOrder>();
  taken.message = descriptor_in(packet);
  if (got != static_cast<ssize_t>(sizeof taken.order) || (packet.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0 ||
      !taken.message.is_open() || !is_text(taken.order.queue_id, sizeof taken.order.queue_id) ||
      !is_text(taken.order.sender, sizeof taken.order.sender))
    return no_order();
  return std::optional<TakenOrder>(std::move(taken));
}

}  // namespace postern::daemon
