// SPDX-License-Identifier: BSD-2-Clause
// Address texts as the live layer needs them.
#ifndef POSTERN_CONFORMANCE_RUNNER_ADDRESS_H_
#define POSTERN_CONFORMANCE_RUNNER_ADDRESS_H_

#include <sys/socket.h>

#include <optional>
#include <string>

namespace postern::conformance {

// SocketAddress: an address and port as the kernel wants it.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;

  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
  int family() const { return storage.ss_family; }
};

// socket_address: `address` (IPv4 or IPv6 text, no zone) with `port`; nothing if it is neither.
std::optional<SocketAddress> socket_address(const std::string& address, unsigned port);

// address_text: canonical text of an address without its port.
std::string address_text(const SocketAddress& address);

// source_address: the text of the address that a client with address `ip` connects from: canonical, and an
// IPv4-mapped one is its IPv4 address (AD-C1). Empty if `ip` is no address.
std::string source_address(const std::string& ip);

inline bool is_ipv6(const std::string& address) {
  return address.find(':') != std::string::npos;
}

}  // namespace postern::conformance

#endif  // POSTERN_CONFORMANCE_RUNNER_ADDRESS_H_
