// SPDX-License-Identifier: BSD-2-Clause
//
// address.h: the text forms of addresses, read strictly and printed canonically.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "kernel.h"

namespace postern {

// Octets of an address in network order.
using Ipv4Address = std::array<std::uint8_t, 4>;
using Ipv6Address = std::array<std::uint8_t, 16>;

// Ipv4Reading: an address, or the first fault met from the left; then the octets mean nothing.
struct Ipv4Reading {
  kernel::Fault fault;
  Ipv4Address address;
};

// DecimalReading: the digits at the beginning of a text: how many, and their value (256 stands for more).
struct DecimalReading {
  std::size_t length;
  unsigned value;
};

constexpr DecimalReading read_decimal(std::string_view text) {
  DecimalReading reading = {0, 0};
  while (reading.length < text.size() && kernel::is_digit(text[reading.length])) {
    const unsigned value = 10 * reading.value + static_cast<unsigned>(text[reading.length] - '0');
    reading.value = value < 256 ? value : 256;
    ++reading.length;
  }
  return reading;
}

constexpr kernel::Why octet_fault(std::string_view digits, unsigned value) {
  if (digits.size() > 1 && digits.front() == '0') return kernel::kLeadingZero;
  return value > 255 ? kernel::kOctetRange : kernel::kSound;
}

// read_ipv4 reads four decimal numbers 0-255 joined by dots, and nothing else (AD-G4). Where a number is
// missing the text is a short form at its end and has an empty number inside.
constexpr Ipv4Reading read_ipv4(std::string_view text) {
  using kernel::fault_at;
  Ipv4Address address = {};
  std::size_t at = 0;
  for (std::size_t number = 0; number < 4; ++number) {
    if (at == text.size()) return {fault_at(kernel::kShortForm, at), {}};
    const DecimalReading octet = read_decimal(text.substr(at));
    if (octet.length == 0) {
      return {fault_at(at == 0 ? kernel::kLeadingDot : kernel::kEmptyLabel, at), {}};
    }
    const kernel::Why why = octet_fault(text.substr(at, octet.length), octet.value);
    if (why != kernel::kSound) return {fault_at(why, at), {}};
    address[number] = static_cast<std::uint8_t>(octet.value);
    at += octet.length;
    if (number == 3) break;
    if (at == text.size()) return {fault_at(kernel::kShortForm, at), {}};
    if (text[at] != '.') return {fault_at(kernel::kOctetNotAllowed, at), {}};
    ++at;
  }
  if (at < text.size()) return {fault_at(kernel::kLongForm, at), {}};
  return {fault_at(kernel::kSound, 0), address};
}

constexpr std::optional<Ipv4Address> parse_ipv4(std::string_view text) {
  const Ipv4Reading reading = read_ipv4(text);
  if (reading.fault.why != kernel::kSound) return std::nullopt;
  return reading.address;
}

constexpr int hex_value(char octet) {
  if (kernel::is_digit(octet)) return octet - '0';
  const char folded = kernel::fold(octet);
  return folded >= 'a' && folded <= 'f' ? folded - 'a' + 10 : -1;
}

// parse_hex_group reads one to four hexadecimal digits.
constexpr std::optional<std::uint16_t> parse_hex_group(std::string_view text) {
  if (text.empty() || text.size() > 4) return std::nullopt;
  unsigned value = 0;
  for (const char octet : text) {
    const int digit = hex_value(octet);
    if (digit < 0) return std::nullopt;
    value = value * 16 + static_cast<unsigned>(digit);
  }
  return static_cast<std::uint16_t>(value);
}

// Ipv6Groups: what has been read of an IPv6 address: `used` octets, and where `::` stood, if it did.
struct Ipv6Groups {
  Ipv6Address octets = {};
  std::size_t used = 0;
  std::optional<std::size_t> gap;

  // append takes one piece between colons: a group, or an IPv4 address in the last place (RFC 4291, 2.2).
  constexpr bool append(std::string_view piece, bool last) {
    if (last && piece.find('.') != std::string_view::npos) {
      const std::optional<Ipv4Address> tail = parse_ipv4(piece);
      if (!tail || used > 12) return false;
      for (const std::uint8_t octet : *tail) octets[used++] = octet;
      return true;
    }
    const std::optional<std::uint16_t> group = parse_hex_group(piece);
    if (!group || used > 14) return false;
    octets[used++] = static_cast<std::uint8_t>(*group >> 8);
    octets[used++] = static_cast<std::uint8_t>(*group & 0xFF);
    return true;
  }

  // finish puts zeros where `::` stood: one group of them at least.
  constexpr std::optional<Ipv6Address> finish() const {
    if (!gap) return used == 16 ? std::optional(octets) : std::nullopt;
    if (used > 14) return std::nullopt;
    Ipv6Address address = {};
    for (std::size_t i = 0; i < *gap; ++i) address[i] = octets[i];
    for (std::size_t i = *gap; i < used; ++i) address[16 - used + i] = octets[i];
    return address;
  }
};

// parse_ipv6 reads RFC 4291 text: no zone, no brackets, no prefix.
constexpr std::optional<Ipv6Address> parse_ipv6(std::string_view text) {
  Ipv6Groups groups;
  if (text.starts_with("::")) {
    groups.gap = 0;
    text.remove_prefix(2);
    if (text.empty()) return groups.finish();
  }
  while (true) {
    const std::size_t colon = text.find(':');
    const bool last = colon == std::string_view::npos;
    if (!groups.append(text.substr(0, colon), last)) return std::nullopt;
    if (last) return groups.finish();
    text.remove_prefix(colon + 1);
    if (!text.starts_with(':')) continue;
    if (groups.gap) return std::nullopt;
    groups.gap = groups.used;
    text.remove_prefix(1);
    if (text.empty()) return groups.finish();
  }
}

// is_ipv4_mapped: within ::ffff:0:0/96.
constexpr bool is_ipv4_mapped(std::span<const std::uint8_t, 16> address) {
  for (std::size_t i = 0; i < 10; ++i) {
    if (address[i] != 0) return false;
  }
  return address[10] == 0xFF && address[11] == 0xFF;
}

}  // namespace postern
