// SPDX-License-Identifier: BSD-2-Clause
// A live process as /proc shows it: what it is, and what its open descriptors are.
#ifndef POSTERN_CONFORMANCE_AUDIT_PROCESS_FACTS_H_
#define POSTERN_CONFORMANCE_AUDIT_PROCESS_FACTS_H_

#include <sys/types.h>

#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "conformance/audit/proc_text.h"

namespace postern::conformance {

// AuditError: nothing can be known of the server: no such process, or /proc does not tell. what() has the
// cure.
class AuditError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Held: how many open descriptors of each kind.
struct Held {
  unsigned listening = 0;  // inet sockets that listen
  unsigned connected = 0;  // any other socket that can reach another machine: inet in any state, packet
  unsigned local = 0;      // Unix and netlink sockets
  unsigned files = 0;      // regular files and directories
  unsigned devices = 0;    // but /dev/null
  unsigned memory = 0;     // memory files
  unsigned others = 0;     // pipes, and what has no name: signalfd, inotify, Landlock rule sets
  std::vector<std::string> paths;  // of the files and devices
};

// SeenProcess: one process.
struct SeenProcess {
  pid_t pid = 0;
  std::string program;     // argv[0] without its directory
  std::string executable;  // as /proc/PID/exe
  ProcStatus status;
  bool dumpable = false;  // told by who owns its /proc files; of root:root's nobody can tell
  Held held;
};

// see_tree: `top` and everything below it, parents first. What ends meanwhile is left out. Throws AuditError.
std::vector<SeenProcess> see_tree(pid_t top);

}  // namespace postern::conformance

#endif  // POSTERN_CONFORMANCE_AUDIT_PROCESS_FACTS_H_
