// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/resolver/lookup.h"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstring>
#include <memory>

namespace postern::daemon {
namespace {

constexpr std::size_t kMaxAnswer = 65536;

struct FreeAddresses {
  void operator()(addrinfo* list) const { freeaddrinfo(list); }
};

const void* address_in(const addrinfo& info) {
  if (info.ai_family == AF_INET) return &reinterpret_cast<const sockaddr_in*>(info.ai_addr)->sin_addr;
  return &reinterpret_cast<const sockaddr_in6*>(info.ai_addr)->sin6_addr;
}

enum class Confirmation { kYes, kNo, kUnknown };

// AD-C4
Confirmation confirm(const char* name, const Address& address) {
  addrinfo wish{};
  wish.ai_family = address.is_ipv4 != 0 ? AF_INET : AF_INET6;
  wish.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  const int code = getaddrinfo(name, nullptr, &wish, &list);
  const std::unique_ptr<addrinfo, FreeAddresses> owner(list);
  if (code == EAI_AGAIN || code == EAI_SYSTEM || code == EAI_FAIL || code == EAI_MEMORY)
    return Confirmation::kUnknown;
  if (code != 0) return Confirmation::kNo;
  const std::size_t size = address.is_ipv4 != 0 ? 4 : 16;
  for (const addrinfo* info = list; info != nullptr; info = info->ai_next)
    if (info->ai_family == wish.ai_family && std::memcmp(address_in(*info), address.octets, size) == 0)
      return Confirmation::kYes;
  return Confirmation::kNo;
}

struct Candidates {
  LookupStatus status = LookupStatus::kNone;
  ResolvedNames names;
};

// AD-C3: the name first, then the aliases, as the name service orders them.
Candidates ask_reverse(const Address& address) {
  Candidates found;
  static std::array<char, kMaxAnswer> buffer;
  hostent entry{};
  hostent* result = nullptr;
  int why = 0;
  const int code = gethostbyaddr_r(address.octets, address.is_ipv4 != 0 ? 4 : 16,
                                   address.is_ipv4 != 0 ? AF_INET : AF_INET6, &entry, buffer.data(),
                                   buffer.size(), &result, &why);
  if (code != 0 || result == nullptr) {
    const bool none = code == 0 && (why == HOST_NOT_FOUND || why == NO_DATA);
    found.status = none ? LookupStatus::kNone : LookupStatus::kFailed;
    return found;
  }
  if (entry.h_name != nullptr) add_name(found.names, entry.h_name);
  for (char** alias = entry.h_aliases; alias != nullptr && *alias != nullptr; ++alias)
    add_name(found.names, *alias);
  found.status = found.names.count != 0 ? LookupStatus::kOk : LookupStatus::kNone;
  return found;
}

}  // namespace

ResolvedNames look_up(const Address& address, HostnameCheck check) {
  Candidates found = ask_reverse(address);
  found.names.status = found.status;
  if (found.status != LookupStatus::kOk || check == HostnameCheck::kReverse) return found.names;
  ResolvedNames confirmed;
  bool unknown = false;
  for (std::size_t i = 0; i < found.names.count; ++i) {
    const Confirmation answer = confirm(found.names.octets[i], address);
    if (answer == Confirmation::kYes) add_name(confirmed, found.names.name(i));
    unknown = unknown || answer == Confirmation::kUnknown;
  }
  // AD-C6: whatever the reason, a name that is not confirmed is no name; the status is for the log.
  const LookupStatus without = unknown ? LookupStatus::kFailed : LookupStatus::kNone;
  confirmed.status = confirmed.count != 0 ? LookupStatus::kOk : without;
  return confirmed;
}

}  // namespace postern::daemon
