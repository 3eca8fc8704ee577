// SPDX-License-Identifier: BSD-2-Clause
// The logger: the one process that writes the log.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <string>
#include <string_view>

#include "daemon/sys/result.h"

namespace postern::daemon {

// printed_line returns what the logger writes for `octets` received from process `sender`: a time stamp, the
// process id and the octets in one line. Whatever is no printable ASCII, a line break above all, becomes '?':
// the sender escapes, but a process that was taken over may not.
[[nodiscard]] std::string printed_line(std::string_view octets, pid_t sender);

// run_logger reads lines from `lines` and writes them to `log` until SIGTERM has been noted (see Signals) and
// everything that was sent before is written.
[[nodiscard]] Result<void> run_logger(int lines, int log);

}  // namespace postern::daemon
