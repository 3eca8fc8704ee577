// SPDX-License-Identifier: BSD-2-Clause
// How long a session waits for its keeper to check a login.
#pragma once

#include "daemon/config/settings.h"

namespace postern::daemon {

// login_patience_ms: the look-up, a turn to hash and a hash, rounded up to quanta, and then some.
inline int login_patience_ms(const Settings& settings) {
  const auto longest = settings.lookup_deadline * 2 + settings.refusal_quantum * 2;
  return static_cast<int>(longest.count()) + 60'000;
}

}  // namespace postern::daemon
