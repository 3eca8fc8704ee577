// SPDX-License-Identifier: BSD-2-Clause
// How long a session waits for its keeper to check a login.
#pragma once

#include "daemon/config/settings.h"
#include "daemon/listener/refusal_counts.h"

namespace postern::daemon {

// login_patience_ms: the look-up, a turn to hash and a hash, rounded up to quanta, the longest that a refusal
// may wait, and then some.
inline int login_patience_ms(const Settings& settings) {
  const auto longest = settings.lookup_deadline * 2 + settings.refusal_quantum * (kMostQuanta + 1);
  return static_cast<int>(longest.count()) + 60'000;
}

}  // namespace postern::daemon
