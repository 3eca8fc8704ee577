// SPDX-License-Identifier: BSD-2-Clause
// What a keeper knows of its client's certificate: what tls tells it, and nothing that a session says (PV-7).
#pragma once

#include <sys/socket.h>

#include <optional>

#include "daemon/listener/connection.h"
#include "daemon/sys/result.h"
#include "daemon/tls/shown_certificate.h"

namespace postern::daemon {

// ClientCertificate uses `channels.expected` and `channels.certificate`, which stay the caller's. Both must
// outlive it.
class ClientCertificate {
 public:
  ClientCertificate(const ConnectionRecord& record, KeeperChannels& channels)
      : record_(record), channels_(channels) {}

  // expect asks tls to tell, when the session is about to send it the client's socket. Does nothing where no
  // certificate is asked for, or it was asked already.
  [[nodiscard]] Result<void> expect();

  // shown waits for the end of the handshake, 40 s at most, if there is or will be one. What was told stays.
  [[nodiscard]] Result<ShownCertificate> shown();

 private:
  const ConnectionRecord& record_;
  KeeperChannels& channels_;
  std::optional<ShownCertificate> told_;
};

// The system calls of a ClientCertificate, besides a keeper's channel's.
#define POSTERN_CALLS_OF_CLIENT_CERTIFICATE                                \
  POSTERN_CALL_IF(socketpair, ::postern::daemon::argument_int(0, AF_UNIX), \
                  ::postern::daemon::argument_int(1, SOCK_SEQPACKET | SOCK_CLOEXEC))

}  // namespace postern::daemon
