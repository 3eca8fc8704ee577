// SPDX-License-Identifier: BSD-2-Clause
// One line of the log: made by any process, written by the logger alone.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "daemon/sys/fd.h"
#include "daemon/sys/result.h"

namespace postern::daemon {

inline constexpr std::size_t kMaxLogLine = 1024;  // octets, without what the logger puts in front

// LogLine collects `key=value` in a fixed buffer; what does not fit is cut and the line ends in "...".
// Values of ours are written as they are if they are of the safe set (letters, digits, and -_.:/@%+,[]),
// quoted and escaped otherwise. The logger puts time (UTC) and the sender's process id, as the kernel
// tells it, in front.
class LogLine {
 public:
  // `role` is the process's ("pop3-keeper"), `event` what happened ("login").
  LogLine(std::string_view role, std::string_view event);

  LogLine& with(std::string_view key, std::string_view value);
  LogLine& with(std::string_view key, std::uint64_t value);

  // said adds text that a client chose: quoted, every octet outside printable ASCII, '"' and '\' as \xHH,
  // cut after 128 octets. Call it last: nothing of ours follows what a stranger wrote.
  LogLine& said(std::string_view key, std::string_view text);

  [[nodiscard]] std::string_view view() const noexcept { return {octets_, length_}; }

 private:
  void add(std::string_view text);
  void add_escaped(std::string_view text, std::size_t limit);

  char octets_[kMaxLogLine] = {};
  std::size_t length_ = 0;
  bool cut_ = false;
};

// log_line sends the line to the logger behind `log`. Waits at most a second when the logger is behind
// (the socket's own time-out, set by the dispatcher). Makes one sendto(2) and nothing else.
[[nodiscard]] Result<void> log_line(int log, const LogLine& line);

// open_system_log is `log` for who has no logger of ours, a unit of its own: the system's (/dev/log), which
// puts time and process in front.
[[nodiscard]] Result<Fd> open_system_log();

// The system calls log_line makes: to no address but the logger's.
#define POSTERN_CALLS_OF_LOG POSTERN_CALL_IF(sendto, ::postern::daemon::argument(4, 0))

}  // namespace postern::daemon
