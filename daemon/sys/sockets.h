// SPDX-License-Identifier: BSD-2-Clause
// Network sockets: bound first, listening only for whoever holds the proof that root is gone (PV-1a).
// No other file of the tree may name listen(2) or accept(2); a test looks at every object file.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "daemon/sys/credentials.h"
#include "daemon/sys/endpoint.h"
#include "daemon/sys/fd.h"
#include "daemon/sys/result.h"

namespace postern::daemon {

// BoundSocket holds a port. The kernel refuses connections to it, unless whoever passed it listens already.
// It can do nothing but become a Listener.
class BoundSocket {
 public:
  BoundSocket(BoundSocket&&) noexcept = default;
  BoundSocket& operator=(BoundSocket&&) noexcept = default;

 private:
  friend Result<BoundSocket> bind_socket(const Endpoint&);
  friend Result<BoundSocket> take_bound_socket(Fd);
  friend class Listener;
  explicit BoundSocket(Fd socket) noexcept : socket_(std::move(socket)) {}
  Fd socket_;
};

// bind_socket binds a TCP socket to the endpoint, and does not listen. [::] takes IPv4 as well.
[[nodiscard]] Result<BoundSocket> bind_socket(const Endpoint& endpoint);

// endpoint_of answers where a socket that somebody has passed is bound. Error unless it is a TCP socket over
// IPv4 or IPv6, bound to a port, listening or not, and no connection; [::] must take IPv4 as well.
[[nodiscard]] Result<Endpoint> endpoint_of(int socket);

// take_bound_socket makes of such a socket what bind_socket makes: close-on-exec, never blocking, the same
// options.
[[nodiscard]] Result<BoundSocket> take_bound_socket(Fd socket);

// AcceptedConnection is one connection and both its addresses.
struct AcceptedConnection {
  Fd socket;  // blocking, close-on-exec, TCP_NODELAY
  sockaddr_storage peer = {};
  sockaddr_storage local = {};
};

// Listener is a listening socket. Each function checks that the token still holds.
class Listener {
 public:
  Listener(Listener&&) noexcept = default;
  Listener& operator=(Listener&&) noexcept = default;

  // start listens on a bound socket (PV-1a).
  [[nodiscard]] static Result<Listener> start(const Dropped& dropped, BoundSocket&& bound);
  // adopt takes a listening socket that the dispatcher has handed down. Error if it does not listen.
  [[nodiscard]] static Result<Listener> adopt(const Dropped& dropped, Fd socket);

  // accept takes one connection; Error with errno EAGAIN if there is none. Never blocks.
  [[nodiscard]] Result<AcceptedConnection> accept(const Dropped& dropped) const;

  // number is for poll(2) and for handing down; the Listener keeps ownership.
  [[nodiscard]] int number() const noexcept { return socket_.get(); }

 private:
  explicit Listener(Fd socket) noexcept : socket_(std::move(socket)) {}
  Fd socket_;
};

// endpoint_text returns "192.0.2.1:110" or "[2001:db8::1]:110".
[[nodiscard]] std::string endpoint_text(const Endpoint& endpoint);

// SocketPair is two ends of a local channel that keeps message boundaries.
struct SocketPair {
  Fd first;
  Fd second;
};
[[nodiscard]] Result<SocketPair> packet_pair();    // SOCK_SEQPACKET: an end sees the other one close
[[nodiscard]] Result<SocketPair> stream_pair();    // SOCK_STREAM: like a connection
[[nodiscard]] Result<SocketPair> datagram_pair();  // SOCK_DGRAM: many writers share an end

// connect_local connects to a socket in the file system: SOCK_SEQPACKET or SOCK_DGRAM. It waits a second at
// most, and so does each sending on it later.
[[nodiscard]] Result<Fd> connect_local(const char* path, int type);

// packet_peer is the user who connected the packet socket `socket` (SO_PEERCRED), or, for who has connected,
// the user who listens. Error if it is of another kind.
[[nodiscard]] Result<uid_t> packet_peer(int socket);

// never_readable is a descriptor of which poll(2) has nothing to tell: a lifeline where nobody holds one.
[[nodiscard]] Result<Fd> never_readable();

// socket_number is the kernel's number of a socket, whoever holds it: of no other one, ever (SO_COOKIE).
[[nodiscard]] Result<std::uint64_t> socket_number(int socket);

// limit_sending makes sends on `socket` give up after `patience`.
[[nodiscard]] Result<void> limit_sending(int socket, std::chrono::milliseconds patience);

// name_senders makes the kernel put the sender's process id beside every message read from `socket`.
[[nodiscard]] Result<void> name_senders(int socket);

// NamedMessage is one message read from such a socket: how long it is in the reader's room, and who sent it.
struct NamedMessage {
  std::size_t length = 0;
  pid_t sender = 0;
};
// receive_named reads one message into `room`, without waiting; nothing: errno says why, EAGAIN if there was
// none. A descriptor that somebody sends along is not asked for: without room for it the kernel closes it.
[[nodiscard]] std::optional<NamedMessage> receive_named(int socket, std::span<char> room);

// The system call of receive_named: to be put in its caller's list.
#define POSTERN_CALLS_OF_NAMED_MESSAGES \
  POSTERN_CALL_IF(recvmsg, ::postern::daemon::argument_int(2, MSG_CMSG_CLOEXEC | MSG_DONTWAIT))

// say_and_close sends a few octets to a client that is not served, as far as they go at once, and closes. It
// reads nothing.
void say_and_close(AcceptedConnection connection, std::string_view words);

}  // namespace postern::daemon
