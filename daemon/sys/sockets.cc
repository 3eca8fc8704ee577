// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/sys/sockets.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace postern::daemon {
namespace {

constexpr int kBacklog = 511;
constexpr int kOn = 1;
constexpr int kOff = 0;

bool set_option(int socket, int level, int name, int value) {
  return setsockopt(socket, level, name, &value, sizeof value) == 0;
}

// TCP options are inherited by what is accepted.
bool set_service_options(int socket) {
  return set_option(socket, SOL_SOCKET, SO_KEEPALIVE, kOn) &&
         set_option(socket, IPPROTO_TCP, TCP_NODELAY, kOn);
}

// get_option: the option's value, or -1.
int get_option(int socket, int level, int name) {
  int value = 0;
  socklen_t length = sizeof value;
  return getsockopt(socket, level, name, &value, &length) == 0 ? value : -1;
}

Error no_service_socket(std::string what, std::string cure) {
  return Error{"the socket that was passed " + std::move(what), {}, std::move(cure), 0, Exit::kConfig};
}

Error bind_error(const Endpoint& endpoint) {
  const int why = errno;
  const char* cure = "check the address and port";
  if (why == EACCES) cure = "start as root, or choose a port from 1024";
  if (why == EADDRINUSE) cure = "another process has this port: stop it, or choose another port";
  if (why == EADDRNOTAVAIL) cure = "this machine has no such address";
  return Error{"cannot bind", endpoint_text(endpoint), cure, why, Exit::kUnavailable};
}

Error token_is_void() {
  return Error{"the ids of this process are not those it dropped to", "listener",
               "this is a defect, please report it", 0, Exit::kSoftware};
}

Result<SocketPair> pair_of(int type) {
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends.data()) != 0) return system_error("socketpair");
  return SocketPair{Fd(ends[0]), Fd(ends[1])};
}

}  // namespace

std::string endpoint_text(const Endpoint& endpoint) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* address = endpoint.is_v6 ? static_cast<const void*>(&endpoint.v6.sin6_addr)
                                       : static_cast<const void*>(&endpoint.v4.sin_addr);
  if (inet_ntop(endpoint.is_v6 ? AF_INET6 : AF_INET, address, text.data(), text.size()) == nullptr)
    return "(no address)";
  const std::string port = std::to_string(endpoint.port);
  return endpoint.is_v6 ? "[" + std::string(text.data()) + "]:" + port : text.data() + (":" + port);
}

// PV-1a: there is no listen(2) here.
Result<BoundSocket> bind_socket(const Endpoint& endpoint) {
  const int family = endpoint.is_v6 ? AF_INET6 : AF_INET;
  Fd made(socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!made.is_open()) return system_error("cannot make a socket", endpoint_text(endpoint));
  const int number = made.get();
  if (!set_option(number, SOL_SOCKET, SO_REUSEADDR, kOn) || !set_service_options(number))
    return system_error("cannot set a socket's options", endpoint_text(endpoint));
  if (endpoint.is_v6 && !set_option(number, IPPROTO_IPV6, IPV6_V6ONLY,
                                    IN6_IS_ADDR_UNSPECIFIED(&endpoint.v6.sin6_addr) ? kOff : kOn))
    return system_error("cannot choose IPv6 alone or both", endpoint_text(endpoint));
  const auto* address = endpoint.is_v6 ? reinterpret_cast<const sockaddr*>(&endpoint.v6)
                                       : reinterpret_cast<const sockaddr*>(&endpoint.v4);
  const socklen_t length = endpoint.is_v6 ? sizeof endpoint.v6 : sizeof endpoint.v4;
  if (bind(number, address, length) != 0) return bind_error(endpoint);
  return BoundSocket(std::move(made));
}

Result<Endpoint> endpoint_of(int socket) {
  const int family = get_option(socket, SOL_SOCKET, SO_DOMAIN);
  if ((family != AF_INET && family != AF_INET6) || get_option(socket, SOL_SOCKET, SO_TYPE) != SOCK_STREAM ||
      get_option(socket, SOL_SOCKET, SO_PROTOCOL) != IPPROTO_TCP)
    return no_service_socket("is no TCP socket", "ListenStream=ADDRESS:PORT in the socket unit");
  Endpoint endpoint;
  endpoint.is_v6 = family == AF_INET6;
  auto* const address =
      endpoint.is_v6 ? reinterpret_cast<sockaddr*>(&endpoint.v6) : reinterpret_cast<sockaddr*>(&endpoint.v4);
  socklen_t length = endpoint.is_v6 ? sizeof endpoint.v6 : sizeof endpoint.v4;
  if (getsockname(socket, address, &length) != 0) return system_error("getsockname");
  endpoint.port = ntohs(endpoint.is_v6 ? endpoint.v6.sin6_port : endpoint.v4.sin_port);
  if (endpoint.port == 0)
    return no_service_socket("is not bound", "ListenStream=ADDRESS:PORT in the socket unit");
  sockaddr_storage peer{};
  length = sizeof peer;
  if (getpeername(socket, reinterpret_cast<sockaddr*>(&peer), &length) == 0)
    return no_service_socket("is a connection", "Accept=no in the socket unit");
  if (endpoint.is_v6 && IN6_IS_ADDR_UNSPECIFIED(&endpoint.v6.sin6_addr) &&
      get_option(socket, IPPROTO_IPV6, IPV6_V6ONLY) != kOff)
    return no_service_socket("is bound to [::] and takes no IPv4", "BindIPv6Only=both in the socket unit");
  return endpoint;
}

Result<BoundSocket> take_bound_socket(Fd socket) {
  const int number = socket.get();
  const int flags = fcntl(number, F_GETFL);
  if (fcntl(number, F_SETFD, FD_CLOEXEC) != 0 || flags < 0 ||
      fcntl(number, F_SETFL, flags | O_NONBLOCK) != 0 || !set_service_options(number))
    return system_error("cannot set the options of a socket that was passed");
  return BoundSocket(std::move(socket));
}

Result<Listener> Listener::start(const Dropped& dropped, BoundSocket&& bound) {
  if (!dropped.holds()) return token_is_void();
  if (::listen(bound.socket_.get(), kBacklog) != 0)
    return system_error("cannot listen", {}, "another process may have taken the port", Exit::kUnavailable);
  return Listener(std::move(bound.socket_));
}

Result<Listener> Listener::adopt(const Dropped& dropped, Fd socket) {
  if (!dropped.holds()) return token_is_void();
  const int listening = get_option(socket.get(), SOL_SOCKET, SO_ACCEPTCONN);
  if (listening < 0) return system_error("the descriptor handed down is no socket");
  if (listening == 0) return Error{"the socket handed down does not listen", {}, {}, 0, Exit::kSoftware};
  return Listener(std::move(socket));
}

Result<AcceptedConnection> Listener::accept(const Dropped& dropped) const {
  if (!dropped.holds()) return token_is_void();
  AcceptedConnection connection;
  socklen_t length = sizeof connection.peer;
  connection.socket.reset(
      ::accept4(socket_.get(), reinterpret_cast<sockaddr*>(&connection.peer), &length, SOCK_CLOEXEC));
  if (!connection.socket.is_open()) return system_error("accept");
  length = sizeof connection.local;
  if (getsockname(connection.socket.get(), reinterpret_cast<sockaddr*>(&connection.local), &length) != 0)
    return system_error("getsockname");
  return connection;
}

Result<SocketPair> packet_pair() {
  return pair_of(SOCK_SEQPACKET);
}
Result<SocketPair> stream_pair() {
  return pair_of(SOCK_STREAM);
}
Result<SocketPair> datagram_pair() {
  return pair_of(SOCK_DGRAM);
}

Result<Fd> connect_local(const char* path, int type) {
  sockaddr_un address{AF_UNIX, {}};
  const std::size_t length = std::strlen(path);
  if (length >= sizeof address.sun_path)
    return Error{"is too long for a socket's path", path, "choose one of at most 107 octets", 0,
                 Exit::kConfig};
  std::memcpy(address.sun_path, path, length);
  Fd made(socket(AF_UNIX, type | SOCK_CLOEXEC, 0));
  if (!made.is_open()) return system_error("cannot make a socket", path);
  if (auto limited = limit_sending(made.get(), std::chrono::seconds{1}); !limited.ok())
    return limited.take_error();
  if (connect(made.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return system_error("cannot connect", path, "is it there, and listened on? may this user connect?",
                        Exit::kUnavailable);
  return made;
}

Result<uid_t> packet_peer(int socket) {
  ucred peer{};
  socklen_t length = sizeof peer;
  if (get_option(socket, SOL_SOCKET, SO_DOMAIN) != AF_UNIX ||
      get_option(socket, SOL_SOCKET, SO_TYPE) != SOCK_SEQPACKET ||
      getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0 || peer.pid == 0)
    return Error{"is no connection of packets", "descriptor " + std::to_string(socket),
                 "ListenSequentialPacket= and Accept=yes in the socket unit", 0, Exit::kUsage};
  return peer.uid;
}

Result<Fd> never_readable() {
  Fd made(eventfd(0, EFD_CLOEXEC));
  if (!made.is_open()) return system_error("eventfd");
  return made;
}

Result<std::uint64_t> socket_number(int socket) {
  std::uint64_t number = 0;
  socklen_t length = sizeof number;
  if (getsockopt(socket, SOL_SOCKET, SO_COOKIE, &number, &length) != 0) return system_error("SO_COOKIE");
  return number;
}

Result<void> limit_sending(int socket, std::chrono::milliseconds patience) {
  timeval limit{};
  limit.tv_sec = patience.count() / 1000;
  limit.tv_usec = (patience.count() % 1000) * 1000;
  if (setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) != 0)
    return system_error("cannot set a socket's time-out");
  return {};
}

Result<void> name_senders(int socket) {
  if (!set_option(socket, SOL_SOCKET, SO_PASSCRED, kOn)) return system_error("SO_PASSCRED");
  return {};
}

std::optional<NamedMessage> receive_named(int socket, std::span<char> room) {
  iovec part{room.data(), room.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(ucred))> control{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const ssize_t got = recvmsg(socket, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
  if (got < 0) return std::nullopt;
  NamedMessage named{static_cast<std::size_t>(got), 0};
  const cmsghdr* first = CMSG_FIRSTHDR(&message);
  if (first != nullptr && first->cmsg_level == SOL_SOCKET && first->cmsg_type == SCM_CREDENTIALS) {
    ucred sender{};
    std::memcpy(&sender, CMSG_DATA(first), sizeof sender);
    named.sender = sender.pid;
  }
  return named;
}

void say_and_close(AcceptedConnection connection, std::string_view words) {
  // A client that has gone already hears nothing; there is no one else to tell.
  if (!words.empty())
    (void)sendto(connection.socket.get(), words.data(), words.size(), MSG_NOSIGNAL | MSG_DONTWAIT, nullptr,
                 0);
}

}  // namespace postern::daemon
