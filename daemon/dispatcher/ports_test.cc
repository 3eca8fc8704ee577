// SPDX-License-Identifier: BSD-2-Clause
// Sockets that a service manager passes: what is taken, and what is refused with its cure (PV-1).
#include "daemon/dispatcher/ports.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

namespace postern::daemon {
namespace {

constexpr pid_t kSelf = 77;

std::string refusal(const char* count, const char* process, const char* names) {
  const auto read = passed_names({count, process, names}, kSelf);
  return read.ok() ? "taken" : read.error().text();
}

TEST(PassedNames, OneForEachSocket) {
  EXPECT_TRUE(passed_names({}, kSelf)->empty());
  EXPECT_EQ(*passed_names({"2", "77", "smtp:imap-tls"}, kSelf),
            (std::vector<std::string>{"smtp", "imap-tls"}));
}

TEST(PassedNames, AnythingElseIsRefusedAndNamesTheCure) {
  for (const char* process : {static_cast<const char*>(nullptr), "", "78", "77x"})
    EXPECT_NE(refusal("1", process, "smtp").find("let the service manager start posternd itself"),
              std::string::npos);
  for (const char* count : {"", "0", "-1", "1x", "81", "99999999999999999999999"})
    EXPECT_NE(refusal(count, "77", "smtp").find("pass one socket for each port"), std::string::npos) << count;
  for (const char* names : {static_cast<const char*>(nullptr), "", "smtp", "smtp:", "smtp:imap:pop3",
                            "smtp:postern.socket", "smtp:SMTP"})
    EXPECT_NE(refusal("2", "77", names).find("FileDescriptorName="), std::string::npos) << names;
}

// A socket bound to loopback, at a port that the kernel chooses.
Fd made(int family = AF_INET, int type = SOCK_STREAM, bool is_bound = true) {
  Fd socket(::socket(family, type, 0));
  sockaddr_in6 v6{};
  sockaddr_in v4{};
  v6.sin6_family = AF_INET6;
  v6.sin6_addr = in6addr_loopback;
  v4.sin_family = AF_INET;
  v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool is_v6 = family == AF_INET6;
  const auto* address = is_v6 ? reinterpret_cast<sockaddr*>(&v6) : reinterpret_cast<sockaddr*>(&v4);
  EXPECT_TRUE(!is_bound || bind(socket.get(), address, is_v6 ? sizeof v6 : sizeof v4) == 0);
  return socket;
}

TEST(EndpointOf, IsWhereTheSocketIsBoundListeningOrNot) {
  const Fd bound = made();
  const auto before = endpoint_of(bound.get());
  ASSERT_TRUE(before.ok()) << before.error().text();
  EXPECT_TRUE(endpoint_text(*before).starts_with("127.0.0.1:"));
  ASSERT_EQ(listen(bound.get(), 1), 0);
  EXPECT_EQ(endpoint_text(*endpoint_of(bound.get())), endpoint_text(*before));
  EXPECT_TRUE(endpoint_text(*endpoint_of(made(AF_INET6).get())).starts_with("[::1]:"));
}

TEST(EndpointOf, RefusesWhatIsNoServiceSocket) {
  const auto why = [](int socket) {
    const auto endpoint = endpoint_of(socket);
    return endpoint.ok() ? "taken" : endpoint.error().text();
  };
  const Fd null(open("/dev/null", O_RDONLY | O_CLOEXEC));
  EXPECT_NE(why(null.get()).find("is no TCP socket"), std::string::npos);
  EXPECT_NE(why(made(AF_INET, SOCK_DGRAM).get()).find("is no TCP socket"), std::string::npos);
  EXPECT_NE(why(made(AF_UNIX, SOCK_STREAM, false).get()).find("is no TCP socket"), std::string::npos);
  EXPECT_NE(why(made(AF_INET, SOCK_STREAM, false).get()).find("is not bound"), std::string::npos);
  const Fd listening = made();
  sockaddr_in there{};
  socklen_t length = sizeof there;
  ASSERT_EQ(listen(listening.get(), 1), 0);
  ASSERT_EQ(getsockname(listening.get(), reinterpret_cast<sockaddr*>(&there), &length), 0);
  const Fd client = made(AF_INET, SOCK_STREAM, false);
  ASSERT_EQ(connect(client.get(), reinterpret_cast<const sockaddr*>(&there), sizeof there), 0);
  EXPECT_NE(why(client.get()).find("Accept=no"), std::string::npos);
  const Fd narrow = made(AF_INET6, SOCK_STREAM, false);
  const int on = 1;
  const sockaddr_in6 any{AF_INET6, 0, 0, in6addr_any, 0};
  ASSERT_EQ(setsockopt(narrow.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on), 0);
  ASSERT_EQ(bind(narrow.get(), reinterpret_cast<const sockaddr*>(&any), sizeof any), 0);
  EXPECT_NE(why(narrow.get()).find("BindIPv6Only=both"), std::string::npos);
}

// Settings with one port for POP3 and two for SMTP, and sockets for them.
class MatchPorts : public testing::Test {
 protected:
  void SetUp() override {
    for (auto& one : sockets_) one = made();
    settings_.pop3_listen[0] = *endpoint_of(sockets_[0].get());
    settings_.smtp_listen[0] = *endpoint_of(sockets_[1].get());
    settings_.smtp_listen[1] = *endpoint_of(sockets_[2].get());
    settings_.pop3_listen_count = 1;
    settings_.smtp_listen_count = 2;
  }

  std::string matched(std::vector<PassedSocket> passed) const {
    const auto bound = match_ports(settings_, std::move(passed));
    return bound.ok() ? "matched" : bound.error().text();
  }

  PassedSocket passed(const char* service, int which) { return {service, Fd(dup(sockets_[which].get()))}; }

  std::vector<PassedSocket> these(std::initializer_list<std::pair<const char*, int>> all) {
    std::vector<PassedSocket> made;
    for (const auto& [service, which] : all) made.push_back(passed(service, which));
    return made;
  }

  Fd sockets_[3];
  Settings settings_;
};

TEST_F(MatchPorts, EachOnceInAnyOrder) {
  EXPECT_EQ(matched(these({{"smtp", 2}, {"pop3", 0}, {"smtp", 1}})), "matched");
}

TEST_F(MatchPorts, WhatIsTakenNeitherLeaksIntoProgramsNorBlocks) {
  const int number = dup(sockets_[0].get());
  settings_.smtp_listen_count = 0;
  std::vector<PassedSocket> passed;
  passed.push_back({"pop3", Fd(number)});
  const auto bound = match_ports(settings_, std::move(passed));
  ASSERT_TRUE(bound.ok());
  EXPECT_EQ(fcntl(number, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
  EXPECT_EQ(fcntl(number, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
}

TEST_F(MatchPorts, OneTooFewOrTooManyOrOfAnotherServiceIsRefused) {
  EXPECT_NE(
      matched(these({{"pop3", 0}, {"smtp", 1}})).find("no socket was passed for smtp-listen = 127.0.0.1:"),
      std::string::npos);
  EXPECT_NE(matched(these({{"pop3", 0}, {"smtp", 1}, {"smtp", 2}, {"smtp", 2}}))
                .find("no port of the configuration"),
            std::string::npos);
  EXPECT_NE(
      matched(these({{"smtp", 0}, {"smtp", 1}, {"smtp", 2}})).find("no socket was passed for pop3-listen"),
      std::string::npos);
}

TEST(OwnPassed, ADescriptorThatIsNotOpenIsRefused) {
  const int first = 200;
  ASSERT_EQ(dup2(2, first), first);
  EXPECT_TRUE(own_passed({"smtp"}, first).ok());
  ASSERT_EQ(dup2(2, first), first);
  const auto owned = own_passed({"smtp", "imap"}, first);
  ASSERT_FALSE(owned.ok());
  EXPECT_NE(owned.error().text().find("descriptor 201 ('imap') is not open"), std::string::npos);
}

}  // namespace
}  // namespace postern::daemon
