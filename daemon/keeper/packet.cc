// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/keeper/packet.h"

#include <poll.h>
#include <string.h>

#include <cerrno>

namespace postern::daemon {
namespace {

msghdr message_of(iovec& part) {
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  return message;
}

ssize_t receive(int channel, msghdr& message) {
  ssize_t length = -1;
  do {
    length = ::recvmsg(channel, &message, MSG_CMSG_CLOEXEC);
  } while (length < 0 && errno == EINTR);
  return length;
}

// check_taken: the session has read every answer it was sent.
Result<void> check_taken(int session) {
  int untaken = 0;
  if (::ioctl(session, TIOCOUTQ, &untaken) != 0)
    return system_error("cannot ask for untaken answers", "ioctl");
  if (untaken != 0) return session_out_of_turn("a request before the last answer was taken");
  return {};
}

// take_descriptor: the one descriptor in `message`, if there is one.
Fd take_descriptor(msghdr& message) {
  const cmsghdr* header = CMSG_FIRSTHDR(&message);
  if (header == nullptr || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) return Fd();
  if (header->cmsg_len != CMSG_LEN(sizeof(int))) return Fd();
  int number = -1;
  ::memcpy(&number, CMSG_DATA(header), sizeof number);
  return Fd(number);
}

Result<void> wait_for_answer(int keeper, int patience_ms) {
  pollfd wanted{keeper, POLLIN, 0};
  int ready = -1;
  do {
    ready = ::poll(&wanted, 1, patience_ms);
  } while (ready < 0 && errno == EINTR);
  if (ready < 0) return system_error("cannot wait for the keeper", "poll");
  if (ready == 0) return keeper_failed("the keeper does not answer");
  return {};
}

}  // namespace

Error session_out_of_turn(std::string what) {
  return {std::move(what), "session channel", "the session does not keep to the protocol", 0,
          Exit::kSoftware};
}

Error keeper_failed(std::string what) {
  return {std::move(what), "keeper channel", {}, 0, Exit::kTemporary};
}

Result<std::size_t> receive_question(int session, std::span<char> room) {
  iovec part{room.data(), room.size()};
  msghdr message = message_of(part);
  const ssize_t length = receive(session, message);
  if (length < 0) return system_error("cannot receive a request", "recvmsg");
  if (length == 0) return std::size_t{0};
  if ((message.msg_flags & (MSG_CTRUNC | MSG_TRUNC)) != 0)
    return session_out_of_turn("a request with something added");
  Result<void> taken = check_taken(session);
  if (!taken) return taken.take_error();
  return static_cast<std::size_t>(length);
}

Result<void> send_answer(int session, std::span<const char> packet, int file) {
  iovec part{const_cast<char*>(packet.data()), packet.size()};  // sendmsg(2) does not write to it
  msghdr message = message_of(part);
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  if (file >= 0) {
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    ::memcpy(CMSG_DATA(header), &file, sizeof file);
  }
  const ssize_t sent = ::sendmsg(session, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent != static_cast<ssize_t>(packet.size()))
    return system_error("cannot answer the session", "sendmsg");
  return {};
}

std::string_view sayable(std::string_view text, std::size_t limit) {
  const bool fits = !text.empty() && text.size() <= limit && text.find('\0') == std::string_view::npos;
  return fits ? text : "?";
}

Result<void> send_question(int keeper, std::span<const char> packet) {
  const ssize_t sent =
      ::sendto(keeper, packet.data(), packet.size(), MSG_NOSIGNAL | MSG_DONTWAIT, nullptr, 0);
  if (sent != static_cast<ssize_t>(packet.size())) return system_error("cannot ask the keeper", "sendto");
  return {};
}

Result<AnswerPacket> receive_answer_packet(int keeper, std::span<char> room, int patience_ms) {
  Result<void> ready = wait_for_answer(keeper, patience_ms);
  if (!ready) return ready.take_error();
  iovec part{room.data(), room.size()};
  msghdr message = message_of(part);
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  const ssize_t length = receive(keeper, message);
  if (length < 0) return system_error("cannot receive an answer", "recvmsg");
  if (length == 0) return keeper_failed("the keeper has ended");
  return AnswerPacket{static_cast<std::size_t>(length), take_descriptor(message)};
}

}  // namespace postern::daemon
