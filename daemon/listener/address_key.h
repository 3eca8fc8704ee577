// SPDX-License-Identifier: BSD-2-Clause
// A peer's address: as one place to hold something against, and as text.
#pragma once

#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <string>

namespace postern::daemon {

// AddressKey is what counts as one place: an IPv4 address (mapped ones folded: AD-C1) or an IPv6 /64.
struct AddressKey {
  std::array<std::uint8_t, 16> octets{};
  bool operator==(const AddressKey&) const = default;
};
[[nodiscard]] AddressKey key_of(const sockaddr_storage& address);

// address_text returns "192.0.2.1" or "2001:db8::1" for the log, without the port; mapped ones folded.
[[nodiscard]] std::string address_text(const sockaddr_storage& address);

}  // namespace postern::daemon
