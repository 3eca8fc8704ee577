// SPDX-License-Identifier: BSD-2-Clause
// The server's side of TLS as OpenSSL has it: made of core's plan and of the files, once, before the first
// connection.
#pragma once

#include <openssl/ssl.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/tls_policy.h"
#include "daemon/sys/result.h"
#include "daemon/tls/revocations.h"

namespace postern::daemon {

struct FreeContext {
  void operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }
};
using TlsContext = std::unique_ptr<SSL_CTX, FreeContext>;

// TlsMaterial is the content of the files, in PEM.
struct TlsMaterial {
  std::string key;
  std::string certificate;  // the server's own first, then those between it and an authority
  std::string authorities;  // empty: no client's certificate is asked for
  std::string revocations;  // their lists; empty: none
};

// prepare_openssl makes the library ready without its configuration file: nothing is opened (EN-5: what is
// spoken is said in one place). Before anything else of it.
[[nodiscard]] Result<void> prepare_openssl();

// make_context makes what connections are made from: the versions and suites of the plan and no other, no
// tickets, no resumption, no renegotiation, no compression. Overwrites the key's text. Error: a file that is
// no PEM or needs a password, a key that is not the certificate's, a list of revocations that is stale or
// nobody's.
[[nodiscard]] Result<TlsContext> make_context(const tls::Plan& plan, TlsMaterial& material);

// ask_for_certificate has a connection ask its client for a certificate (EN-2). One that is not of the
// authorities, or not in force, or revoked, ends the handshake; none does so if it is demanded. Before the
// handshake.
void ask_for_certificate(SSL& connection, bool demanded);

// verdict_on_certificate: why a handshake may have failed, in OpenSSL's words: "ok" if the certificate was
// not the reason.
[[nodiscard]] const char* verdict_on_certificate(const SSL& connection);

// warm_up makes one whole connection in memory for each version of the plan, so that nothing of the library
// is made ready later, in a worker, that may open nothing.
[[nodiscard]] Result<void> warm_up(SSL_CTX& context, const tls::Plan& plan);

}  // namespace postern::daemon
