// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/keeper/channel.h"

#include <poll.h>
#include <string.h>

#include <cerrno>

namespace postern::daemon {
namespace {

Error out_of_turn(std::string what) {
  return {std::move(what), "session channel", "the session does not keep to the protocol", 0,
          Exit::kSoftware};
}

Error from_keeper(std::string what) {
  return {std::move(what), "keeper channel", {}, 0, Exit::kTemporary};
}

// PacketBuffer has room for one octet more than a whole packet, so that a longer one shows.
template <class Record>
struct PacketBuffer {
  char octets[sizeof(Record) + 1] = {};
  ~PacketBuffer() { explicit_bzero(octets, sizeof octets); }
};

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
  if (untaken != 0) return out_of_turn("a request before the last answer was taken");
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
  if (ready == 0) return from_keeper("the keeper does not answer");
  return {};
}

}  // namespace

Result<bool> receive_request(int session, Request& request) {
  PacketBuffer<Request> buffer;
  iovec part{buffer.octets, sizeof buffer.octets};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  const ssize_t length = receive(session, message);
  if (length < 0) return system_error("cannot receive a request", "recvmsg");
  if (length == 0) return false;
  if ((message.msg_flags & (MSG_CTRUNC | MSG_TRUNC)) != 0)
    return out_of_turn("a request with something added");
  if (!decode_request({buffer.octets, static_cast<size_t>(length)}, request)) {
    return out_of_turn("a packet that is no request");
  }
  Result<void> taken = check_taken(session);
  if (!taken) return taken.take_error();
  return true;
}

Result<void> send_reply(int session, const Reply& reply, int file) {
  Reply copy = reply;
  iovec part{&copy, sizeof copy};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
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
  if (sent != static_cast<ssize_t>(sizeof copy)) return system_error("cannot answer the session", "sendmsg");
  return {};
}

Result<void> send_request(int keeper, const Request& request) {
  const ssize_t sent = ::sendto(keeper, &request, sizeof request, MSG_NOSIGNAL | MSG_DONTWAIT, nullptr, 0);
  if (sent != static_cast<ssize_t>(sizeof request)) return system_error("cannot ask the keeper", "sendto");
  return {};
}

Result<Answer> receive_answer(int keeper, RequestKind kind, int patience_ms) {
  Result<void> ready = wait_for_answer(keeper, patience_ms);
  if (!ready) return ready.take_error();
  PacketBuffer<Reply> buffer;
  iovec part{buffer.octets, sizeof buffer.octets};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  const ssize_t length = receive(keeper, message);
  if (length < 0) return system_error("cannot receive an answer", "recvmsg");
  if (length == 0) return from_keeper("the keeper has ended");
  Fd file = take_descriptor(message);
  const std::optional<Reply> reply = decode_reply({buffer.octets, static_cast<size_t>(length)});
  if (!reply || reply->kind != static_cast<uint32_t>(kind)) return from_keeper("the keeper's answer is none");
  return Answer{*reply, std::move(file)};
}

}  // namespace postern::daemon
