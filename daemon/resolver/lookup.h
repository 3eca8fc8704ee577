// SPDX-License-Identifier: BSD-2-Clause
// The system's name service, asked in this very process. Only the resolver's children call this.
#pragma once

#include "daemon/config/settings.h"
#include "daemon/resolver/question.h"

namespace postern::daemon {

// look_up asks for name and aliases of `address` and, for kConfirmed, keeps those whose forward look-up in
// the client's own family gives the address back (AD-C3, AD-C4). May block for as long as the name service
// does: the caller has an alarm.
[[nodiscard]] ResolvedNames look_up(const Address& address, HostnameCheck check);

}  // namespace postern::daemon
