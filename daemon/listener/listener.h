// SPDX-License-Identifier: BSD-2-Clause
// A listener: accepts, forks session and keeper, reaps. It reads no octet from the network (PV-6).
#pragma once

#include <cstddef>
#include <vector>

#include "daemon/listener/connection.h"
#include "daemon/sys/credentials.h"
#include "daemon/sys/fd.h"
#include "daemon/sys/sockets.h"

namespace postern::daemon {

// ListenerChannels are the descriptors a listener holds and hands on.
struct ListenerChannels {
  Fd log;
  Fd resolver;
  Fd accounts;
  Fd mailboxes;
  Fd incoming;
  Fd active;
  std::vector<Listener> listeners;
  std::size_t encrypted = 0;  // how many of them, the last, are encrypted from the first octet
  Fd tls = {};                // -1: nothing is encrypted
  Fd expected = {};           // -1: no certificate is asked for
};

// run_listener prepares the sandboxes of `module`, enters its own and serves until SIGTERM (then it ends its
// children too and returns 0), until 8 of its children have died alarmingly within an hour (then it returns
// Exit::kTemporary and leaves the others to finish), or until something of ours fails.
[[nodiscard]] int run_listener(const Settings& settings, const Dropped& dropped, const ModuleSpec& module,
                               ListenerChannels channels);

// listener_main is main() of a protocol module's executable.
[[nodiscard]] int listener_main(const ModuleSpec& module);

}  // namespace postern::daemon
