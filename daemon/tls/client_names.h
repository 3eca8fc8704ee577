// SPDX-License-Identifier: BSD-2-Clause
// What a client's certificate comes to, as OpenSSL has it.
#pragma once

#include <openssl/ssl.h>

#include "daemon/tls/shown_certificate.h"

namespace postern::daemon {

// shown_by reads the names of the certificate that the client has shown and that was verified. Requires the
// handshake. A subjectAltName that cannot be read, or is there twice, is unusable.
[[nodiscard]] ShownCertificate shown_by(const SSL& connection);

// names_of_certificate: the same for a certificate by itself.
[[nodiscard]] ShownCertificate names_of_certificate(const X509& certificate);

}  // namespace postern::daemon
