// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/sys/notify.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cstddef>

#include "daemon/sys/fd.h"

namespace postern::daemon {

Result<void> tell_service_manager(const std::string& socket, std::string_view state) {
  if (socket.empty()) return {};
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const bool known = socket[0] == '/' || socket[0] == '@';
  if (!known || socket.size() >= sizeof address.sun_path)
    return Error{"NOTIFY_SOCKET is neither a path nor an abstract name", socket,
                 "start this with Type=notify, or without NOTIFY_SOCKET", 0, Exit::kUsage};
  std::ranges::copy(socket, address.sun_path);
  if (socket[0] == '@') address.sun_path[0] = '\0';
  const Fd speaks(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!speaks.is_open()) return system_error("cannot make a socket");
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket.size());
  const ssize_t sent = sendto(speaks.get(), state.data(), state.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
                              reinterpret_cast<const sockaddr*>(&address), length);
  if (sent != static_cast<ssize_t>(state.size()))
    return system_error("cannot tell the service manager", socket);
  return {};
}

}  // namespace postern::daemon
