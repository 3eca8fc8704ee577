// SPDX-License-Identifier: BSD-2-Clause
// What an SMTP keeper makes of texts. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace postern::daemon {

// Trace is what a Received line tells (RFC 5321, section 4.4).
struct Trace {
  std::string_view name;     // what the client called itself
  std::string_view address;  // whence it came, as text
  std::string_view with;     // protocol: a word of RFC 3848
  std::string_view host;     // we
  std::string_view id;
  std::string_view utc;  // 2026-01-02T03:04:05.678Z
};

// received_line makes the line, folded, ended by LF. The address is in brackets, as a literal.
[[nodiscard]] std::string received_line(const Trace& trace);

}  // namespace postern::daemon
