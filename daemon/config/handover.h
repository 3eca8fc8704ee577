// SPDX-License-Identifier: BSD-2-Clause
// Which descriptor is what in a module, and how a module takes over from the dispatcher.
#pragma once

#include "daemon/config/settings.h"
#include "daemon/sys/credentials.h"
#include "daemon/sys/fd.h"
#include "daemon/sys/result.h"

namespace postern::daemon {

// Descriptors 0, 1 and 2 are /dev/null in every module.
namespace handed {
inline constexpr int kSettings = 3;  // sealed memory file with the octets of Settings
inline constexpr int kLog = 4;       // where log_line sends; in the logger: where it reads

inline constexpr int kHelper = 5;  // deliver supervisor: the maildrop helper's socket, or /dev/null
inline constexpr int kLifeline =
    6;  // deliver supervisor: readable when the dispatcher is gone, or wants it gone

inline constexpr int kLogFile = 5;  // logger: the log itself

inline constexpr int kQuestions = 5;  // resolver: where questions arrive

inline constexpr int kTlsRequests = 5;  // tls: where connections arrive
inline constexpr int kTlsKey = 6;       // tls: its files, opened and not read; /dev/null: there is none
inline constexpr int kTlsCertificate = 7;
inline constexpr int kTlsAuthorities = 8;
inline constexpr int kTlsRevocations = 9;
inline constexpr int kTlsExpected = 10;  // where it arrives whom to tell of a certificate

// What a protocol module does not use is /dev/null to it.
inline constexpr int kResolver = 5;   // protocol module: where questions are sent
inline constexpr int kAccounts = 6;   // directory postoffice/accounts
inline constexpr int kMailboxes = 7;  // directory of the mailbox tree
inline constexpr int kIncoming = 8;   // directory postoffice/queue/incoming
inline constexpr int kActive = 9;     // directory postoffice/queue/active
inline constexpr int kTls = 10;       // where connections are sent to be encrypted: see daemon/tls/handoff.h
inline constexpr int kExpected = 11;  // where tls is asked to tell a keeper of a certificate: the same
inline constexpr int kFirstListener = 12;  // one for each of the module's endpoints
}  // namespace handed

// seal_settings writes `settings` into a memory file that nobody can change.
[[nodiscard]] Result<Fd> seal_settings(const Settings& settings);

// read_settings reads them from such a descriptor. Error if it is not sealed or of another build.
[[nodiscard]] Result<void> read_settings(int file, Settings& settings);

}  // namespace postern::daemon
