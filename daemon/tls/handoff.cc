// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/tls/handoff.h"

#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <span>
#include <utility>

#include "daemon/sys/sockets.h"

namespace postern::daemon {
namespace {

constexpr std::size_t kHanded = 2;  // descriptors, at most

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

// send_with sends a packet with these descriptors, which stay the caller's.
bool send_with(int channel, std::span<const char> packet, std::span<const int> handed) {
  iovec part{const_cast<char*>(packet.data()), packet.size()};  // sendmsg(2) does not write to it
  Control control;
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.octets;
  message.msg_controllen = CMSG_SPACE(handed.size_bytes());
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(handed.size_bytes());
  std::memcpy(CMSG_DATA(header), handed.data(), handed.size_bytes());
  return ::sendmsg(channel, &message, MSG_NOSIGNAL | MSG_DONTWAIT) == static_cast<ssize_t>(packet.size());
}

enum class Received : std::uint8_t { kNothing, kOther, kWhole };

// receive_with takes a packet of exactly that length with exactly `count` descriptors. kOther: it was not so,
// and is dropped.
Result<Received> receive_with(int channel, std::span<char> packet, std::size_t count,
                              std::array<Fd, kHanded>& taken) {
  iovec part{packet.data(), packet.size()};
  Control control;
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.octets;
  message.msg_controllen = sizeof control.octets;
  const ssize_t length = ::recvmsg(channel, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
  if (length < 0) {
    if (errno == EAGAIN || errno == EINTR) return Received::kNothing;
    return system_error("cannot receive a connection", "recvmsg");
  }
  std::size_t came = 0;
  taken = take_descriptors(message, came);
  const bool whole = length == static_cast<ssize_t>(packet.size()) && came == count &&
                     (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == 0;
  return whole ? Received::kWhole : Received::kOther;
}

std::span<char> octets_of(auto& thing) {
  return {reinterpret_cast<char*>(&thing), sizeof thing};
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
  if (send_with(channel, octets_of(copy), std::array{client, session})) return {};
  return system_error("cannot hand a connection to tls", "sendmsg", "is postern-tls running? see the log",
                      Exit::kTemporary);
}

Result<std::optional<TlsConnection>> receive_connection(int channel) {
  TlsConnection connection;
  std::array<Fd, kHanded> taken;
  Result<Received> received = receive_with(channel, octets_of(connection.request), 2, taken);
  if (!received.ok()) return received.take_error();
  if (received.value() != Received::kWhole ||
      !is_word({connection.request.service, sizeof connection.request.service}))
    return std::optional<TlsConnection>();
  connection.client = std::move(taken[0]);
  connection.session = std::move(taken[1]);
  return std::optional(std::move(connection));
}

Result<Fd> expect_certificate(int channel, std::uint64_t socket) {
  auto pair = packet_pair();
  if (!pair.ok()) return pair.take_error();
  if (send_with(channel, octets_of(socket), std::array{pair->first.get()})) return std::move(pair->second);
  return system_error("cannot tell tls of a connection", "sendmsg", "is postern-tls running? see the log",
                      Exit::kTemporary);
}

Result<std::optional<Expectation>> receive_expectation(int channel) {
  Expectation expectation;
  std::array<Fd, kHanded> taken;
  Received came = Received::kOther;
  while (came == Received::kOther) {
    Result<Received> received = receive_with(channel, octets_of(expectation.socket), 1, taken);
    if (!received.ok()) return received.take_error();
    came = received.value();
  }
  if (came == Received::kNothing) return std::optional<Expectation>();
  expectation.keeper = std::move(taken[0]);
  return std::optional(std::move(expectation));
}

void tell_certificate(int keeper, const ShownCertificate& shown) {
  (void)::sendto(keeper, &shown, sizeof shown, MSG_NOSIGNAL | MSG_DONTWAIT, nullptr, 0);
}

Result<ShownCertificate> hear_certificate(int channel, int patience_ms) {
  pollfd told{channel, POLLIN, 0};
  int ready = -1;
  do {
    ready = ::poll(&told, 1, patience_ms);
  } while (ready < 0 && errno == EINTR);
  if (ready <= 0) return ShownCertificate{};
  std::array<char, sizeof(ShownCertificate) + 1> packet;  // one too long shows
  iovec part{packet.data(), packet.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  const ssize_t length = ::recvmsg(channel, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
  if (length == 0) return ShownCertificate{};
  const auto shown =
      length < 0
          ? std::nullopt
          : decode_shown_certificate(std::span<const char>(packet).first(static_cast<std::size_t>(length)));
  if (!shown) return Error{"tls tells of no certificate", "certificate channel", {}, 0, Exit::kSoftware};
  return *shown;
}

}  // namespace postern::daemon
