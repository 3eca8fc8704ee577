// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/tls/handoff.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace postern::daemon {
namespace {

constexpr std::size_t kHanded = 2;

union Control {
  cmsghdr align;
  char octets[CMSG_SPACE(sizeof(int) * kHanded)] = {};
};

bool is_word(std::string_view text) {
  const std::string_view word = text.substr(0, text.find('\0'));
  const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return !word.empty() && std::ranges::all_of(word, fits) &&
         std::ranges::all_of(text.substr(word.size()), [](char c) { return c == '\0'; });
}

// take_descriptors owns whatever came along, be it too many.
std::array<Fd, kHanded> take_descriptors(msghdr& message, std::size_t& count) {
  std::array<Fd, kHanded> taken;
  count = 0;
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr; part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t here = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < here; ++i, ++count) {
      int number = -1;
      std::memcpy(&number, CMSG_DATA(part) + i * sizeof(int), sizeof number);
      Fd one(number);
      if (count < kHanded) taken[count] = std::move(one);
    }
  }
  return taken;
}

}  // namespace

TlsRequest make_tls_request(std::string_view service, std::uint64_t connection) {
  TlsRequest request;
  service = service.substr(0, sizeof request.service);
  std::ranges::copy(service, request.service);
  request.connection = connection;
  return request;
}

Result<void> hand_to_tls(int channel, const TlsRequest& request, int client, int session) {
  TlsRequest copy = request;
  iovec part{&copy, sizeof copy};
  Control control;
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.octets;
  message.msg_controllen = sizeof control.octets;
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int) * kHanded);
  const std::array<int, kHanded> handed{client, session};
  std::memcpy(CMSG_DATA(header), handed.data(), sizeof handed);
  if (::sendmsg(channel, &message, MSG_NOSIGNAL | MSG_DONTWAIT) != static_cast<ssize_t>(sizeof copy))
    return system_error("cannot hand a connection to tls", "sendmsg", "is postern-tls running? see the log",
                        Exit::kTemporary);
  return {};
}

Result<std::optional<TlsConnection>> receive_connection(int channel) {
  TlsConnection connection;
  iovec part{&connection.request, sizeof connection.request};
  Control control;
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.octets;
  message.msg_controllen = sizeof control.octets;
  const ssize_t length = ::recvmsg(channel, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
  if (length < 0) {
    if (errno == EAGAIN || errno == EINTR) return std::optional<TlsConnection>();
    return system_error("cannot receive a connection", "recvmsg");
  }
  std::size_t count = 0;
  std::array<Fd, kHanded> taken = take_descriptors(message, count);
  const bool whole = length == static_cast<ssize_t>(sizeof connection.request) && count == kHanded &&
                     (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == 0 &&
                     is_word({connection.request.service, sizeof connection.request.service});
  if (!whole) return std::optional<TlsConnection>();
  connection.client = std::move(taken[0]);
  connection.session = std::move(taken[1]);
  return std::optional(std::move(connection));
}

}  // namespace postern::daemon
