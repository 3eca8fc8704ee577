// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/listener/address_key.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>

namespace postern::daemon {
namespace {

constexpr std::array<std::uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

}  // namespace

AddressKey key_of(const sockaddr_storage& address) {
  AddressKey key;
  if (address.ss_family == AF_INET) {
    std::ranges::copy(kMapped, key.octets.begin());
    std::memcpy(key.octets.data() + 12, &reinterpret_cast<const sockaddr_in&>(address).sin_addr, 4);
  } else if (address.ss_family == AF_INET6) {
    std::memcpy(key.octets.data(), &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr, 16);
    if (!std::equal(kMapped.begin(), kMapped.end(), key.octets.begin()))
      std::fill(key.octets.begin() + 8, key.octets.end(), std::uint8_t{0});
  }
  return key;
}

std::string address_text(const sockaddr_storage& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const AddressKey key = key_of(address);
  const bool mapped = std::equal(kMapped.begin(), kMapped.end(), key.octets.begin());
  const void* octets = mapped ? static_cast<const void*>(key.octets.data() + 12)
                              : &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
  if (inet_ntop(mapped ? AF_INET : AF_INET6, octets, text.data(), text.size()) == nullptr) return "unknown";
  return text.data();
}

}  // namespace postern::daemon
