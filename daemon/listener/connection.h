// SPDX-License-Identifier: BSD-2-Clause
// What a listener hands to the two processes of a connection.
#pragma once

#include <sys/mman.h>
#include <sys/socket.h>

#include <cstdint>
#include <span>
#include <string_view>

#include "daemon/config/settings.h"
#include "daemon/sys/anonymous_memory.h"
#include "daemon/sys/fd.h"
#include "daemon/sys/sandbox.h"

namespace postern::daemon {

// ConnectionRecord is what accept(2) said of a connection. Constant from then on: no process that a client
// talks to can change it for the keeper, which has its own copy from before the session's first octet.
// Addresses are as the kernel gave them: an IPv4-mapped one is folded by core's Client (AD-C1).
struct ConnectionRecord {
  sockaddr_storage peer = {};
  sockaddr_storage local = {};
  std::uint64_t number = 0;            // counts up from 1 in one listener
  std::uint64_t accepted_at_nsec = 0;  // CLOCK_MONOTONIC
  bool encrypted = false;              // it came to an encrypted port: tls has the client's socket
  std::uint64_t socket = 0;  // the kernel's number of the client's socket; 0: no certificate is asked for
};

// SessionChannels are all descriptors a session has (PV-6: no file).
struct SessionChannels {
  Fd client;    // the connection, or what tls makes of it
  Fd keeper;    // SOCK_SEQPACKET to its keeper
  Fd log;       // to the logger
  Fd tls = {};  // where the connection can be sent to be encrypted (STARTTLS); -1: nowhere
};

// KeeperChannels are all descriptors a keeper has (PV-6: never the client's socket), and what memory it
// shares.
struct KeeperChannels {
  Fd session;                     // SOCK_SEQPACKET to its session
  Fd log;                         // to the logger
  Fd resolver;                    // to the resolver, for ask_resolver; not SMTP's
  Fd accounts;                    // directory postoffice/accounts
  Fd mailboxes;                   // directory of the mailbox tree; not SMTP's
  Fd incoming;                    // directory postoffice/queue/incoming; SMTP's alone
  Fd active;                      // directory postoffice/queue/active; SMTP's alone
  Fd hash_slots;                  // one descriptor shared by all keepers: see hash_slot.h
  Fd logins;                      // to the listener, shared by all keepers: see login_notes.h
  AnonymousMemory refusals = {};  // RefusalCounts, to be read
  Fd expected = {};     // where tls is asked to tell of a certificate (handoff.h); -1: it is not to be
  Fd certificate = {};  // where tls tells it, on an encrypted port; -1: not yet, or never
};

// The system calls of every session and keeper: memory (never executable), signals, the end. To be put in its
// list.
#define POSTERN_CALLS_OF_A_CONNECTION                                                                       \
  POSTERN_CALL(brk), POSTERN_CALL_IF(mmap, ::postern::daemon::without(2, PROT_EXEC)), POSTERN_CALL(munmap), \
      POSTERN_CALL(mremap), POSTERN_CALL(madvise), POSTERN_CALL(getrandom), POSTERN_CALL(rt_sigreturn),     \
      POSTERN_CALL(restart_syscall), POSTERN_CALL(exit_group)

// RunSession and RunKeeper run in a process of their own, forked from the listener, and return its exit
// status. Their first act is to enter their sandbox (run_role). They may not touch anything else of the
// listener.
using RunSession = int (*)(const Settings&, const ConnectionRecord&, SessionChannels);
using RunKeeper = int (*)(const Settings&, const ConnectionRecord&, KeeperChannels);

// Endpoints are where a module listens.
using Endpoints = std::span<const Endpoint> (*)(const Settings&);

// ModuleSpec is one protocol module. The profiles must be constants.
struct ModuleSpec {
  std::string_view name;  // "pop3"
  Endpoints endpoints = nullptr;
  RunSession run_session = nullptr;
  RunKeeper run_keeper = nullptr;
  const SandboxProfile* session = nullptr;
  const SandboxProfile* keeper = nullptr;
  Endpoints tls_endpoints = nullptr;                   // encrypted from the first octet; null: none
  bool (*offers_starttls)(const Settings&) = nullptr;  // null: never
  std::string_view busy = {};  // what a client hears that is not served, with its CRLF
  bool (*takes_certificates)(const Settings&) = nullptr;  // of clients (EN-2); null: never
};

}  // namespace postern::daemon
