// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/logger/logger.h"

#include <array>
#include <cerrno>

#include "daemon/logger/log.h"
#include "daemon/sys/clock.h"
#include "daemon/sys/files.h"
#include "daemon/sys/processes.h"
#include "daemon/sys/sockets.h"

namespace postern::daemon {

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
  std::array<char, kMaxLogLine> room{};
  for (bool more = true; more;) {
    more = Signals::wait_readable(lines);
    while (const auto message = receive_named(lines, room)) {
      const std::string line = printed_line({room.data(), message->length}, message->sender);
      if (auto written = write_all(log, line, "log"); !written.ok()) return written;
    }
    if (errno != EAGAIN && errno != EINTR) return system_error("the logger cannot read");
  }
  return {};
}

}  // namespace postern::daemon
