// SPDX-License-Identifier: BSD-2-Clause
//
// The theorems of proofs/coq/Grammar.v and RoundTrip.v as laws of the shipped code, in that order and by
// those names.
#include <algorithm>

#include "law.h"

namespace postern::laws {
namespace {

Strings split(const std::string& text, char separator) {
  Strings pieces(1);
  for (const char octet : text) {
    if (octet == separator) {
      pieces.emplace_back();
    } else {
      pieces.back() += octet;
    }
  }
  return pieces;
}

bool is_number(const std::string& digits, int most) {
  return !digits.empty() && digits.size() <= 3 && std::ranges::all_of(digits, kernel::is_digit) &&
         (digits.size() == 1 || digits.front() != '0') && std::stoi(digits) <= most;
}

// AD-G4, read another way.
bool is_quad(const std::string& text) {
  const Strings numbers = split(text, '.');
  return numbers.size() == 4 &&
         std::ranges::all_of(numbers, [](const std::string& n) { return is_number(n, 255); });
}

bool is_label(const std::string& label) {
  return !label.empty() && label.size() <= 63 && std::ranges::all_of(label, kernel::is_name_octet) &&
         !label.starts_with('-') && !label.ends_with('-');
}

// AD-G6, read another way: no trailing dot here.
bool is_domain_name(const std::string& text) {
  const Strings labels = split(text, '.');
  return text.size() <= 253 && std::ranges::all_of(labels, is_label) &&
         !std::ranges::all_of(labels.back(), kernel::is_digit);
}

std::string near_a_quad() {
  return below(2) == 0 ? pattern() : text_of("0125.", 15);
}

// Long labels and long names are as likely as short ones.
std::string near_a_name() {
  if (below(4) > 0) return below(2) == 0 ? domain() : text_of("aZ1-_.*/", 8);
  std::string name;
  for (std::size_t labels = below(6); labels > 0; --labels) name += std::string(60 + below(5), 'a') + ".";
  return name + std::string(1 + below(64), 'b');
}

std::string near_an_address() {
  return below(3) == 0 ? text_of("0f1:.", 12) : below(2) == 0 ? ipv6_text() : near_a_quad();
}

// ---- AD-G4, AD-G6, AD-C5 ------------------------------------------------------------------------------

LAW(a_text_of_digits_and_dots_is_a_pattern_or_has_a_fault) {
  const std::string written = near_a_quad();
  RC_PRE(!written.empty());
  const Entry entry = parse_entry(written);
  RC_ASSERT(is(kIpPattern, entry) == is_quad(written));
  RC_ASSERT(is(kMalformed, entry) == !is_quad(written));
  RC_ASSERT((entry.fault.why == kSound) == is_quad(written));
  RC_ASSERT(entry.fault.offset <= written.size());
}

LAW(a_text_is_a_domain_name_or_has_a_fault) {
  const std::string name = near_a_name();
  RC_ASSERT((kernel::domain_name_fault(text(name)).why == kSound) == is_domain_name(name));
}

LAW(an_address_text_is_no_domain_name) {
  const std::string written = near_an_address();
  if (!parse_client(written)) return;
  RC_ASSERT(kernel::domain_name_fault(text(written)).why != kSound);
}

// ---- AD-C1 --------------------------------------------------------------------------------------------

bool same_client(const Client& a, const Client& b) {
  return a.is_ipv6() == b.is_ipv6() && std::ranges::equal(a.kernel().address, b.kernel().address);
}

LAW(ipv4_mapped_clients_are_their_ipv4_address) {
  const Ipv4Address host = ipv4();
  Ipv6Address mapped = {};
  mapped[10] = mapped[11] = 0xFF;
  std::ranges::copy(host, mapped.begin() + 12);
  RC_ASSERT(same_client(Client::ipv6(mapped), Client::ipv4(host)));
}

LAW(no_other_embedding_is_unwrapped) {
  Ipv6Address address = {};
  address[10] = address[11] = 0xFF;
  std::ranges::copy(ipv4(), address.begin() + 12);
  const std::size_t bit = below(96);
  address.at(bit / 8) = static_cast<std::uint8_t>(address.at(bit / 8) ^ 1U << bit % 8);
  RC_ASSERT(Client::ipv6(address).is_ipv6());
}

// ---- What a value can become --------------------------------------------------------------------------

LAW(every_entry_is_well_formed) {
  const std::string written = below(2) == 0 ? any_value() : text_of("0:f/128a. ", 12);
  const Entry entry = parse_entry(written);
  RC_ASSERT((entry.fault.why == kSound) == !is(kMalformed, entry));
  if (is(kDomainName, entry)) RC_ASSERT(is_domain_name(std::string(view(entry.name))));
  if (!is(kIpv6Prefix, entry)) return;
  RC_ASSERT(entry.prefix_length <= 128);
  for (std::size_t bit = entry.prefix_length; bit < 128; ++bit) {
    RC_ASSERT((entry.address[bit / 8] & 0x80 >> bit % 8) == 0);
  }
  RC_ASSERT(entry.prefix_length < 96 || !is_ipv4_mapped(entry.address));
}

// ---- Printing -----------------------------------------------------------------------------------------

std::string printed(const Entry& entry) {
  return std::string(print_entry(entry).view());
}

// Canonical: as it was, but for the case of a name.
LAW(parse_print_round_trip) {
  const std::string written = any_value();
  const Entry entry = parse_entry(written);
  if (is(kBlank, entry) || is(kMalformed, entry)) return;
  const std::string text = printed(entry);
  std::string name(view(entry.name));
  std::ranges::transform(name, name.begin(), kernel::fold);
  Entry canonical = entry;
  canonical.name = postern::text(name);
  RC_ASSERT(same_entry(parse_entry(text), canonical));
}

LAW(printing_is_canonical) {
  const std::string written = any_value();
  const Entry entry = parse_entry(written);
  if (is(kBlank, entry) || is(kMalformed, entry)) return;
  const std::string text = printed(entry);
  RC_ASSERT(printed(parse_entry(text)) == text);
}

}  // namespace
}  // namespace postern::laws
