// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/tls/context.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <array>
#include <utility>

#include "daemon/sys/wipe.h"

namespace postern::daemon {
namespace {

struct Free {
  void operator()(BIO* bio) const noexcept { (void)BIO_free(bio); }
  void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
  void operator()(X509* certificate) const noexcept { X509_free(certificate); }
  void operator()(SSL* connection) const noexcept { SSL_free(connection); }
};
template <class Thing>
using Owned = std::unique_ptr<Thing, Free>;

constexpr const char* kGroups = "X25519:P-256:P-384";

Owned<BIO> reader_of(std::string_view text) {
  return Owned<BIO>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// Nobody is there to be asked for a password.
int no_password(char*, int, int, void*) {
  return -1;
}

// names_of: the suites of a version, in the order of preference.
std::string names_of(const tls::Plan& plan, tls::Version version) {
  std::string names;
  for (std::size_t i = 0; i < tls::kSuiteCount; ++i)
    if ((plan.suites >> i & 1U) != 0 && tls::kSuites[i].version == version)
      names += (names.empty() ? "" : ":") + std::string(tls::kSuites[i].name);
  return names;
}

int number_of(tls::Version version) {
  return version == tls::kTls12 ? TLS1_2_VERSION : TLS1_3_VERSION;
}

// EN-5: the versions and suites of the plan. OpenSSL keeps TLS 1.3's suites apart.
bool set_protocol(SSL_CTX& context, const tls::Plan& plan) {
  const int lowest = number_of((plan.versions & tls::kTls12) != 0 ? tls::kTls12 : tls::kTls13);
  const int highest = number_of((plan.versions & tls::kTls13) != 0 ? tls::kTls13 : tls::kTls12);
  std::string old = names_of(plan, tls::kTls12);
  if (plan.no_encryption) old += ":@SECLEVEL=0";  // EN-6: it is had no other way
  const std::string newest = names_of(plan, tls::kTls13);
  return SSL_CTX_set_min_proto_version(&context, lowest) == 1 &&
         SSL_CTX_set_max_proto_version(&context, highest) == 1 &&
         (old.empty() || SSL_CTX_set_cipher_list(&context, old.c_str()) == 1) &&
         (newest.empty() || SSL_CTX_set_ciphersuites(&context, newest.c_str()) == 1) &&
         SSL_CTX_set1_groups_list(&context, kGroups) == 1;
}

// Each connection stands for itself: nothing of one is of use in another.
void forbid_resumption(SSL_CTX& context) {
  (void)SSL_CTX_set_options(&context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                          SSL_OP_CIPHER_SERVER_PREFERENCE);
  (void)SSL_CTX_set_num_tickets(&context, 0);
  (void)SSL_CTX_set_session_cache_mode(&context, SSL_SESS_CACHE_OFF);
  (void)SSL_CTX_set_mode(&context, SSL_MODE_RELEASE_BUFFERS);
}

Result<void> use_key(SSL_CTX& context, std::string& pem) {
  const Owned<BIO> text = reader_of(pem);
  const Owned<EVP_PKEY> key(PEM_read_bio_PrivateKey(text.get(), nullptr, no_password, nullptr));
  wipe(pem);
  if (!key || SSL_CTX_use_PrivateKey(&context, key.get()) != 1)
    return openssl_error("is no private key in PEM without a password", "the key of tls-alias",
                         "write it with openssl pkey");
  return {};
}

Result<void> use_certificate(SSL_CTX& context, std::string_view pem) {
  const Owned<BIO> text = reader_of(pem);
  const Owned<X509> own(PEM_read_bio_X509(text.get(), nullptr, no_password, nullptr));
  if (!own || SSL_CTX_use_certificate(&context, own.get()) != 1)
    return openssl_error("is no certificate in PEM", "the certificate of tls-alias",
                         "write it with openssl x509");
  for (;;) {
    const Owned<X509> between(PEM_read_bio_X509(text.get(), nullptr, no_password, nullptr));
    if (!between) break;
    if (SSL_CTX_add1_chain_cert(&context, between.get()) != 1)
      return openssl_error("cannot be used", "the certificates of tls-alias",
                           "check them with openssl verify");
  }
  ERR_clear_error();  // the end of the file
  if (SSL_CTX_check_private_key(&context) != 1)
    return openssl_error("is not the key's certificate", "the certificate of tls-alias",
                         "put key and certificate of one pair there");
  return {};
}

Result<void> add_authorities(SSL_CTX& context, std::string_view pem) {
  const Owned<BIO> text = reader_of(pem);
  std::size_t count = 0;
  for (;; ++count) {
    const Owned<X509> one(PEM_read_bio_X509(text.get(), nullptr, no_password, nullptr));
    if (!one) break;
    if (X509_STORE_add_cert(SSL_CTX_get_cert_store(&context), one.get()) != 1 ||
        SSL_CTX_add_client_CA(&context, one.get()) != 1)
      return openssl_error("cannot be used", "tls-authorities", "check it with openssl x509");
  }
  ERR_clear_error();
  if (count == 0) return openssl_error("has no certificate", "tls-authorities", "write them there in PEM");
  return {};
}

Result<void> add_revocations(SSL_CTX& context, std::string_view pem) {
  X509_STORE* store = SSL_CTX_get_cert_store(&context);
  Result<void> added = for_each_revocations(pem, "tls-revocations", [store](X509_CRL& list) -> Result<void> {
    if (X509_STORE_add_crl(store, &list) == 1) return {};
    return openssl_error("cannot be used", "tls-revocations", "check it with openssl crl");
  });
  if (!added.ok()) return added;
  // Of each authority between a client and us, too: a list that is not there, or has become stale since, is
  // no list, and who depends on it is refused. Cannot fail.
  (void)X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
  return {};
}

// One end of a connection in memory.
struct End {
  Owned<SSL> connection;
  BIO* reads = nullptr;
  BIO* writes = nullptr;
};

End make_end(SSL_CTX& context) {
  End end{Owned<SSL>(SSL_new(&context)), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem())};
  if (end.connection) SSL_set_bio(end.connection.get(), end.reads, end.writes);
  return end;
}

void carry(BIO* from, BIO* to) {
  std::array<char, 4096> octets;
  for (int length = 0; (length = BIO_read(from, octets.data(), octets.size())) > 0;)
    (void)BIO_write(to, octets.data(), length);
}

// speak: handshake, one octet each way, the end.
bool speak(End& server, End& client) {
  SSL_set_accept_state(server.connection.get());
  SSL_set_connect_state(client.connection.get());
  bool both = false;
  for (int turn = 0; turn < 8 && !both; ++turn) {
    const int one = SSL_do_handshake(client.connection.get());
    carry(client.writes, server.reads);
    const int other = SSL_do_handshake(server.connection.get());
    carry(server.writes, client.reads);
    both = one == 1 && other == 1;
  }
  char octet = '\0';
  const auto pass = [&octet](End& from, End& to) {
    if (SSL_write(from.connection.get(), "x", 1) != 1) return false;
    carry(from.writes, to.reads);
    return SSL_read(to.connection.get(), &octet, 1) == 1;
  };
  return both && pass(client, server) && pass(server, client) && SSL_shutdown(server.connection.get()) >= 0;
}

bool warm_up_version(SSL_CTX& context, tls::Version version, bool no_encryption) {
  const TlsContext as_client(SSL_CTX_new(TLS_client_method()));
  if (!as_client || SSL_CTX_set_min_proto_version(as_client.get(), number_of(version)) != 1 ||
      SSL_CTX_set_max_proto_version(as_client.get(), number_of(version)) != 1)
    return false;
  if (no_encryption && SSL_CTX_set_cipher_list(as_client.get(), "ALL:eNULL:@SECLEVEL=0") != 1) return false;
  End server = make_end(context);
  End client = make_end(*as_client);
  return server.connection && client.connection && speak(server, client);
}

}  // namespace

Result<void> prepare_openssl() {
  if (OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT, nullptr) != 1)
    return openssl_error("OpenSSL cannot be made ready", {}, "check the OpenSSL installation");
  return {};
}

Result<TlsContext> make_context(const tls::Plan& plan, TlsMaterial& material) {
  TlsContext context(SSL_CTX_new(TLS_server_method()));
  if (!context || !set_protocol(*context, plan))
    return openssl_error("OpenSSL cannot speak what is asked for", "tls-versions, tls-ciphers",
                         "this is a defect, please report it");
  forbid_resumption(*context);
  if (Result<void> used = use_key(*context, material.key); !used.ok()) return used.take_error();
  if (Result<void> used = use_certificate(*context, material.certificate); !used.ok())
    return used.take_error();
  if (!material.authorities.empty())
    if (Result<void> added = add_authorities(*context, material.authorities); !added.ok())
      return added.take_error();
  if (!material.revocations.empty())
    if (Result<void> added = add_revocations(*context, material.revocations); !added.ok())
      return added.take_error();
  return context;
}

void ask_for_certificate(SSL& connection, bool demanded) {
  SSL_set_verify(&connection, SSL_VERIFY_PEER | (demanded ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0), nullptr);
}

const char* verdict_on_certificate(const SSL& connection) {
  return X509_verify_cert_error_string(SSL_get_verify_result(&connection));
}

Result<void> warm_up(SSL_CTX& context, const tls::Plan& plan) {
  for (const tls::Version version : {tls::kTls12, tls::kTls13})
    if ((plan.versions & version) != 0 && !warm_up_version(context, version, plan.no_encryption))
      return openssl_error("a connection in memory comes to nothing",
                           version == tls::kTls12 ? "TLS 1.2" : "TLS 1.3",
                           "is there a suite for the key's kind in tls-ciphers?");
  ERR_clear_error();
  return {};
}
}  // namespace postern::daemon
