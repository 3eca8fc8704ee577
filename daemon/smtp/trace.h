// SPDX-License-Identifier: BSD-2-Clause
// What an SMTP keeper makes of texts. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace postern::daemon {

// Trace is what a Received line tells (RFC 5321, section 4.4).
struct Trace {
  std::string_view name;     // what the client called itself
  std::string_view address;  // whence it came, as text
  bool extended = false;     // EHLO
  std::string_view host;     // we
  std::string_view id;
  std::string_view utc;  // 2026-01-02T03:04:05.678Z
};

// received_line makes the line, folded, ended by LF. The address is in brackets, as a literal.
[[nodiscard]] std::string received_line(const Trace& trace);

// accounts_for returns the account names that may be meant by `mailbox`, the likelier first; none: it is not
// ours to deliver. "alice@example.org" means an account of that whole name, whatever its domain, or "alice"
// if the domain is one of `domains`; "postmaster" alone means that account. Case is folded (ASCII), the
// quotes of a quoted local part are dropped.
[[nodiscard]] std::vector<std::string> accounts_for(std::string_view mailbox,
                                                    std::span<const std::string> domains);

// is_local: whether the mailbox's domain is one of `domains`, or it has none.
[[nodiscard]] bool is_local(std::string_view mailbox, std::span<const std::string> domains);

}  // namespace postern::daemon
