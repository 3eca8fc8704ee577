// SPDX-License-Identifier: BSD-2-Clause
//
// Law: parse_client(t) = inet_pton(t), the C library's reading of RFC 4291 and of dotted quads; and
// parse_client(inet_ntop(a)) = a, mapped addresses unwrapped (AD-C1, AD-G4). Input: an address as text.
#include <arpa/inet.h>

#include <algorithm>
#include <string>

#include "core/client.h"
#include "fuzz/law.h"

namespace {

using namespace postern;

bool same(const Client& a, const Client& b) {
  return a.is_ipv6() == b.is_ipv6() && std::ranges::equal(a.kernel().address, b.kernel().address);
}

std::optional<Client> library_client(const std::string& text) {
  Ipv4Address ipv4{};
  Ipv6Address ipv6{};
  if (text.find('\0') != std::string::npos) return std::nullopt;
  if (inet_pton(AF_INET, text.c_str(), ipv4.data()) == 1) return Client::ipv4(ipv4);
  if (inet_pton(AF_INET6, text.c_str(), ipv6.data()) == 1) return Client::ipv6(ipv6);
  return std::nullopt;
}

std::optional<Client> client_of(std::string_view text) {
#ifdef POSTERN_SEEDED_BUG
  if (text.ends_with("::")) text.remove_suffix(1);  // a gap at the end is not understood
#endif
  return parse_client(text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(octets_of(data, size));
  const std::optional<Client> client = client_of(text);
  const std::optional<Client> library = library_client(text);
  hold(client.has_value() == library.has_value(), "both read it, or neither");
  if (!client) return 0;
  hold(same(*client, *library), "parse_client(t) = inet_pton(t)");
  char printed[INET6_ADDRSTRLEN] = {};
  const int family = client->is_ipv6() ? AF_INET6 : AF_INET;
  hold(inet_ntop(family, client->kernel().address, printed, sizeof printed) != nullptr, "it can be printed");
  const std::optional<Client> again = client_of(printed);
  hold(again && same(*again, *client), "parse_client(inet_ntop(a)) = a");
  return 0;
}
