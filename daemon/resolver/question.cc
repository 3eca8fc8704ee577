// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/resolver/question.h"

#include <netinet/in.h>

#include <algorithm>
#include <cstring>

#include "core/client.h"
#include "core/entry.h"

namespace postern::daemon {
namespace {

bool same_name(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return kernel::fold(x) == kernel::fold(y); });
}

Text without_dot(std::string_view name) {
  return kernel::without_trailing_dot(text(name));
}

}  // namespace

bool fold_address(const sockaddr_storage& client, Address& address) {
  address = {};
  if (client.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(client);
    std::memcpy(address.octets, &v4.sin_addr, 4);
    address.is_ipv4 = 1;
    return true;
  }
  if (client.ss_family != AF_INET6) return false;
  const auto& v6 = reinterpret_cast<const sockaddr_in6&>(client);
  Ipv6Address octets{};
  std::memcpy(octets.data(), &v6.sin6_addr, octets.size());
  const Client folded = Client::ipv6(octets);  // AD-C1
  address.is_ipv4 = folded.is_ipv6() ? 0 : 1;
  std::memcpy(address.octets, folded.kernel().address, folded.is_ipv6() ? 16 : 4);
  return true;
}

// AD-C5. An address text never is AD-G6: its last label is all digits, or it holds a ':'.
bool qualifies(std::string_view name) {
  return kernel::domain_name_fault(without_dot(name)).why == kernel::kSound;
}

void add_name(ResolvedNames& names, std::string_view name) {
  if (names.count == kMaxNames || !qualifies(name)) return;
  const std::string_view bare = view(without_dot(name));
  for (std::size_t i = 0; i < names.count; ++i)
    if (same_name(names.name(i), bare)) return;
  std::memcpy(names.octets[names.count], bare.data(), bare.size());
  names.lengths[names.count++] = static_cast<std::uint8_t>(bare.size());
}

ResolvedNames checked(const ResolvedNames& answer) {
  ResolvedNames names;
  if (static_cast<std::uint8_t>(answer.status) > static_cast<std::uint8_t>(LookupStatus::kTimedOut))
    return names;
  names.status = answer.status;
  if (names.status != LookupStatus::kOk) return names;
  for (std::size_t i = 0; i < std::min<std::size_t>(answer.count, kMaxNames); ++i)
    if (answer.lengths[i] <= kMaxNameLength) add_name(names, answer.name(i));
  if (names.count == 0) names.status = LookupStatus::kNone;
  return names;
}

}  // namespace postern::daemon
