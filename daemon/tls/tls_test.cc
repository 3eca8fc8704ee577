// SPDX-License-Identifier: BSD-2-Clause
// What the tls module makes of files and of requests; connections in memory. Live ones are live_test.py's.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <string>
#include <thread>

#include "daemon/sys/sockets.h"
#include "daemon/tls/context.h"
#include "daemon/tls/handoff.h"
#include "daemon/tls/relay.h"
#include "daemon/tls/tls.h"

namespace postern::daemon {
namespace {

struct Free {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(X509* one) const { X509_free(one); }
  void operator()(X509_CRL* one) const { X509_CRL_free(one); }
  void operator()(BIO* one) const { (void)BIO_free(one); }
};
using Key = std::unique_ptr<EVP_PKEY, Free>;

template <class Write>
std::string pem_of(Write write) {
  const std::unique_ptr<BIO, Free> out(BIO_new(BIO_s_mem()));
  EXPECT_EQ(write(out.get()), 1);
  char* octets = nullptr;
  const long length = BIO_get_mem_data(out.get(), &octets);
  return {octets, static_cast<std::size_t>(length)};
}

Key make_key() {
  return Key(EVP_EC_gen("P-256"));
}

std::string key_pem(const Key& key) {
  return pem_of([&](BIO* out) {
    return PEM_write_bio_PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
}

std::string certificate_pem(const Key& key) {
  const std::unique_ptr<X509, Free> made(X509_new());
  X509_NAME* name = X509_get_subject_name(made.get());
  EXPECT_EQ(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                                       reinterpret_cast<const unsigned char*>("test"), -1, -1, 0),
            1);
  EXPECT_EQ(X509_set_issuer_name(made.get(), name), 1);
  EXPECT_NE(X509_gmtime_adj(X509_getm_notBefore(made.get()), -60), nullptr);
  EXPECT_NE(X509_gmtime_adj(X509_getm_notAfter(made.get()), 3600), nullptr);
  EXPECT_EQ(X509_set_pubkey(made.get(), key.get()), 1);
  EXPECT_GT(X509_sign(made.get(), key.get(), EVP_sha256()), 0);
  return pem_of([&](BIO* out) { return PEM_write_bio_X509(out, made.get()); });
}

// A list that was made `from` seconds from now and is in force `until` then.
std::string revocations_pem(const Key& key, long from, long until) {
  const std::unique_ptr<X509_CRL, Free> made(X509_CRL_new());
  const std::unique_ptr<ASN1_TIME, decltype(&ASN1_TIME_free)> last(X509_gmtime_adj(nullptr, from),
                                                                   ASN1_TIME_free);
  const std::unique_ptr<ASN1_TIME, decltype(&ASN1_TIME_free)> next(X509_gmtime_adj(nullptr, until),
                                                                   ASN1_TIME_free);
  EXPECT_EQ(X509_CRL_set1_lastUpdate(made.get(), last.get()), 1);
  EXPECT_EQ(X509_CRL_set1_nextUpdate(made.get(), next.get()), 1);
  EXPECT_GT(X509_CRL_sign(made.get(), key.get(), EVP_sha256()), 0);
  return pem_of([&](BIO* out) { return PEM_write_bio_X509_CRL(out, made.get()); });
}

tls::Plan plan_of(std::string_view ciphers = "all") {
  const tls::Alias alias{"a", true, true};
  return tls::decide_policy(
             {.imap = tls::Encryption::kOptional, .alias = "a", .aliases = {&alias, 1}, .ciphers = ciphers})
      .plan;
}

std::string refused(TlsMaterial material) {
  const auto made = make_context(plan_of(), material);
  return made.ok() ? "" : made.error().text();
}

TEST(TlsContext, APairSpeaksEachVersion) {
  const Key key = make_key();
  ASSERT_TRUE(prepare_openssl().ok());
  for (const char* ciphers : {"all", "TLS_AES_128_GCM_SHA256", "ECDHE-ECDSA-AES128-GCM-SHA256"}) {
    TlsMaterial material{key_pem(key), certificate_pem(key), {}, {}};
    auto context = make_context(plan_of(ciphers), material);
    ASSERT_TRUE(context.ok()) << context.error().text();
    EXPECT_EQ(material.key.find("PRIVATE"), std::string::npos);  // PV-7: the text is overwritten
    const auto warm = warm_up(**context, plan_of(ciphers));
    EXPECT_TRUE(warm.ok()) << warm.error().text();
  }
  // No suite for a key of this kind: told at the start, not by each client.
  TlsMaterial material{key_pem(key), certificate_pem(key), {}, {}};
  auto context = make_context(plan_of("ECDHE-RSA-AES128-GCM-SHA256"), material);
  ASSERT_TRUE(context.ok());
  EXPECT_FALSE(warm_up(**context, plan_of("ECDHE-RSA-AES128-GCM-SHA256")).ok());
}

TEST(TlsContext, WhatCannotBeUsedIsRefusedWithItsCure) {
  const Key key = make_key();
  const Key other = make_key();
  const std::string good = certificate_pem(key);
  const std::string locked = pem_of([&](BIO* out) {
    return PEM_write_bio_PrivateKey(out, key.get(), EVP_aes_128_cbc(), nullptr, 0, nullptr,
                                    const_cast<char*>("x"));
  });
  EXPECT_EQ(refused({key_pem(key), good, {}, {}}), "");
  EXPECT_NE(refused({locked, good, {}, {}}).find("without a password"), std::string::npos);
  EXPECT_NE(refused({"", good, {}, {}}).find("openssl pkey"), std::string::npos);
  EXPECT_NE(refused({key_pem(key), "", {}, {}}).find("openssl x509"), std::string::npos);
  EXPECT_NE(refused({key_pem(other), good, {}, {}}), "");  // EN-4: no pair
  EXPECT_NE(refused({key_pem(key), good, "nothing", {}}).find("tls-authorities"), std::string::npos);
}

TEST(TlsContext, AStaleListOfRevocationsIsRefused) {
  const Key key = make_key();
  const std::string good = certificate_pem(key);
  EXPECT_EQ(refused({key_pem(key), good, good, revocations_pem(key, -60, 3600)}), "");
  EXPECT_NE(refused({key_pem(key), good, good, revocations_pem(key, -7200, -3600)}).find("stale"),
            std::string::npos);
  EXPECT_NE(refused({key_pem(key), good, good, revocations_pem(key, 60, 3600)}).find("in force"),
            std::string::npos);
  EXPECT_NE(refused({key_pem(key), good, good, "nothing"}).find("has no list"), std::string::npos);
}

std::size_t open_descriptors() {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& one : std::filesystem::directory_iterator("/proc/self/fd")) ++count;
  return count;
}

// What a session that is not itself any more may send.
void send_raw(int channel, std::string_view packet, std::size_t descriptors) {
  char control[CMSG_SPACE(sizeof(int) * 8)] = {};
  iovec part{const_cast<char*>(packet.data()), packet.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (descriptors != 0) {
    message.msg_control = control;
    message.msg_controllen = CMSG_SPACE(sizeof(int) * descriptors);
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int) * descriptors);
    for (std::size_t i = 0; i < descriptors; ++i) reinterpret_cast<int*>(CMSG_DATA(header))[i] = 0;
  }
  ASSERT_EQ(sendmsg(channel, &message, MSG_NOSIGNAL), static_cast<ssize_t>(packet.size()));
}

TEST(TlsHandoff, TwoDescriptorsAndAWholeRequestAndNothingElse) {
  auto made = packet_pair();
  ASSERT_TRUE(made.ok());
  const int channel = made->first.get();
  const std::size_t before = open_descriptors();
  TlsRequest good = make_tls_request("pop3", 7);
  TlsRequest bad = good;
  bad.service[5] = 'x';
  const std::string_view whole(reinterpret_cast<const char*>(&good), sizeof good);
  const std::string_view odd(reinterpret_cast<const char*>(&bad), sizeof bad);
  send_raw(channel, whole, 0);
  send_raw(channel, whole, 1);
  send_raw(channel, whole, 3);
  send_raw(channel, whole, 8);
  send_raw(channel, odd, 2);
  send_raw(channel, whole.substr(1), 2);
  send_raw(channel, std::string(whole) + "x", 2);
  send_raw(channel, "", 0);
  for (int i = 0; i < 8; ++i) {
    const auto received = receive_connection(made->second.get());
    ASSERT_TRUE(received.ok()) << i;
    EXPECT_FALSE(received.value()) << i;
  }
  EXPECT_EQ(open_descriptors(), before);  // whatever came along is closed
  ASSERT_TRUE(hand_to_tls(channel, good, 0, 0).ok());
  const auto received = receive_connection(made->second.get());
  ASSERT_TRUE(received.ok() && received.value());
  EXPECT_STREQ(received.value()->request.service, "pop3");
  EXPECT_EQ(received.value()->request.connection, 7U);
}

Fd file_of(const std::string& text) {
  Fd file(::memfd_create("tls-test", MFD_CLOEXEC));
  EXPECT_EQ(::write(file.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  return file;
}

SocketPair pair_of(Result<SocketPair> made) {
  EXPECT_TRUE(made.ok());
  return std::move(made).value();
}

// The whole module: three workers for each of max-connections, and whoever comes then waits for one to end.
TEST(TlsModule, MoreThanItsWorkersWait) {
  Settings settings;
  settings.max_connections = 1;
  settings.encryption = plan_of();
  const Key key = make_key();
  const SocketPair log = pair_of(datagram_pair());
  const SocketPair expected = pair_of(packet_pair());
  const SocketPair requests = pair_of(packet_pair());
  const pid_t module = ::fork();
  ASSERT_GE(module, 0);
  if (module == 0) {
    const auto own = [](const Fd& file) { return Fd(::fcntl(file.get(), F_DUPFD_CLOEXEC, 3)); };
    (void)::setpgid(0, 0);
    ::_exit(run_tls(settings, {own(log.first), own(requests.second), own(expected.second),
                               file_of(key_pem(key)), file_of(certificate_pem(key)), Fd(), Fd()}));
  }
  std::array<SocketPair, 4> clients, sessions;
  for (std::size_t i = 0; i < clients.size(); ++i) {
    clients[i] = pair_of(stream_pair());
    sessions[i] = pair_of(stream_pair());
    const TlsRequest request = make_tls_request("pop3", i);
    ASSERT_TRUE(
        hand_to_tls(requests.first.get(), request, clients[i].second.get(), sessions[i].second.get()).ok());
    clients[i].second.reset();
    sessions[i].second.reset();
  }
  ASSERT_EQ(::send(clients[3].first.get(), "no hello\r\n", 10, MSG_NOSIGNAL), 10);
  pollfd answer{clients[3].first.get(), POLLIN, 0};
  EXPECT_EQ(::poll(&answer, 1, 1000), 0);  // nobody is there to answer
  clients[0].first.reset();
  EXPECT_EQ(::poll(&answer, 1, 60'000), 1);
  ASSERT_EQ(::kill(module, SIGTERM), 0);
  int status = 0;
  ASSERT_EQ(::waitpid(module, &status, 0), module);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
}

// Both ends of a relay: a client in TLS on one, a session on the other.
class RelayTest : public testing::Test {
 protected:
  void SetUp() override {
    const Key key = make_key();
    TlsMaterial material{key_pem(key), certificate_pem(key), {}, {}};
    auto made = make_context(plan_of(), material);
    ASSERT_TRUE(made.ok());
    context_ = std::move(made).value();
    client_context_.reset(SSL_CTX_new(TLS_client_method()));
    make_pairs();
    alarm(60);  // a relay that stands still is a failure, and not a long wait
  }
  void TearDown() override { alarm(0); }

  void make_pairs() {
    auto outside = stream_pair();
    auto inside = stream_pair();
    ASSERT_TRUE(outside.ok() && inside.ok());
    outside_ = std::move(outside).value();
    inside_ = std::move(inside).value();
  }
  // relay runs the relay beside `with`, which is the client and the session.
  template <class With>
  RelayEnd relay(With with, std::uint64_t patience_nsec = kRelayPatienceNsec) {
    std::thread others(with);
    SSL* const ssl = SSL_new(context_.get());
    Relay relay(*ssl, outside_.second.get(), inside_.second.get(), patience_nsec);
    const RelayEnd end = relay.shake_hands() ? relay.run() : RelayEnd::kNoHandshake;
    outside_.second.reset();
    inside_.second.reset();
    others.join();
    SSL_free(ssl);
    return end;
  }
  SSL* connect() {
    SSL* const client = SSL_new(client_context_.get());
    EXPECT_EQ(SSL_set_fd(client, outside_.first.get()), 1);
    EXPECT_EQ(SSL_connect(client), 1);
    return client;
  }
  std::string heard_inside() {
    std::string all;
    char octets[4096];
    for (ssize_t length = 0; (length = ::read(inside_.first.get(), octets, sizeof octets)) > 0;)
      all.append(octets, static_cast<std::size_t>(length));
    return all;
  }

  // gone: the relay has closed the client's socket; nothing is read from it.
  bool gone() const {
    pollfd watched{outside_.first.get(), POLLRDHUP, 0};
    return ::poll(&watched, 1, 0) == 1;
  }

  static constexpr std::uint64_t kSoonNsec = 100'000'000;
  TlsContext context_;
  TlsContext client_context_;
  SocketPair outside_;
  SocketPair inside_;
};

TEST_F(RelayTest, CarriesBothWaysWhateverTheLength) {
  const std::string much(1'000'000, 'm');
  const RelayEnd end = relay([&] {
    SSL* const client = connect();
    std::thread session([&] {
      EXPECT_EQ(heard_inside(), "USER alice\r\n" + much);  // to the client's announced end
      for (std::size_t sent = 0; sent < much.size();) {
        const ssize_t length =
            ::send(inside_.first.get(), much.data() + sent, much.size() - sent, MSG_NOSIGNAL);
        ASSERT_GT(length, 0);
        sent += static_cast<std::size_t>(length);
      }
      inside_.first.reset();
    });
    EXPECT_EQ(SSL_write(client, "USER alice\r\n", 12), 12);
    EXPECT_EQ(SSL_write(client, much.data(), static_cast<int>(much.size())), static_cast<int>(much.size()));
    EXPECT_GE(SSL_shutdown(client), 0);
    std::string heard(much.size() + 1, '\0');
    std::size_t got = 0;
    for (int length = 0; (length = SSL_read(client, heard.data() + got, 16384)) > 0;)
      got += static_cast<std::size_t>(length);
    EXPECT_EQ(heard.substr(0, got), much);
    EXPECT_EQ(SSL_get_shutdown(client) & SSL_RECEIVED_SHUTDOWN,
              SSL_RECEIVED_SHUTDOWN);  // our end is announced
    session.join();
    SSL_free(client);
  });
  EXPECT_EQ(end, RelayEnd::kOrderly);
}

// The announcement comes in one piece with the last octets, which the session takes while the relay looks.
TEST_F(RelayTest, AnEndBehindTheLastOctetsIsNotLeftBehind) {
  const std::string last(16'000, 'm');
  const int little = 1;
  for (int i = 0; i < 300; ++i) {
    make_pairs();
    ASSERT_EQ(setsockopt(inside_.second.get(), SOL_SOCKET, SO_SNDBUF, &little, sizeof little), 0);
    const RelayEnd end = relay([&] {
      SSL* const client = connect();
      std::thread session([&] {
        EXPECT_EQ(heard_inside(), last);
        inside_.first.reset();
      });
      EXPECT_EQ(SSL_write(client, last.data(), static_cast<int>(last.size())), static_cast<int>(last.size()));
      EXPECT_GE(SSL_shutdown(client), 0);
      session.join();
      SSL_free(client);
    });
    ASSERT_EQ(end, RelayEnd::kOrderly) << i;
  }
}

TEST_F(RelayTest, AClientThatGoesWithoutAWordIsCutOff) {
  const RelayEnd end = relay([&] {
    SSL* const client = connect();
    EXPECT_EQ(SSL_write(client, "QUIT\r\n", 6), 6);
    SSL_free(client);
    outside_.first.reset();
    EXPECT_EQ(heard_inside(), "QUIT\r\n");  // and then the end
  });
  EXPECT_EQ(end, RelayEnd::kCutOff);
}

TEST_F(RelayTest, WhatIsNoHandshakeReachesNoSession) {
  const RelayEnd end = relay([&] {
    const std::string plain = "USER alice\r\nPASS secret\r\n";
    EXPECT_EQ(::send(outside_.first.get(), plain.data(), plain.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(plain.size()));
    EXPECT_EQ(heard_inside(), "");
  });
  EXPECT_EQ(end, RelayEnd::kNoHandshake);
}

// A client that is silent, and one that sends an octet of a handshake now and then.
TEST_F(RelayTest, AHandshakeHasItsTime) {
  for (const bool drips : {false, true}) {
    make_pairs();
    const RelayEnd end = relay(
        [&] {
          const std::string begun = std::string("\x16\x03\x01\x40\x00", 5) + std::string(16'000, '\x01');
          for (std::size_t i = 0; drips && i < begun.size(); ++i) {
            if (::send(outside_.first.get(), begun.data() + i, 1, MSG_NOSIGNAL) != 1) break;
            usleep(2000);
          }
          EXPECT_EQ(heard_inside(), "");  // to its end
        },
        kSoonNsec);
    EXPECT_EQ(end, RelayEnd::kNoHandshake) << drips;
  }
}

// The session has said all and gone; the client takes nothing of it.
TEST_F(RelayTest, AClientThatTakesNothingIsNotWaitedForLong) {
  const int little = 1;
  ASSERT_EQ(setsockopt(outside_.second.get(), SOL_SOCKET, SO_SNDBUF, &little, sizeof little), 0);
  const RelayEnd end = relay(
      [&] {
        SSL* const client = connect();
        char said = 0;
        EXPECT_EQ(SSL_write(client, "x", 1), 1);
        EXPECT_EQ(::read(inside_.first.get(), &said, 1), 1);  // the handshake is over
        const std::string much(100'000, 'm');                 // lies with the relay and on its way to it
        EXPECT_EQ(::send(inside_.first.get(), much.data(), much.size(), MSG_NOSIGNAL),
                  static_cast<ssize_t>(much.size()));
        inside_.first.reset();
        while (!gone()) usleep(1000);
        SSL_free(client);
      },
      40 * kSoonNsec);  // time enough for a handshake on a busy machine
  EXPECT_EQ(end, RelayEnd::kStuck);
}

TEST_F(RelayTest, ARecordThatWasChangedEndsIt) {
  const RelayEnd end = relay([&] {
    SSL* const client = connect();
    const std::string forged = std::string("\x17\x03\x03\x00\x20", 5) + std::string(32, 'x');
    EXPECT_EQ(::send(outside_.first.get(), forged.data(), forged.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(forged.size()));
    EXPECT_EQ(heard_inside(), "");
    SSL_free(client);
  });
  EXPECT_EQ(end, RelayEnd::kFailed);
}

}  // namespace
}  // namespace postern::daemon
