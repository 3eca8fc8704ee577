// SPDX-License-Identifier: BSD-2-Clause
//
// entry.h: one value of an access list, from its text and back (AD-G2 to AD-G9).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "address.h"
#include "kernel.h"

namespace postern {

using kernel::Entry;
using kernel::Fault;
using kernel::Kind;
using kernel::Text;
using kernel::Why;
using enum kernel::Kind;
using enum kernel::Why;

// text and view change between a string_view and the kernel's form of it. The octets stay the caller's.
constexpr Text text(std::string_view octets) {
  return {octets.data(), octets.size()};
}
constexpr std::string_view view(Text octets) {
  return {octets.octets, octets.length};
}

// why_code is the permanent name of `why`, as reports and vectors have it ("leading-zero").
std::string_view why_code(Why why) noexcept;

// cure says in one sentence what to write instead (AD-G7).
std::string_view cure(Why why) noexcept;

namespace detail {

constexpr bool is_blank(char octet) {
  return octet == ' ' || octet == '\t' || octet == '\r' || octet == '\n';
}

constexpr std::size_t blanks_before(std::string_view value) {
  std::size_t blanks = 0;
  while (blanks < value.size() && is_blank(value[blanks])) ++blanks;
  return blanks;
}

constexpr std::string_view without_blanks_after(std::string_view value) {
  while (!value.empty() && is_blank(value.back())) value.remove_suffix(1);
  return value;
}

constexpr bool is_keyword_none(std::string_view value) {
  constexpr std::string_view kKeyword = "none";
  if (value.size() != kKeyword.size()) return false;
  for (std::size_t i = 0; i < kKeyword.size(); ++i) {
    if (kernel::fold(value[i]) != kKeyword[i]) return false;
  }
  return true;
}

constexpr bool only_digits_and_dots(std::string_view value) {
  for (const char octet : value) {
    if (!kernel::is_digit(octet) && octet != '.') return false;
  }
  return true;
}

constexpr Entry entry_of_kind(Kind kind) {
  return {kind, kernel::fault_at(kSound, 0), {}, 0, {nullptr, 0}};
}

constexpr Entry malformed(Why why, std::size_t offset) {
  Entry entry = entry_of_kind(kMalformed);
  entry.fault = kernel::fault_at(why, offset);
  return entry;
}

// AD-G4
constexpr Entry parse_ip_pattern(std::string_view value) {
  const Ipv4Reading reading = read_ipv4(value);
  if (reading.fault.why != kSound) return malformed(reading.fault.why, reading.fault.offset);
  Entry entry = entry_of_kind(kIpPattern);
  for (std::size_t i = 0; i < reading.address.size(); ++i) entry.address[i] = reading.address[i];
  return entry;
}

// AD-G6
constexpr Entry parse_domain_name(std::string_view value) {
  const Text name = kernel::without_trailing_dot(text(value));
  const Fault fault = kernel::domain_name_fault(name);
  if (fault.why != kSound) return malformed(fault.why, fault.offset);
  Entry entry = entry_of_kind(kDomainName);
  entry.name = name;
  return entry;
}

// parse_prefix_length reads 0 to 128 in decimal without a leading zero (AD-G9).
constexpr std::optional<std::uint8_t> parse_prefix_length(std::string_view digits) {
  const DecimalReading length = read_decimal(digits);
  if (length.length == 0 || length.length != digits.size() || length.value > 128) return std::nullopt;
  if (octet_fault(digits, length.value) != kSound) return std::nullopt;
  return static_cast<std::uint8_t>(length.value);
}

constexpr std::optional<std::size_t> first_octet_with_host_bits(const Ipv6Address& address,
                                                                std::uint8_t length) {
  for (std::size_t i = 0; i < address.size(); ++i) {
    if ((address[i] & ~kernel::prefix_mask(length, i) & 0xFF) != 0) return i;
  }
  return std::nullopt;
}

// AD-G9
constexpr Entry parse_ipv6_prefix(std::string_view value) {
  const std::size_t slash = value.find('/');
  const std::optional<Ipv6Address> address = parse_ipv6(value.substr(0, slash));
  if (!address) return malformed(kIpv6Syntax, 0);
  std::uint8_t length = 128;
  if (slash != std::string_view::npos) {
    const std::optional<std::uint8_t> given = parse_prefix_length(value.substr(slash + 1));
    if (!given) return malformed(kPrefixLength, slash + 1);
    length = *given;
  }
  if (length >= 96 && is_ipv4_mapped(*address)) return malformed(kMappedPrefix, 0);
  if (first_octet_with_host_bits(*address, length)) return malformed(kHostBits, 0);
  Entry entry = entry_of_kind(kIpv6Prefix);
  for (std::size_t i = 0; i < address->size(); ++i) entry.address[i] = (*address)[i];
  entry.prefix_length = length;
  return entry;
}

// The kind is chosen by what the text is meant as; nothing that looks like an address can be a name.
constexpr Entry parse_trimmed(std::string_view value) {
  if (is_keyword_none(value)) return entry_of_kind(kNone);  // AD-G3, and first: AD-G6
  if (value.find(':') != std::string_view::npos) return parse_ipv6_prefix(value);
  if (only_digits_and_dots(value)) return parse_ip_pattern(value);
  return parse_domain_name(value);
}

}  // namespace detail

// without_blanks_around is `value` less the blanks that are no part of an entry (AD-G2).
constexpr std::string_view without_blanks_around(std::string_view value) noexcept {
  return detail::without_blanks_after(value.substr(detail::blanks_before(value)));
}

// parse_entry reads one value. Total: every octet string is an entry of some kind, kBlank and kMalformed
// among them. The entry borrows `value`'s octets. A fault's offset counts from the beginning of `value`,
// blanks included. Linear in the value's length, never allocates.
constexpr Entry parse_entry(std::string_view value) noexcept {
  const std::string_view trimmed = without_blanks_around(value);
  if (trimmed.empty()) return detail::entry_of_kind(kBlank);
  Entry entry = detail::parse_trimmed(trimmed);
  if (entry.kind == kMalformed) entry.fault.offset += detail::blanks_before(value);
  return entry;
}

// PrintedEntry holds the text that print_entry made: at most 253 octets.
class PrintedEntry {
 public:
  constexpr std::string_view view() const { return {octets_.data(), length_}; }
  constexpr void append(char octet) { octets_[length_++] = octet; }
  constexpr void append(std::string_view octets) {
    for (const char octet : octets) append(octet);
  }
  constexpr void append_number(unsigned value, unsigned base) {
    if (value >= base) append_number(value / base, base);
    append("0123456789abcdef"[value % base]);
  }

 private:
  std::array<char, 256> octets_ = {};
  std::size_t length_ = 0;
};

namespace detail {

// ZeroRun: the longest run of two or more zero groups, the first of several (RFC 5952, 4.2).
struct ZeroRun {
  std::size_t begin = 8;
  std::size_t length = 1;
};

constexpr unsigned group_of(const std::uint8_t (&address)[16], std::size_t group) {
  return static_cast<unsigned>(address[2 * group] << 8 | address[2 * group + 1]);
}

constexpr ZeroRun longest_zero_run(const std::uint8_t (&address)[16]) {
  ZeroRun best;
  std::size_t length = 0;
  for (std::size_t group = 0; group < 8; ++group) {
    length = group_of(address, group) == 0 ? length + 1 : 0;
    if (length > best.length) best = {group + 1 - length, length};
  }
  return best;
}

constexpr void print_ipv6(const std::uint8_t (&address)[16], PrintedEntry& out) {
  const ZeroRun run = longest_zero_run(address);
  for (std::size_t group = 0; group < 8; ++group) {
    if (group == run.begin) {
      out.append("::");
      group += run.length - 1;
      continue;
    }
    if (group > 0 && group != run.begin + run.length) out.append(':');
    out.append_number(group_of(address, group), 16);
  }
}

constexpr void print_ipv4(const std::uint8_t (&address)[16], PrintedEntry& out) {
  for (std::size_t i = 0; i < 4; ++i) {
    if (i > 0) out.append('.');
    out.append_number(address[i], 10);
  }
}

}  // namespace detail

// print_entry is the canonical text of an entry: lower case, no trailing dot (but for `none.`), RFC 5952.
// Reading it back gives an equal entry. kBlank and kMalformed print as nothing.
constexpr PrintedEntry print_entry(const Entry& entry) noexcept {
  PrintedEntry out;
  if (entry.kind == kNone) out.append("none");
  if (entry.kind == kIpPattern) detail::print_ipv4(entry.address, out);
  if (entry.kind == kIpv6Prefix) {
    detail::print_ipv6(entry.address, out);
    if (entry.prefix_length < 128) {
      out.append('/');
      out.append_number(entry.prefix_length, 10);
    }
  }
  if (entry.kind == kDomainName) {
    for (const char octet : view(entry.name)) out.append(kernel::fold(octet));
    if (detail::is_keyword_none(out.view())) out.append('.');  // the name, not the keyword (AD-G6)
  }
  return out;
}

}  // namespace postern
