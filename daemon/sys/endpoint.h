// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <netinet/in.h>

#include <cstdint>

namespace postern::daemon {

// Endpoint is one address and port to listen on; [::] takes IPv4 as well (dual-stack).
struct Endpoint {
  sockaddr_in6 v6 = {};
  sockaddr_in v4 = {};
  bool is_v6 = false;      // which of the two is meant
  std::uint16_t port = 0;  // host order
};

}  // namespace postern::daemon
