// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/config/values.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>

namespace postern::daemon {
namespace {

using std::chrono::milliseconds;

Complaint endpoint_complaint() {
  return {"is not ADDRESS:PORT", "write 192.0.2.1:110, [2001:db8::1]:110, or [::]:110 for IPv4 and IPv6"};
}

// `usual`: the port where none is written; 0: one must be.
std::optional<Endpoint> parse_endpoint(std::string_view value, std::uint16_t usual) {
  const std::size_t colon = value.rfind(':');
  const bool bare = colon == std::string_view::npos || value.ends_with(']');
  if (bare && usual == 0) return std::nullopt;
  if (bare) return parse_endpoint(std::string(value) + ":" + std::to_string(usual), 0);
  const auto port = whole_number<std::uint16_t>(value.substr(colon + 1));
  std::string host(value.substr(0, colon));
  if (!port || *port == 0) return std::nullopt;
  Endpoint endpoint;
  endpoint.port = *port;
  endpoint.is_v6 = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (endpoint.is_v6) host = host.substr(1, host.size() - 2);
  endpoint.v6.sin6_family = AF_INET6;
  endpoint.v4.sin_family = AF_INET;
  endpoint.v6.sin6_port = endpoint.v4.sin_port = htons(*port);
  void* out =
      endpoint.is_v6 ? static_cast<void*>(&endpoint.v6.sin6_addr) : static_cast<void*>(&endpoint.v4.sin_addr);
  if (inet_pton(endpoint.is_v6 ? AF_INET6 : AF_INET, host.c_str(), out) != 1) return std::nullopt;
  return endpoint;
}

}  // namespace

Taken take_number(std::string_view value, std::uint32_t low, std::uint32_t high, std::uint32_t& out) {
  const auto number = whole_number<std::uint32_t>(value);
  if (!number || *number < low || *number > high)
    return Complaint{"is not a number from " + std::to_string(low) + " to " + std::to_string(high),
                     "write one"};
  out = *number;
  return kTaken;
}
Taken take_path(std::string_view value, PathText& out) {
  if (value.empty() || value.front() != '/') return Complaint{"is not an absolute path", "begin it with '/'"};
  if (value.size() >= sizeof out.octets) return Complaint{"is a path over 1023 octets", "use a shorter one"};
  if (value.find("/../") != std::string_view::npos || value.ends_with("/.."))
    return Complaint{"has '..' in it", "write the path it leads to"};
  while (value.size() > 1 && value.back() == '/') value.remove_suffix(1);
  std::memset(out.octets, 0, sizeof out.octets);
  std::memcpy(out.octets, value.data(), value.size());
  return kTaken;
}

Taken take_duration(std::string_view value, milliseconds high, milliseconds& out) {
  const std::size_t digits = std::min(value.find_first_not_of("0123456789"), value.size());
  const auto number = whole_number<std::uint32_t>(value.substr(0, digits));
  const std::string_view unit = value.substr(digits);
  const bool known = unit == "s" || unit == "ms" || (unit.empty() && number && *number == 0);
  if (!number || !known) return Complaint{"is not a duration", "write 3s or 200ms, or 0 for none"};
  const milliseconds length{static_cast<std::int64_t>(*number) * (unit == "s" ? 1000 : 1)};
  if (length > high)
    return Complaint{"is longer than " + std::to_string(high.count() / 1000) + "s", "shorten it"};
  out = length;
  return kTaken;
}

Taken take_listen(std::string_view value, Endpoint (&all)[kMaxEndpoints], std::uint32_t& count,
                  std::uint16_t usual) {
  if (count == kMaxEndpoints) return Complaint{"is one endpoint too many", "listen on at most 16"};
  const auto endpoint = parse_endpoint(value, usual);
  if (!endpoint) return endpoint_complaint();
  all[count++] = *endpoint;
  return kTaken;
}
Taken take_host(std::string_view value, HostText& out) {
  const auto is_part = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
  };
  const bool odd_dots =
      value.find("..") != std::string_view::npos || value.starts_with('.') || value.ends_with('.');
  if (value.empty() || value.size() > 253 || odd_dots || !std::ranges::all_of(value, is_part))
    return Complaint{"is not a host's name", "write one like mail.example.org"};
  std::memset(out.octets, 0, sizeof out.octets);
  std::ranges::transform(value, out.octets,
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return kTaken;
}

Taken take_size(std::string_view value, std::uint64_t low, std::uint64_t high, std::uint64_t& out) {
  const std::size_t digits = std::min(value.find_first_not_of("0123456789"), value.size());
  const auto number = whole_number<std::uint32_t>(value.substr(0, digits));
  const std::string_view unit = value.substr(digits);
  const unsigned shift = unit == "M" ? 20 : unit == "k" ? 10 : 0;
  if (!number || (shift == 0 && !unit.empty()))
    return Complaint{"is not a size", "write octets, or 512k or 32M"};
  const std::uint64_t octets = std::uint64_t{*number} << shift;
  if (octets < low || octets > high)
    return Complaint{"is not from " + std::to_string(low) + " to " + std::to_string(high) + " octets",
                     "write one that is"};
  out = octets;
  return kTaken;
}

Taken take_alias(std::string_view value, AliasText& out) {
  const auto is_part = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_';
  };
  if (value.empty() || value.size() >= sizeof out.octets || value.starts_with('.') ||
      !std::ranges::all_of(value, is_part))
    return Complaint{"is not the name of a pair", "write NAME, for NAME.key and NAME.crt in tls-directory"};
  std::memset(out.octets, 0, sizeof out.octets);
  std::memcpy(out.octets, value.data(), value.size());
  return kTaken;
}

// EN-5: the word to blame is told in the line that has it.
Taken take_list(std::string_view value, const tls::Chosen& chosen, std::optional<std::string>& out) {
  out = std::string(value);
  const std::string word =
      chosen.word == value ? std::string() : "has '" + std::string(chosen.word) + "', which ";
  switch (chosen.fault) {
    case tls::ListFault::kNone:
    case tls::ListFault::kEmpty:  // the policy's to tell
      return kTaken;
    case tls::ListFault::kUnknown:
      return Complaint{word + "is none that there is", "write names parted by commas, or all"};
    case tls::ListFault::kOld:
      break;
  }
  return Complaint{word + "is gone", "write " + std::string(chosen.successor) + ", its successor"};
}

}  // namespace postern::daemon
