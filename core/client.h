// SPDX-License-Identifier: BSD-2-Clause
//
// client.h: the address that asks (AD-C1, AD-C2).
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "address.h"
#include "kernel.h"

namespace postern {

// Client is an address in network order. An IPv4-mapped one is its IPv4 address; no other embedding is
// unwrapped (AD-C1).
class Client {
 public:
  static constexpr Client ipv4(const Ipv4Address& address) noexcept {
    Client client;
    for (std::size_t i = 0; i < address.size(); ++i) client.kernel_.address[i] = address[i];
    return client;
  }

  static constexpr Client ipv6(const Ipv6Address& address) noexcept {
    if (is_ipv4_mapped(address)) return ipv4({address[12], address[13], address[14], address[15]});
    Client client;
    client.kernel_.is_ipv6 = true;
    for (std::size_t i = 0; i < address.size(); ++i) client.kernel_.address[i] = address[i];
    return client;
  }

  constexpr bool is_ipv6() const noexcept { return kernel_.is_ipv6; }
  constexpr const kernel::Client& kernel() const noexcept { return kernel_; }

 private:
  constexpr Client() noexcept : kernel_{false, {}} {}

  kernel::Client kernel_;
};

// parse_client reads an AD-G4 quad or RFC 4291 text; anything else is no client.
constexpr std::optional<Client> parse_client(std::string_view text) noexcept {
  if (const std::optional<Ipv4Address> address = parse_ipv4(text)) return Client::ipv4(*address);
  if (const std::optional<Ipv6Address> address = parse_ipv6(text)) return Client::ipv6(*address);
  return std::nullopt;
}

}  // namespace postern
