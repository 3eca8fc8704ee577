// SPDX-License-Identifier: BSD-2-Clause
// SASL PLAIN (RFC 4616): what a client says to log in by name and password, once it is no base64 any more.
// Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace postern::daemon {

// kSaslPlainLimit: octets of a line that holds the longest message of RFC 4616 (three texts of 255 octets) in
// base64, its CRLF counted.
inline constexpr size_t kSaslPlainLimit = (3 * 255 + 2 + 2) / 3 * 4 + 2;

// PlainLogin is whose login, and by which password; both borrow. No account: the client would act for
// somebody else, which nobody does here. That is to be refused as an unknown account is (AD-L2).
struct PlainLogin {
  std::string_view account;
  std::string_view password;
};

// parse_sasl_plain reads [authorization id] NUL account NUL password. nullopt: it is nothing of the kind.
[[nodiscard]] constexpr std::optional<PlainLogin> parse_sasl_plain(std::string_view message) {
  const size_t first = message.find('\0');
  const size_t second = first == std::string_view::npos ? first : message.find('\0', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  const std::string_view account = message.substr(first + 1, second - first - 1);
  const std::string_view password = message.substr(second + 1);
  if (account.empty() || password.empty() || password.find('\0') != std::string_view::npos)
    return std::nullopt;
  const bool himself = first == 0 || message.substr(0, first) == account;
  return PlainLogin{himself ? account : std::string_view(), password};
}

}  // namespace postern::daemon
