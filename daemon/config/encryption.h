// SPDX-License-Identifier: BSD-2-Clause
// From the lines of the configuration to core's TLS policy (EN). For settings.cc.
#pragma once

#include <optional>
#include <string>

#include "daemon/config/settings.h"

namespace postern::daemon {

// EncryptionWishes: what the lines on encryption ask for, until it is decided.
struct EncryptionWishes {
  tls::PolicySettings policy;  // but for the texts
  std::optional<std::string> versions;
  std::optional<std::string> ciphers;
};

// decide_encryption asks core. Pure, but for lookup.pair.
[[nodiscard]] tls::PolicyVerdict decide_encryption(const Settings& settings, const EncryptionWishes& wishes,
                                                   const UserLookup& lookup);

}  // namespace postern::daemon
