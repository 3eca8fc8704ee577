// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/tls/revocations.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <array>
#include <memory>

namespace postern::daemon {
namespace {

struct Free {
  void operator()(BIO* bio) const noexcept { (void)BIO_free(bio); }
  void operator()(X509_CRL* list) const noexcept { X509_CRL_free(list); }
};

Result<void> check_in_force(const X509_CRL& list, std::string_view path) {
  const ASN1_TIME* next = X509_CRL_get0_nextUpdate(&list);
  if (next != nullptr && X509_cmp_current_time(next) > 0 &&
      X509_cmp_current_time(X509_CRL_get0_lastUpdate(&list)) < 0)
    return {};
  return Error{"is a list of revoked certificates that is stale, or not yet in force", std::string(path),
               "get the authority's newest list, and restart", 0, Exit::kConfig};
}

}  // namespace

Result<void> for_each_revocations(std::string_view pem, std::string_view path,
                                  const std::function<Result<void>(X509_CRL&)>& use) {
  const std::unique_ptr<BIO, Free> text(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  std::size_t count = 0;
  for (;; ++count) {
    const std::unique_ptr<X509_CRL, Free> list(PEM_read_bio_X509_CRL(text.get(), nullptr, nullptr, nullptr));
    if (!list) break;
    if (Result<void> good = check_in_force(*list, path); !good.ok()) return good;
    if (Result<void> used = use(*list); !used.ok()) return used;
  }
  ERR_clear_error();
  if (count == 0)
    return openssl_error("has no list of revoked certificates", std::string(path), "write it there in PEM");
  return {};
}

Error openssl_error(std::string what, std::string place, std::string cure) {
  std::array<char, 256> reason{};
  if (const unsigned long code = ERR_peek_last_error(); code != 0) {
    ERR_error_string_n(code, reason.data(), reason.size());
    what += " (" + std::string(reason.data()) + ")";
  }
  ERR_clear_error();
  return Error{std::move(what), std::move(place), std::move(cure), 0, Exit::kConfig};
}

}  // namespace postern::daemon
