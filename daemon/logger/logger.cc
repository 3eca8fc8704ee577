// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/logger/logger.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "daemon/logger/log.h"
#include "daemon/sys/clock.h"
#include "daemon/sys/files.h"
#include "daemon/sys/processes.h"

namespace postern::daemon {
namespace {

struct Received {
  std::array<char, kMaxLogLine> octets;
  std::size_t length = 0;
  pid_t sender = 0;
};

// Any descriptor somebody sends along is not asked for: without room for it the kernel closes it.
bool receive(int lines, Received& received) {
  iovec part{received.octets.data(), received.octets.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(ucred))> control{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const ssize_t got = recvmsg(lines, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
  if (got < 0) return false;
  received.length = static_cast<std::size_t>(got);
  received.sender = 0;
  const cmsghdr* first = CMSG_FIRSTHDR(&message);
  if (first != nullptr && first->cmsg_level == SOL_SOCKET && first->cmsg_type == SCM_CREDENTIALS) {
    ucred sender{};
    std::memcpy(&sender, CMSG_DATA(first), sizeof sender);
    received.sender = sender.pid;
  }
  return true;
}

}  // namespace

std::string printed_line(std::string_view octets, pid_t sender) {
  std::array<char, kUtcStampLength> stamp{};
  write_utc_stamp(stamp);
  std::string line(stamp.data(), stamp.size());
  line += " pid=" + std::to_string(sender) + " ";
  for (const char c : octets.substr(0, kMaxLogLine)) line += c >= 0x20 && c < 0x7f ? c : '?';
  line += '\n';
  return line;
}

Result<void> run_logger(int lines, int log) {
  Received received;
  for (bool more = true; more;) {
    more = Signals::wait_readable(lines);
    while (receive(lines, received)) {
      const std::string line = printed_line({received.octets.data(), received.length}, received.sender);
      if (auto written = write_all(log, line, "log"); !written.ok()) return written;
    }
    if (errno != EAGAIN && errno != EINTR) return system_error("the logger cannot read");
  }
  return {};
}

}  // namespace postern::daemon
