// SPDX-License-Identifier: BSD-2-Clause
// What a session knows of encryption, and its one act: to have its connection encrypted.
#pragma once

#include <string_view>

#include "core/tls_policy.h"
#include "daemon/listener/connection.h"
#include "daemon/session/client_stream.h"
#include "daemon/sys/result.h"

namespace postern::daemon {

// SessionEncryption belongs to one connection. All must outlive it; `channels.client` is what the session
// talks on, and another descriptor after start().
class SessionEncryption {
 public:
  SessionEncryption(const tls::ServicePlan& plan, std::string_view service, const ConnectionRecord& record,
                    SessionChannels& channels)
      : plan_(plan), service_(service), record_(record), channels_(channels), encrypted_(record.encrypted) {}

  [[nodiscard]] bool is_encrypted() const { return encrypted_; }
  // may_start: STARTTLS is offered, and was not used.
  [[nodiscard]] bool may_start() const { return plan_.starttls && !encrypted_ && channels_.tls.is_open(); }
  // takes_passwords: EN-1, EN-2: now, on this connection.
  [[nodiscard]] bool takes_passwords() const { return plan_.password && (encrypted_ || plan_.plain_login); }

  // asks_for_certificates: EN-2: of the client, in the handshake of this connection.
  [[nodiscard]] bool asks_for_certificates() const { return plan_.certificate; }
  // may_have_certificate: there is or will be one; the keeper knows.
  [[nodiscard]] bool may_have_certificate() const { return plan_.certificate && encrypted_; }
  // no_password_text: why takes_passwords() is false, for the client.
  [[nodiscard]] std::string_view no_password_text() const {
    return encrypted_ || !plan_.password ? "no password here: log in by a certificate"
                                         : "no password here without encryption";
  }

  // start sends what was answered, gives the client's socket to tls, and lets `client` go on with
  // `channels.client`, as it is then. What was read before and not looked at is nothing any more. Requires
  // may_start(). After an Error the connection is to be ended.
  [[nodiscard]] Result<void> start(ClientStream& client);

 private:
  const tls::ServicePlan& plan_;
  std::string_view service_;
  const ConnectionRecord& record_;
  SessionChannels& channels_;
  bool encrypted_;
};

}  // namespace postern::daemon
