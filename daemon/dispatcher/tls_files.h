// SPDX-License-Identifier: BSD-2-Clause
// The files of the tls module, which only root may read and only tls does (DT-3, PV-7).
#pragma once

#include <string>
#include <vector>

#include "daemon/dispatcher/supervisor.h"
#include "daemon/sys/result.h"

namespace postern::daemon {

// open_tls_files opens key, certificate, authorities and revocations into `wiring`, if anything is encrypted.
// It reads none. Error: one that is not there, not root's (as root), a link, or a key that others may read.
[[nodiscard]] Result<void> open_tls_files(const Settings& settings, StartedAs started, Wiring& wiring);

// check_tls_files returns what would stop that or the tls module, for --check: a list of revocations that is
// stale too. The key is not read.
[[nodiscard]] std::vector<std::string> check_tls_files(const Settings& settings, StartedAs started);

}  // namespace postern::daemon
