// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <string.h>

#include <string>

namespace postern::daemon {

// wipe overwrites the octets of `secret` so that the compiler cannot leave it out, and empties it. What it
// held before it last grew is not reached.
inline void wipe(std::string& secret) {
  ::explicit_bzero(secret.data(), secret.size());
  secret.clear();
}

}  // namespace postern::daemon
