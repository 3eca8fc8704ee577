// SPDX-License-Identifier: BSD-2-Clause
// Settings of encryption, out of octets.
#pragma once

#include <array>

#include "core/tls_policy.h"
#include "fuzz/law.h"

namespace fuzz {

using namespace postern::tls;

inline constexpr std::array kAliases = {Alias{"a", true, true}, Alias{"k", true, false},
                                        Alias{"c", false, true}};

inline unsigned figure(std::string_view& rest, unsigned count) {
  if (rest.empty()) return 0;
  const auto octet = static_cast<unsigned char>(rest.front());
  rest.remove_prefix(1);
  return octet % count;
}

inline PolicySettings settings_of(std::string_view text) {
  std::string_view figures = cut(text, '\n');
  PolicySettings asked;
  asked.imap = static_cast<Encryption>(figure(figures, 3));
  if (const unsigned pop = figure(figures, 4); pop < 3) asked.pop = static_cast<Encryption>(pop);
  if (const unsigned smtp = figure(figures, 3); smtp < 2) asked.smtp = smtp == 1;
  asked.authentication = static_cast<Authentication>(figure(figures, 3));
  constexpr std::array<std::uint16_t, 4> kPorts = {143, 220, 993, 0};
  asked.plain_port = kPorts[figure(figures, 3)];
  if (const unsigned port = figure(figures, 5); port < 4) asked.encrypted_port = kPorts[port];
  asked.has_authorities = figure(figures, 2) == 1;
  asked.has_revocations = figure(figures, 2) == 1;
  asked.aliases = kAliases;
  asked.alias = cut(text, '\n');
  if (const std::string_view versions = cut(text, '\n'); versions != "-") asked.versions = versions;
  if (text != "-") asked.ciphers = text;
  return asked;
}

}  // namespace fuzz
