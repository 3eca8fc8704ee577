// SPDX-License-Identifier: BSD-2-Clause
// The resolver: one address in, at most 8 names out (the named exception of PV-6).
#pragma once

#include "daemon/config/settings.h"
#include "daemon/sys/result.h"

namespace postern::daemon {

// run_resolver reads questions from `questions` and forks one child for each. A child begins with a C library
// that has never asked the name service, so a changed hosts file or resolv.conf is seen at the next
// question; it has an alarm at the question's deadline or the settings' own, whichever is sooner. At most 32
// children at a time: further questions wait in the socket. Answers only with an Error.
[[nodiscard]] Error run_resolver(int questions, const Settings& settings);

}  // namespace postern::daemon
