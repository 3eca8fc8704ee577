// SPDX-License-Identifier: BSD-2-Clause
#include <sys/socket.h>

#include "daemon/logger/log.h"
#include "daemon/sys/sockets.h"

namespace postern::daemon {

Result<Fd> open_system_log() {
  return connect_local("/dev/log", SOCK_DGRAM);
}

}  // namespace postern::daemon
