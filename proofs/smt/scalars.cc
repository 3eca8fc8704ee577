// SPDX-License-Identifier: BSD-2-Clause
//
// scalars.cc: the functions of core that are about numbers alone, each with numbers for arguments and for its
// answer, so that what clang makes of it has no memory. Compiled and translated by check, never run.
// Addresses are in network order: their first octet is the number's highest.
#include <array>
#include <cstdint>

#include "core/address.h"
#include "core/client.h"
#include "core/entry.h"
#include "core/kernel.h"

namespace {

using namespace postern;

__extension__ using Number = unsigned __int128;

std::array<std::uint8_t, 4> ipv4(std::uint32_t number) {
  std::array<std::uint8_t, 4> octets = {};
  for (unsigned i = 0; i < 4; ++i) octets[i] = static_cast<std::uint8_t>(number >> (24 - 8 * i));
  return octets;
}

std::array<std::uint8_t, 16> ipv6(Number number) {
  std::array<std::uint8_t, 16> octets = {};
  for (unsigned i = 0; i < 16; ++i) octets[i] = static_cast<std::uint8_t>(number >> (120 - 8 * i));
  return octets;
}

bool admits(std::uint8_t kind, Number address, std::uint8_t length, const kernel::Client& client) {
  kernel::Entry entry = detail::entry_of_kind(static_cast<Kind>(kind));
  for (std::size_t i = 0; i < 16; ++i) entry.address[i] = ipv6(address)[i];
  entry.prefix_length = length;
  return kernel::address_matches(&entry, &client);
}

}  // namespace

extern "C" {

char fold(char octet) {
  return kernel::fold(octet);
}
bool is_same_letter(char a, char b) {
  return kernel::is_same_letter(a, b);
}
bool is_digit(char octet) {
  return kernel::is_digit(octet);
}
bool is_name_octet(char octet) {
  return kernel::is_name_octet(octet);
}
bool may_follow(char before, char octet) {
  return kernel::may_follow(before, octet);
}
int hex_value(char octet) {
  return postern::hex_value(octet);
}

bool octet_matches(std::uint8_t pattern, std::uint8_t octet) {
  return kernel::octet_matches(pattern, octet);
}
bool pattern_matches(std::uint32_t pattern, std::uint32_t address) {
  return kernel::pattern_matches(ipv4(pattern).data(), ipv4(address).data());
}
std::uint8_t prefix_mask(std::uint8_t length, std::size_t index) {
  return kernel::prefix_mask(length, index);
}
bool prefix_matches(Number prefix, std::uint8_t length, Number address) {
  return kernel::prefix_matches(ipv6(prefix).data(), length, ipv6(address).data());
}
bool is_ipv4_mapped(Number address) {
  return postern::is_ipv4_mapped(ipv6(address));
}
bool has_host_bits(Number address, std::uint8_t length) {
  return detail::first_octet_with_host_bits(ipv6(address), length).has_value();
}

// Whether an entry of this kind, with this address and prefix length, admits a client who asks from this one.
bool admits_ipv4(std::uint8_t kind, Number entry_address, std::uint8_t length, std::uint32_t address) {
  const kernel::Client client = Client::ipv4(ipv4(address)).kernel();
  return admits(kind, entry_address, length, client);
}
bool admits_ipv6(std::uint8_t kind, Number entry_address, std::uint8_t length, Number address) {
  const kernel::Client client = Client::ipv6(ipv6(address)).kernel();
  return admits(kind, entry_address, length, client);
}
}
