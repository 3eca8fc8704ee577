// SPDX-License-Identifier: BSD-2-Clause
// What sd_notify(3) does, by hand: one datagram to whoever has started this.
#pragma once

#include <string>
#include <string_view>

#include "daemon/sys/result.h"

namespace postern::daemon {

// tell_service_manager sends `state` ("READY=1") to `socket`, the value of NOTIFY_SOCKET: a path, or @ and an
// abstract name; empty: nobody wants to be told, which is no error. Never waits. Abstract names are out of
// Landlock's reach (ABI 6): to be called before the cage.
[[nodiscard]] Result<void> tell_service_manager(const std::string& socket, std::string_view state);

}  // namespace postern::daemon
