// SPDX-License-Identifier: BSD-2-Clause
// What the kernel writes of a process and of sockets in /proc, read strictly. Pure.
#ifndef POSTERN_CONFORMANCE_AUDIT_PROC_TEXT_H_
#define POSTERN_CONFORMANCE_AUDIT_PROC_TEXT_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "core/permission_model/credentials.h"

namespace postern::conformance {

// ProcStatus: of /proc/PID/status, what the permission model asks for. Securebits are not in it: 0.
struct ProcStatus {
  std::uint32_t parent = 0;
  permission::Credentials credentials;
  std::uint8_t seccomp = 0;
  std::uint32_t threads = 0;
  friend bool operator==(const ProcStatus&, const ProcStatus&) = default;
};

// parse_proc_status: nothing unless every field is there once and as the kernel writes it. A process can set
// its own name; the kernel keeps line ends out of that, so no line is the process's.
std::optional<ProcStatus> parse_proc_status(std::string_view text);

// SocketFamily: which table of /proc/PID/net it is: tcp or tcp6; unix; netlink.
enum class SocketFamily : std::uint8_t { kInet, kUnix, kNetlink };

// ProcSocket: one line of such a table. Only kInet has a state: the kernel's, kTcpListen among them.
struct ProcSocket {
  std::uint64_t inode = 0;
  std::uint8_t state = 0;
  friend bool operator==(const ProcSocket&, const ProcSocket&) = default;
};
inline constexpr std::uint8_t kTcpListen = 0x0A;

// parse_proc_sockets: the lines after the heading; lines that are none are passed over (a Unix socket's name
// may hold a line end). Whoever looks a socket up finds kInet's first: nobody else can write lines there.
std::vector<ProcSocket> parse_proc_sockets(std::string_view text, SocketFamily family);

}  // namespace postern::conformance

#endif  // POSTERN_CONFORMANCE_AUDIT_PROC_TEXT_H_
