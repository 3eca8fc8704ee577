// SPDX-License-Identifier: BSD-2-Clause
// Address lists (RFC 5322, sections 3.4 and 4.4) as IMAP's ENVELOPE has them (RFC 3501, section 7.4.2). Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postern::daemon {

inline constexpr size_t kAddressesLimit = 5000;

// ImapAddress: a mailbox; or the beginning of a group (`host` is none, `mailbox` its name); or the end of one
// (neither is there). nullopt is NIL.
struct ImapAddress {
  std::optional<std::string> name;
  std::optional<std::string> route;
  std::optional<std::string> mailbox;
  std::optional<std::string> host;
  friend bool operator==(const ImapAddress&, const ImapAddress&) = default;
};

// parse_addresses: the addresses of an unfolded field. Total: what is malformed comes as well as it can be
// read; every group that begins ends. A mailbox without a domain has an empty host. Encoded words stay.
[[nodiscard]] std::vector<ImapAddress> parse_addresses(std::string_view field);

}  // namespace postern::daemon
