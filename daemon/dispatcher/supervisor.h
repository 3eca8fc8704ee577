// SPDX-License-Identifier: BSD-2-Clause
// Starts the modules and starts them again. Accepts nothing and reads nothing from the network (PV-3).
#pragma once

#include <vector>

#include "daemon/config/settings.h"
#include "daemon/sys/credentials.h"
#include "daemon/sys/fd.h"
#include "daemon/sys/processes.h"
#include "daemon/sys/result.h"
#include "daemon/sys/sockets.h"

namespace postern::daemon {

// Wiring is every descriptor that outlives a module: it is made once and handed to each fresh start.
struct Wiring {
  Fd null;               // /dev/null
  Fd settings;           // sealed
  Fd log_file;           // the log, for the logger alone
  SocketPair lines;      // first: where everybody speaks; second: the logger's
  SocketPair questions;  // first: where keepers ask; second: the resolver's
  Fd accounts;
  Fd mailboxes;
  Fd incoming;  // of the queue
  Fd active;
  Fd maildrops;         // where the deliver supervisor asks the maildrop helper; -1: there is none
  pid_t helper = 0;     // the maildrop helper; 0: there is none
  pid_t deliver = 0;    // the deliver supervisor
  SocketPair lifeline;  // first: kept by the dispatcher alone; second: the two's, which end with first
  SocketPair encrypt;   // first: where listeners and sessions send connections; second: the tls module's
  SocketPair expected;  // first: where listeners and keepers ask to be told of certificates; second: tls's
  Fd tls_key;           // its files, opened while this was root, and not read (PV-7)
  Fd tls_certificate;
  Fd tls_authorities;  // -1: none
  Fd tls_revocations;  // -1: none
  std::vector<Listener> pop3;
  std::vector<Listener> imap;  // none: no IMAP
  std::vector<Listener> smtp;  // none: no SMTP
};

// make_channels fills in `lines`, `questions`, `encrypt`, `expected` and `lifeline`.
[[nodiscard]] Result<void> make_channels(Wiring& wiring);

// Programs are the modules' executables, checked and sealed.
struct Programs {
  Program logger;
  Program resolver;
  Program pop3;
  Program smtp;
  Program tls;   // not loaded if nothing is encrypted
  Program imap;  // not loaded if it has no listener
};

// deliver_descriptors is what the deliver supervisor is started with.
[[nodiscard]] std::vector<int> deliver_descriptors(const Wiring& wiring);

// supervise starts logger, resolver, tls (if anything is encrypted) and those of pop3, imap and smtp that
// have a listener, and keeps them running until SIGTERM or SIGINT (Exit::kOk; all are ended, whoever is left
// after 5 s is killed), or until one of them has ended five times within a minute (Exit::kTemporary). The
// deliver supervisor is running already; as only root could start it again, its end is the end
// (Exit::kTemporary). `signals` blocks what it waits for.
[[nodiscard]] Exit supervise(const Dropped& dropped, const Signals& signals, const Programs& programs,
                             Wiring& wiring);

}  // namespace postern::daemon
