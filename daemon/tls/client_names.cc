// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/tls/client_names.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <memory>
#include <vector>

namespace postern::daemon {
namespace {

struct FreeNames {
  void operator()(GENERAL_NAMES* names) const noexcept { GENERAL_NAMES_free(names); }
};

NameCoding coding_of(const ASN1_STRING& text) {
  switch (ASN1_STRING_type(&text)) {
    case V_ASN1_IA5STRING:
      return NameCoding::kIa5;
    case V_ASN1_PRINTABLESTRING:
      return NameCoding::kPrintable;
    case V_ASN1_UTF8STRING:
      return NameCoding::kUtf8;
    default:
      return NameCoding::kOther;
  }
}

void add(std::vector<CertificateName>& names, NameField field, const ASN1_STRING& text) {
  const auto* octets = reinterpret_cast<const char*>(ASN1_STRING_get0_data(&text));
  names.push_back({field, coding_of(text), {octets, static_cast<std::size_t>(ASN1_STRING_length(&text))}});
}

void add_subject(std::vector<CertificateName>& names, const X509_NAME& subject, int nid, NameField field) {
  for (int i = -1; (i = X509_NAME_get_index_by_NID(&subject, nid, i)) >= 0;)
    add(names, field, *X509_NAME_ENTRY_get_data(X509_NAME_get_entry(&subject, i)));
}

}  // namespace

ShownCertificate names_of_certificate(const X509& certificate) {
  std::vector<CertificateName> names;
  int critical = -1;  // -1: there is none
  const std::unique_ptr<GENERAL_NAMES, FreeNames> alternative(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(&certificate, NID_subject_alt_name, &critical, nullptr)));
  if (!alternative && critical != -1) {
    ERR_clear_error();
    names.push_back({NameField::kAlternativeAddress, NameCoding::kOther, {}});
  }
  for (int i = 0; alternative && i < sk_GENERAL_NAME_num(alternative.get()); ++i) {
    const GENERAL_NAME* one = sk_GENERAL_NAME_value(alternative.get(), i);
    if (one->type == GEN_EMAIL) add(names, NameField::kAlternativeAddress, *one->d.rfc822Name);
  }
  const X509_NAME& subject = *X509_get_subject_name(&certificate);
  add_subject(names, subject, NID_pkcs9_emailAddress, NameField::kSubjectAddress);
  add_subject(names, subject, NID_userId, NameField::kSubjectUserId);
  return choose_name(names);
}

ShownCertificate shown_by(const SSL& connection) {
  const X509* certificate = SSL_get0_peer_certificate(&connection);
  if (certificate == nullptr || SSL_get_verify_result(&connection) != X509_V_OK) return {};
  return names_of_certificate(*certificate);
}

}  // namespace postern::daemon
