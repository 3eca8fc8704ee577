// SPDX-License-Identifier: BSD-2-Clause
// The tls module: has the private key, and for each encrypted connection one worker. It never accepts: who
// has accepted, or a session at STARTTLS, sends it the client's socket. No process but these has the key in
// its address space (PV-7), and none of these knows an account, a mailbox or a message.
#pragma once

#include "daemon/config/settings.h"
#include "daemon/sys/fd.h"
#include "daemon/sys/result.h"

namespace postern::daemon {

// TlsChannels are the descriptors that the module is started with. Those of files were opened by the
// dispatcher while it was root, and not read.
struct TlsChannels {
  Fd log;
  Fd requests;
  Fd expected;
  Fd key;
  Fd certificate;
  Fd authorities;  // -1: none
  Fd revocations;  // -1: none
};

// run_tls enters its sandbox, reads the files, makes one connection in memory per version, and serves until
// SIGTERM (0; its workers are ended too), or until 8 workers have died alarmingly within an hour
// (Exit::kTemporary: a fresh one, of another memory layout, takes over; the workers go on), or until
// something of ours fails. Returns the exit status.
[[nodiscard]] int run_tls(const Settings& settings, TlsChannels channels);

}  // namespace postern::daemon
