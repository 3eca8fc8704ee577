// SPDX-License-Identifier: BSD-2-Clause
#include "conformance/runner/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <cstring>

namespace postern::conformance {

std::optional<SocketAddress> socket_address(const std::string& address, unsigned port) {
  SocketAddress result;
  sockaddr_in four{};
  sockaddr_in6 six{};
  if (inet_pton(AF_INET, address.c_str(), &four.sin_addr) == 1) {
    four.sin_family = AF_INET;
    four.sin_port = htons(static_cast<uint16_t>(port));
    result.size = sizeof four;
    std::memcpy(&result.storage, &four, sizeof four);
    return result;
  }
  if (inet_pton(AF_INET6, address.c_str(), &six.sin6_addr) != 1) return std::nullopt;
  six.sin6_family = AF_INET6;
  six.sin6_port = htons(static_cast<uint16_t>(port));
  result.size = sizeof six;
  std::memcpy(&result.storage, &six, sizeof six);
  return result;
}

std::string address_text(const SocketAddress& address) {
  char text[INET6_ADDRSTRLEN] = "";
  if (address.family() == AF_INET) {
    inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in*>(&address.storage)->sin_addr, text, sizeof text);
  } else {
    inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6*>(&address.storage)->sin6_addr, text,
              sizeof text);
  }
  return text;
}

std::string source_address(const std::string& ip) {
  in6_addr six{};
  if (inet_pton(AF_INET6, ip.c_str(), &six) == 1 && IN6_IS_ADDR_V4MAPPED(&six)) {
    char text[INET_ADDRSTRLEN] = "";
    inet_ntop(AF_INET, &six.s6_addr[12], text, sizeof text);
    return text;
  }
  const auto address = socket_address(ip, 0);
  return address ? address_text(*address) : "";
}

}  // namespace postern::conformance
