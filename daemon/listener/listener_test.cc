// SPDX-License-Identifier: BSD-2-Clause
// The listener with a module of its own that echoes, or misbehaves on demand.
#include "daemon/listener/listener.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <string>
#include <utility>

#include "daemon/listener/login_notes.h"
#include "daemon/listener/refusal_counts.h"
#include "daemon/logger/log.h"
#include "daemon/sys/clock.h"
#include "daemon/sys/files.h"
#include "daemon/sys/processes.h"

namespace postern::daemon {
namespace {

constexpr AllowedCall kEchoCalls[] = {
    POSTERN_CALL(mmap),         POSTERN_CALL(brk),
    POSTERN_CALL(read),         POSTERN_CALL(write),
    POSTERN_CALL(sendto),       POSTERN_CALL(clock_gettime),
    POSTERN_CALL(exit_group),   POSTERN_CALL_IF(fcntl, argument_int(1, F_GETFD)),
    POSTERN_CALL(rt_sigreturn), POSTERN_CALL(close)};
constexpr SandboxProfile kSession{"echo-session", kEchoCalls, {}, kSessionMemory};
constexpr SandboxProfile kKeeper{"echo-keeper", kEchoCalls, {}};

void take_memory(std::size_t octets) {
  for (std::size_t taken = 0; taken < octets; taken += std::size_t{1} << 20U)
    *static_cast<volatile char*>(::operator new (std::size_t{1} << 20U)) = 1;
}

unsigned open_descriptors() {
  unsigned count = 0;
  for (int fd = 3; fd < 256; ++fd) count += fcntl(fd, F_GETFD) >= 0 ? 1U : 0U;
  return count;
}

// One octet from the client: 'n' asks for the number of descriptors, 'k' for the keeper's, 'o' opens a file
// (and dies of it), 'm' takes half the memory there may be, 'M' twice (and dies of it), 'l' logs in, 't'
// tries to, and comes back as the quanta of a refusal, 'w' writes what only the listener writes, anything
// else comes back.
int run_session(const Settings&, const ConnectionRecord& record, SessionChannels channels) {
  if (!enter_sandbox(kSession).ok()) return 1;
  char octet = 0;
  while (read(channels.client.get(), &octet, 1) == 1) {
    if (octet == 'o') (void)open("/etc/passwd", O_RDONLY);
    if (octet == 'm' || octet == 'M') take_memory(octet == 'm' ? kSessionMemory / 2 : 2 * kSessionMemory);
    if (octet == 'n') octet = static_cast<char>('0' + open_descriptors());
    if (octet == '#') octet = static_cast<char>('0' + record.number);
    if (std::string_view("kltw").find(octet) != std::string_view::npos &&
        (write(channels.keeper.get(), &octet, 1) != 1 || read(channels.keeper.get(), &octet, 1) != 1))
      return 2;
    if (write(channels.client.get(), &octet, 1) != 1) return 3;
  }
  return 0;
}

constexpr std::uint32_t kAccount = 7;

// '9' more than any if the listener could not be told.
std::uint32_t tried(const KeeperChannels& channels, const AddressKey& place) {
  const auto& counts = *static_cast<const RefusalCounts*>(channels.refusals.get());
  const std::uint32_t quanta = counts.quanta(place, kAccount, monotonic_nsec());
  return note_login(channels.logins.get(), {LoginNoteKind::kTry, kAccount}).ok() ? quanta : 99;
}

int run_keeper(const Settings&, const ConnectionRecord& record, KeeperChannels channels) {
  if (!enter_sandbox(kKeeper).ok()) return 1;
  char octet = 0;
  while (read(channels.session.get(), &octet, 1) == 1) {
    if (octet == 'k') octet = static_cast<char>('0' + open_descriptors());
    if (octet == 't') octet = static_cast<char>('0' + tried(channels, key_of(record.peer)));
    if (octet == 'w') static_cast<RefusalCounts*>(channels.refusals.get())->seed(1);
    if (octet == 'l' && !note_login(channels.logins.get(), {LoginNoteKind::kLoggedIn, kAccount}).ok())
      return 3;
    if (write(channels.session.get(), &octet, 1) != 1) return 2;
  }
  return 0;
}

constexpr std::string_view kBusy = "not now\r\n";
constexpr ModuleSpec kEcho{"echo",   nullptr, run_session, run_keeper, &kSession,
                           &kKeeper, nullptr, nullptr,     kBusy};

class EchoListener : public testing::Test {
 protected:
  void SetUp() override {
    if (!instrumented_calls().empty()) GTEST_SKIP() << "SKIPPED, NOT TESTED: an instrumented build";
    auto lines = datagram_pair();
    ASSERT_TRUE(lines.ok());
    log_ = std::move(lines->second);
    endpoint_.v4.sin_family = AF_INET;
    endpoint_.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    limit();
    start(std::move(lines->first));
  }

  void TearDown() override {
    if (listener_ <= 0) return;
    EXPECT_EQ(end(SIGTERM), 0);
  }

  virtual void limit() { settings_.max_connections = 3; }

  // In a process group of its own, as the dispatcher would.
  void start(Fd log) {
    std::array<int, 2> told{};
    ASSERT_EQ(pipe2(told.data(), O_CLOEXEC), 0);
    listener_ = fork();
    if (listener_ == 0) _exit(serve(std::move(log), told[1]));
    ASSERT_EQ(read(told[0], &port_, sizeof port_), static_cast<ssize_t>(sizeof port_));
    ASSERT_EQ(close(told[0]) + close(told[1]), 0);
    EXPECT_NE(next_line().find("event=ready"), std::string::npos);
  }

  int serve(Fd log, int tell) {
    if (setpgid(0, 0) != 0) return 90;
    const bool root = geteuid() == 0;
    if (root && !Credentials::forbid_new_privileges().ok()) return 91;
    if (root) {
      const Dropped dropped = Credentials::drop_for_good(64100, 64100);
      return serve_with(dropped, std::move(log), tell);
    }
    const Dropped dropped = Credentials::drop_nothing();
    return serve_with(dropped, std::move(log), tell);
  }

  int serve_with(const Dropped& dropped, Fd log, int tell) {
    auto bound = bind_socket(endpoint_);
    if (!bound.ok()) return 92;
    auto listener = Listener::start(dropped, std::move(bound).value());
    if (!listener.ok()) return 93;
    sockaddr_in address{};
    socklen_t length = sizeof address;
    if (getsockname(listener->number(), reinterpret_cast<sockaddr*>(&address), &length) != 0) return 94;
    if (write(tell, &address.sin_port, sizeof address.sin_port) != sizeof address.sin_port) return 95;
    ListenerChannels channels{std::move(log), Fd(dup(0)), Fd(dup(0)), Fd(dup(0)), Fd(dup(0)), Fd(dup(0)), {}};
    channels.listeners.push_back(std::move(listener).value());
    return run_listener(settings_, dropped, kEcho, std::move(channels));
  }

  int end(int signal) {
    EXPECT_EQ(kill(listener_, signal), 0);
    return wait_for_end();
  }
  int wait_for_end() {
    int status = -1;
    EXPECT_EQ(waitpid(std::exchange(listener_, -1), &status, 0) > 0, true);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  // `host`: the last octet of the client's address.
  Fd connected(std::uint32_t host = 1) const {
    Fd client(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address = endpoint_.v4;
    address.sin_addr.s_addr = htonl(0x7f000000U + host);
    EXPECT_EQ(bind(client.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    address = endpoint_.v4;
    address.sin_port = port_;
    EXPECT_EQ(connect(client.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    return client;
  }

  // The answer to one octet; 0 if the connection closed or nothing came within `patience` milliseconds.
  static char ask(const Fd& client, char octet, int patience = 5000) {
    if (send(client.get(), &octet, 1, MSG_NOSIGNAL) != 1) return 0;
    pollfd ready{client.get(), POLLIN, 0};
    if (poll(&ready, 1, patience) != 1) return 0;
    char answer = 0;
    return recv(client.get(), &answer, 1, 0) == 1 ? answer : '\0';
  }

  std::string next_line(int patience = 5000) const {
    pollfd ready{log_.get(), POLLIN, 0};
    if (poll(&ready, 1, patience) != 1) return "";
    std::array<char, kMaxLogLine> line{};
    const ssize_t got = recv(log_.get(), line.data(), line.size(), 0);
    return std::string(line.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
  }

  Settings settings_;
  Endpoint endpoint_;
  in_port_t port_ = 0;
  Fd log_;
  pid_t listener_ = -1;
};

// PV-1a: a port is held, and the kernel refuses whoever comes.
TEST(BoundSocket, HoldsItsPortAndDoesNotListen) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  Fd probe(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  ASSERT_EQ(bind(probe.get(), any, length), 0);
  ASSERT_EQ(getsockname(probe.get(), any, &length), 0);
  probe.reset();
  Endpoint endpoint;
  endpoint.v4 = address;
  endpoint.port = ntohs(address.sin_port);
  const auto bound = bind_socket(endpoint);
  ASSERT_TRUE(bound.ok()) << bound.error().text();
  const Fd client(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  EXPECT_EQ(connect(client.get(), any, length), -1);
  EXPECT_EQ(errno, ECONNREFUSED);
  EXPECT_EQ(bind(client.get(), any, length), -1);
  EXPECT_EQ(errno, EADDRINUSE);
}

TEST_F(EchoListener, ServesAndCounts) {
  const Fd one = connected();
  EXPECT_EQ(ask(one, 'x'), 'x');
  EXPECT_EQ(ask(one, '#'), '1');
  const Fd two = connected();
  EXPECT_EQ(ask(two, '#'), '2');
}

// PV-6: a session has three descriptors, a keeper nine, and none of the other's.
TEST_F(EchoListener, TheTwoHaveTheirDescriptorsAndNothingElse) {
  const Fd client = connected();
  EXPECT_EQ(ask(client, 'n'), '3');
  EXPECT_EQ(ask(client, 'k'), '9');
}

TEST_F(EchoListener, MoreThanMaxConnectionsWait) {
  Fd one = connected();
  const Fd two = connected();
  const Fd three = connected();
  ASSERT_EQ(ask(one, 'x'), 'x');
  ASSERT_EQ(ask(two, 'x'), 'x');
  ASSERT_EQ(ask(three, 'x'), 'x');
  const Fd four = connected();
  EXPECT_EQ(ask(four, 'x', 300), '\0');
  one.reset();
  pollfd ready{four.get(), POLLIN, 0};
  EXPECT_EQ(poll(&ready, 1, 5000), 1);
}

// Of three from one address at most; of eight in all; two may be strangers.
class CrowdedListener : public EchoListener {
 protected:
  void limit() override {
    settings_.max_connections = 8;
    settings_.connections_per_address = 3;
    settings_.unauthenticated_start = settings_.unauthenticated_full = 2;
  }

  static std::string hear(const Fd& client) {
    std::string all;
    std::array<char, 64> room{};
    pollfd ready{client.get(), POLLIN, 0};
    while (poll(&ready, 1, 5000) == 1) {
      const ssize_t got = recv(client.get(), room.data(), room.size(), 0);
      if (got <= 0) return all;
      all.append(room.data(), static_cast<std::size_t>(got));
    }
    return all + " and no end";
  }

  Fd logged_in(std::uint32_t host) const {
    Fd client = connected(host);
    EXPECT_EQ(ask(client, 'l'), 'l');
    return client;
  }
};

// A word and the end, and no process is spent on it: the next one that is served is the third.
TEST_F(CrowdedListener, AStrangerTooManyIsToldAndClosed) {
  const Fd one = connected();
  Fd two = connected(2);
  ASSERT_EQ(ask(one, 'x'), 'x');
  ASSERT_EQ(ask(two, 'x'), 'x');
  EXPECT_EQ(hear(connected(3)), kBusy);
  EXPECT_EQ(next_line(),
            "role=echo-listener event=connection-refused why=strangers peer=127.0.0.3 refused=1");
  EXPECT_EQ(ask(one, 'l'), 'l');
  EXPECT_EQ(ask(connected(3), '#'), '3');
}

TEST_F(CrowdedListener, AnAddressHasItsShareLoggedInOrNot) {
  Fd one = logged_in(1);
  const Fd two = logged_in(1);
  const Fd three = logged_in(1);
  EXPECT_EQ(hear(connected(1)), kBusy);
  const Fd other = logged_in(2);  // another's is not touched
  EXPECT_EQ(ask(two, 'x'), 'x');
  EXPECT_EQ(ask(three, 'x'), 'x');
}

// Strangers come and go; who has logged in stays, whatever they do.
TEST_F(CrowdedListener, NobodyWhoHasLoggedInIsDrivenOut) {
  std::vector<Fd> inside;
  for (std::uint32_t host = 1; host <= 6; ++host) inside.push_back(logged_in(host));
  const Fd seven = connected(7);
  const Fd eight = connected(8);
  ASSERT_EQ(ask(seven, 'x'), 'x');
  ASSERT_EQ(ask(eight, 'x'), 'x');
  for (const Fd& one : inside) EXPECT_EQ(ask(one, 'x'), 'x');
}

// AD-L4: what is counted is seen at once by all keepers, for the address it came from.
TEST_F(CrowdedListener, TriesAreCountedForTheirAddress) {
  const Fd one = logged_in(1);
  const Fd two = logged_in(1);
  std::string answers;
  for (int i = 0; i < 3; ++i) {
    answers += ask(one, 't');
    answers += ask(two, 't');
    (void)logged_in(3);  // the listener has taken what was told before
  }
  EXPECT_EQ(answers.front(), '1');
  EXPECT_GE(answers.back(), '4');
  EXPECT_EQ(ask(connected(2), 't'), '1');
  EXPECT_EQ(ask(one, 'l'), 'l');
  (void)logged_in(3);
  EXPECT_EQ(ask(one, 't'), '1');
}

// No keeper changes what others read.
TEST_F(CrowdedListener, AKeeperCannotWriteTheCounts) {
  const Fd bad = connected();
  EXPECT_EQ(ask(bad, 'w'), '\0');
  std::string lines = next_line();  // the session ends as well, and may be first
  lines += next_line();
  EXPECT_NE(lines.find("event=child-killed child=keeper end=\"signal SIGSEGV\""), std::string::npos) << lines;
}

TEST_F(EchoListener, AForbiddenCallIsSeenLoggedAndSlowsThatPlace) {
  const Fd good = connected();
  ASSERT_EQ(ask(good, 'x'), 'x');
  const Fd bad = connected();
  EXPECT_EQ(ask(bad, 'o'), '\0');
  EXPECT_EQ(
      next_line(),
      "role=echo-listener event=child-killed child=session end=\"signal SIGSYS\" connection=2 peer=127.0.0.1 "
      "slowed-by-seconds=1");
  EXPECT_EQ(ask(good, 'y'), 'y');  // not disturbed
  const Fd later = connected();
  EXPECT_EQ(ask(later, 'z', 300), '\0');
  pollfd ready{later.get(), POLLIN, 0};
  EXPECT_EQ(poll(&ready, 1, 5000), 1);
}

TEST_F(EchoListener, WhoTakesMoreMemoryThanItsShareEndsAlone) {
  const Fd good = connected();
  ASSERT_EQ(ask(good, 'x'), 'x');
  const Fd bad = connected();
  EXPECT_EQ(ask(bad, 'm'), 'm');
  EXPECT_EQ(ask(bad, 'M'), '\0');
  EXPECT_NE(next_line().find("event=child-killed child=session end=\"signal "), std::string::npos);
  EXPECT_EQ(ask(good, 'y'), 'y');
}

TEST_F(EchoListener, EndsWithAllItsChildren) {
  const Fd client = connected();
  ASSERT_EQ(ask(client, 'x'), 'x');
  EXPECT_EQ(end(SIGTERM), 0);
  EXPECT_EQ(ask(client, 'x'), '\0');
}

}  // namespace
}  // namespace postern::daemon
