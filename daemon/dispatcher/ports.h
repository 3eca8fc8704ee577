// SPDX-License-Identifier: BSD-2-Clause
// The sockets that the modules listen on: bound here, or passed by a service manager that has bound them
// (LISTEN_FDS), to whoever is not root.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

#include "daemon/config/settings.h"
#include "daemon/dispatcher/supervisor.h"
#include "daemon/sys/fd.h"
#include "daemon/sys/result.h"
#include "daemon/sys/sockets.h"

namespace postern::daemon {

// Port is one address of the settings, and the service there: "pop3", "pop3-tls", "imap", "imap-tls", "smtp".
struct Port {
  std::string_view service;
  Endpoint endpoint;
};

// ports_of returns all of them in one order, everywhere: POP3's, its encrypted ones, IMAP's likewise, SMTP's.
[[nodiscard]] std::vector<Port> ports_of(const Settings& settings);

// bind_ports binds every port, and listens on none (PV-1a).
[[nodiscard]] Result<std::vector<BoundSocket>> bind_ports(const Settings& settings);

// PassedWords are LISTEN_FDS, LISTEN_PID and LISTEN_FDNAMES of the environment; null: not there.
struct PassedWords {
  const char* count = nullptr;
  const char* process = nullptr;
  const char* names = nullptr;

  [[nodiscard]] static PassedWords of_environment();
};

// passed_names returns the service of each socket passed to the process `self`, in their order; none if none
// was passed. Error, with its cure: words that are not for this process, a number that is none or more than
// all ports may be, a name that is none of a Port's, or not one for each socket.
[[nodiscard]] Result<std::vector<std::string>> passed_names(const PassedWords& words, pid_t self);

inline constexpr int kFirstPassed = 3;  // sd_listen_fds(3)

// PassedSocket is one of them, owned.
struct PassedSocket {
  std::string service;
  Fd socket;
};

// own_passed makes the descriptors from `first` on our own, close-on-exec. Error if one of them is not open.
[[nodiscard]] Result<std::vector<PassedSocket>> own_passed(const std::vector<std::string>& names,
                                                           int first = kFirstPassed);

// match_ports puts the sockets into the order of ports_of. Error, with its cure, unless each is as
// endpoint_of asks and they are the settings' ports, each once, by service and address: what is listened on
// is what the configuration says, however it is started.
[[nodiscard]] Result<std::vector<BoundSocket>> match_ports(const Settings& settings,
                                                           std::vector<PassedSocket> passed);

// listen_on listens on every one (PV-1a): requires the proof that there is nothing left to drop.
[[nodiscard]] Result<std::vector<Listener>> listen_on(const Dropped& dropped, std::vector<BoundSocket> bound);

// hand_out gives each listener, in the order of ports_of, to its module.
void hand_out(const Settings& settings, std::vector<Listener> listeners, Wiring& wiring);

}  // namespace postern::daemon
