// SPDX-License-Identifier: BSD-2-Clause
//
// tls_policy.cc: the words of every reason, in the order of its enumeration. Codes are permanent: tables and
// reports cite them.
#include "tls_policy.h"

#include <array>

namespace postern::tls {
namespace {

constexpr PolicyText kTexts[] = {
    {"plan", "", "is as it must be", "Nothing is wrong."},
    {"versions-empty", "tls-versions", "names no version", "Write TLS1.2, TLS1.3, or all; or drop the line."},
    {"version-unknown", "tls-versions", "is no version", "Write TLS1.2, TLS1.3, or all."},
    {"version-old", "tls-versions", "is a version that is gone", "Write its successor."},
    {"no-version", "tls-versions", "leaves no version", "Leave one of TLS1.2 and TLS1.3 in it."},
    {"ciphers-empty", "tls-ciphers", "names no suite", "Name suites, or all; or drop the line."},
    {"cipher-unknown", "tls-ciphers", "is no suite",
     "Write names as `openssl ciphers` has them, parted by commas, or all."},
    {"cipher-old", "tls-ciphers", "is a suite that is gone", "Write its successor."},
    {"no-cipher", "tls-ciphers", "leaves no suite for the versions", "Name one for each version, or all."},
    {"version-without-cipher", "tls-versions", "has a version for which there is no suite in tls-ciphers",
     "Name a suite for it, or leave the version out."},
    {"port-zero", "imap-tls-listen", "has port 0", "Write 220, or 993."},
    {"port-taken", "imap-tls-listen", "has the port of imap-listen", "Write 220, or 993."},
    {"port-without-encryption", "imap-tls-listen", "is there, but imap-encryption is off",
     "Set imap-encryption = optional or required, or drop the line."},
    {"certificate-without-encryption", "imap-authentication",
     "wants certificates, which are not seen without encryption",
     "Set imap-encryption = optional or required, or imap-authentication = password."},
    {"no-authorities", "imap-authentication", "wants certificates, but nobody vouches for them",
     "Name a file of authorities' certificates in tls-authorities."},
    {"revocations-without-authorities", "tls-revocations", "is there, but tls-authorities is not",
     "Name the authorities whose list it is, or drop the line."},
    {"no-alias", "tls-alias", "is not given, but encryption needs a key and a certificate",
     "Name a pair of tls-directory: NAME.key and NAME.crt."},
    {"unknown-alias", "tls-alias", "names no pair of tls-directory", "Name one that is there."},
    {"alias-without-key", "tls-alias", "names a certificate without its key",
     "Put NAME.key beside NAME.crt."},
    {"alias-without-certificate", "tls-alias", "names a key without its certificate",
     "Put NAME.crt beside NAME.key."},
    {"required-without-encryption", "tls-ciphers",
     "has a suite that does not encrypt, while encryption is required",
     "Drop NULL-SHA256, or set the encryption to optional."},
};
static_assert(std::size(kTexts) == static_cast<std::size_t>(kLastPolicyReason) + 1);

}  // namespace

PolicyText reason_text(PolicyReason reason) noexcept {
  return kTexts[static_cast<std::size_t>(reason)];
}

}  // namespace postern::tls
