// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/resolver/resolver.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

#include "daemon/resolver/profile.h"
#include "daemon/resolver/question.h"
#include "daemon/sys/clock.h"
#include "daemon/sys/sockets.h"

namespace postern::daemon {
namespace {

using std::chrono::milliseconds;

sockaddr_storage address_of(const char* text) {
  sockaddr_storage storage{};
  auto& v4 = reinterpret_cast<sockaddr_in&>(storage);
  auto& v6 = reinterpret_cast<sockaddr_in6&>(storage);
  if (inet_pton(AF_INET, text, &v4.sin_addr) == 1) {
    storage.ss_family = AF_INET;
  } else if (inet_pton(AF_INET6, text, &v6.sin6_addr) == 1) {
    storage.ss_family = AF_INET6;
  }
  return storage;
}

// AD-C1
TEST(Address, AMappedAddressIsAskedAsIpv4) {
  Address address;
  ASSERT_TRUE(fold_address(address_of("::ffff:192.0.2.7"), address));
  EXPECT_EQ(address.is_ipv4, 1);
  EXPECT_EQ(address.octets[3], 7);
  ASSERT_TRUE(fold_address(address_of("64:ff9b::192.0.2.7"), address));
  EXPECT_EQ(address.is_ipv4, 0);
  sockaddr_storage local{};
  local.ss_family = AF_UNIX;
  EXPECT_FALSE(fold_address(local, address));
}

// AD-C5
TEST(Names, WhatDoesNotQualifyIsLeftOut) {
  for (const char* bad : {"", ".", "192.0.2.1", "1.2.3.4.", "::1", "a..b", "-a", "a-", "a b", "a.1", ".a"})
    EXPECT_FALSE(qualifies(bad)) << bad;
  EXPECT_FALSE(qualifies(std::string_view("a\0b", 3)));
  for (const char* good : {"a", "a.b.", "A_b.c-d", "none", "xn--a.b"}) EXPECT_TRUE(qualifies(good)) << good;
}

TEST(Names, DuplicatesAndDotsAndTheNinth) {
  ResolvedNames names;
  for (const char* name : {"A.b", "a.B.", "c", "1.2.3.4", "d", "e", "f", "g", "h", "i", "j"})
    add_name(names, name);
  EXPECT_EQ(names.count, kMaxNames);
  EXPECT_EQ(names.name(0), "A.b");
  EXPECT_EQ(names.name(1), "c");
  EXPECT_EQ(names.name(7), "i");
}

// The resolver is not trusted to have done what it should (PV-6).
TEST(Names, AnAnswerIsCheckedAgain) {
  ResolvedNames forged;
  forged.status = LookupStatus::kOk;
  forged.count = 200;
  forged.lengths[0] = 255;
  forged.lengths[1] = 3;
  std::memcpy(forged.octets[1], "a\nb", 3);
  EXPECT_EQ(checked(forged).count, 0);
  EXPECT_EQ(checked(forged).status, LookupStatus::kNone);
  forged.lengths[2] = 1;
  forged.octets[2][0] = 'x';
  EXPECT_EQ(checked(forged).count, 1);
  forged.status = static_cast<LookupStatus>(77);
  EXPECT_EQ(checked(forged).status, LookupStatus::kFailed);
  EXPECT_EQ(checked(forged).count, 0);
}

// AD-C6
TEST(Client, ADeadResolverIsAFailureAtOnce) {
  auto pair = packet_pair();
  ASSERT_TRUE(pair.ok());
  pair->second.reset();
  ResolvedNames names;
  EXPECT_FALSE(ask_resolver(pair->first.get(), address_of("192.0.2.1"), milliseconds{2000}, names).ok());
  EXPECT_EQ(names.status, LookupStatus::kFailed);
}

// AD-C6
TEST(Client, ASilentResolverIsATimeOutAtTheDeadline) {
  const auto pair = packet_pair();
  ASSERT_TRUE(pair.ok());
  const std::uint64_t before = monotonic_nsec();
  ResolvedNames names;
  ASSERT_TRUE(ask_resolver(pair.value().first.get(), address_of("192.0.2.1"), milliseconds{100}, names).ok());
  EXPECT_EQ(names.status, LookupStatus::kTimedOut);
  EXPECT_LT(monotonic_nsec() - before, 1'000'000'000U);
}

// ---- Against the real name service, in a mount and network namespace of its own -------------------------

void write_file(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::trunc);
  file << text;
}

bool loopback_up() {
  const Fd any(socket(AF_INET, SOCK_DGRAM, 0));
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  return ioctl(any.get(), SIOCSIFFLAGS, &request) == 0;
}

// A directory with hosts, resolv.conf and nsswitch.conf, bound over those in /etc.
bool enter_private_etc(const std::string& directory) {
  const bool root = geteuid() == 0;
  const uid_t uid = geteuid();
  const gid_t gid = getegid();
  if (unshare(CLONE_NEWNS | CLONE_NEWNET | (root ? 0 : CLONE_NEWUSER)) != 0) return false;
  if (!root) {
    write_file("/proc/self/setgroups", "deny");
    write_file("/proc/self/uid_map", "0 " + std::to_string(uid) + " 1");
    write_file("/proc/self/gid_map", "0 " + std::to_string(gid) + " 1");
  }
  if (mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 || !loopback_up()) return false;
  for (const char* name : {"hosts", "resolv.conf", "nsswitch.conf"})
    if (mount((directory + "/" + name).c_str(), (std::string("/etc/") + name).c_str(), nullptr, MS_BIND,
              nullptr) != 0)
      return false;
  return true;
}

class RealNames : public testing::Test {
 protected:
  // Each test runs in a child of its own: namespaces cannot be left. Its status: 0 passed, 1 failed, 77
  // skipped.
  static void run(int (*body)(const std::string& directory)) {
    std::string directory = "/tmp/postern-names-XXXXXX";
    ASSERT_NE(mkdtemp(directory.data()), nullptr);
    ASSERT_EQ(chmod(directory.c_str(), 0755), 0);
    write_file(directory + "/hosts", "127.0.0.1 localhost\n");
    write_file(directory + "/resolv.conf", "nameserver 127.0.0.1\noptions timeout:30 attempts:1\n");
    write_file(directory + "/nsswitch.conf", "hosts: files\n");
    const pid_t child = fork();
    if (child == 0) _exit(enter_private_etc(directory) ? body(directory) : 77);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    for (const char* name : {"hosts", "resolv.conf", "nsswitch.conf"})
      (void)unlink((directory + "/" + name).c_str());
    ASSERT_EQ(rmdir(directory.c_str()), 0);
    ASSERT_TRUE(WIFEXITED(status)) << "signal " << WTERMSIG(status);
    if (WEXITSTATUS(status) == 77)
      GTEST_SKIP() << "SKIPPED, NOT TESTED: no mount and network namespace to be had here";
    EXPECT_EQ(WEXITSTATUS(status), 0);
  }
};

// A caged resolver in a process of its own; `ask` is where questions go.
struct Running {
  Fd ask;
  pid_t pid = -1;
};

Running start_resolver(const Settings& settings) {
  auto pair = packet_pair();
  if (!pair.ok()) return {};
  const pid_t pid = fork();
  if (pid == 0) {
    pair->first.reset();
    const auto places = places_of(settings);
    const SandboxOptions options{SandboxMode::kEnforce, settings.landlock_abi_cap, places};
    if (!prepare_sandbox(kResolverProfile, options).ok() || !enter_sandbox(kResolverProfile).ok()) _exit(70);
    const Error error = run_resolver(pair->second.get(), settings);
    _exit(static_cast<int>(error.exit));
  }
  return {std::move(pair->first), pid};
}

// The resolver must end by itself, unharmed, when nobody is left to ask.
bool ended_well(Running& running) {
  running.ask.reset();
  int status = -1;
  return waitpid(running.pid, &status, 0) == running.pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

std::string ask(const Running& running, const char* address, milliseconds deadline = milliseconds{5000}) {
  ResolvedNames names;
  const auto asked = ask_resolver(running.ask.get(), address_of(address), deadline, names);
  if (!asked.ok()) return asked.error().text();
  std::string all(lookup_status_name(names.status));
  for (std::size_t i = 0; i < names.count; ++i) all += " " + std::string(names.name(i));
  return all;
}

bool same(const std::string& got, const std::string& expected) {
  if (got == expected) return true;
  (void)std::fprintf(stderr, "got '%s', expected '%s'\n", got.c_str(), expected.c_str());
  return false;
}

// AD-C3, AD-C4, AD-C5 and a changed host file (no restart).
TEST_F(RealNames, NameAndAliasesFromTheHostFile) {
  run([](const std::string& directory) {
    const std::string hosts = directory + "/hosts";
    write_file(hosts,
               "192.0.2.1 one.test uno.test 10.9.8.7\n192.0.2.2 two.test\n2001:db8::1 six.test\n"
               "192.0.2.9 stolen.test\n");
    Running running = start_resolver(Settings{});
    bool good = same(ask(running, "192.0.2.1"), "ok one.test uno.test");
    good &= same(ask(running, "::ffff:192.0.2.1"), "ok one.test uno.test");  // AD-C1
    good &= same(ask(running, "2001:db8::1"), "ok six.test");
    good &= same(ask(running, "192.0.2.3"), "none");  // AD-C6
    write_file(hosts, "192.0.2.3 three.test\n192.0.2.1 changed.test\n");
    good &= same(ask(running, "192.0.2.3"), "ok three.test");
    good &= same(ask(running, "192.0.2.1"), "ok changed.test");
    good &= ended_well(running);
    return good ? 0 : 1;
  });
}

// A name server in a child: a PTR question is answered with `name`, A questions with `forward` (if any);
// `mute`: no question is answered.
pid_t start_name_server(const std::string& name, const char* forward, bool mute) {
  const pid_t pid = fork();
  if (pid != 0) return pid;
  const int server = socket(AF_INET, SOCK_DGRAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(53);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(server, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) _exit(1);
  for (;;) {
    std::array<unsigned char, 512> q{};
    sockaddr_in peer{};
    socklen_t length = sizeof peer;
    const ssize_t got = recvfrom(server, q.data(), q.size(), 0, reinterpret_cast<sockaddr*>(&peer), &length);
    if (got < 12 || mute) continue;
    std::size_t end = 12;
    while (end < static_cast<std::size_t>(got) && q[end] != 0) end += q[end] + 1U;
    end += 5;
    const unsigned type = static_cast<unsigned>(q[end - 4] << 8U) | q[end - 3];
    std::string answer(reinterpret_cast<char*>(q.data()), end);
    answer[2] = static_cast<char>(0x84);
    answer[3] = 0;
    answer[11] = 0;
    std::string data;
    if (type == 12) {
      for (std::size_t at = 0; at <= name.size();) {
        const std::size_t dot = std::min(name.find('.', at), name.size());
        data += static_cast<char>(dot - at) + name.substr(at, dot - at);
        at = dot + 1;
      }
      data += '\0';
    } else if (type == 1 && forward != nullptr) {
      in_addr octets{};
      if (inet_pton(AF_INET, forward, &octets) != 1) _exit(1);
      data.assign(reinterpret_cast<char*>(&octets), 4);
    }
    answer[6] = 0;
    answer[7] = data.empty() ? 0 : 1;
    if (!data.empty()) {
      answer += std::string("\xc0\x0c\0", 3) + static_cast<char>(type) + std::string("\0\1\0\0\0\0\0", 7) +
                static_cast<char>(data.size()) + data;
    }
    (void)sendto(server, answer.data(), answer.size(), 0, reinterpret_cast<sockaddr*>(&peer), length);
  }
}

bool with_dns(const std::string& directory, HostnameCheck check, const char* forward, bool mute,
              milliseconds deadline, const std::string& expected) {
  write_file(directory + "/nsswitch.conf", "hosts: files dns\n");
  const pid_t server = start_name_server("host.test", forward, mute);
  Settings settings;
  settings.hostname_check = check;
  settings.lookup_deadline = deadline;
  Running running = start_resolver(settings);
  const std::uint64_t before = monotonic_nsec();
  bool good = same(ask(running, "192.0.2.1", deadline + milliseconds{3000}), expected);
  good &= monotonic_nsec() - before < static_cast<std::uint64_t>(deadline.count() + 2000) * 1'000'000U;
  good &= kill(server, SIGKILL) == 0 && waitpid(server, nullptr, 0) == server;
  return ended_well(running) && good;
}

// AD-C4
TEST_F(RealNames, AConfirmedDnsNameCounts) {
  run([](const std::string& d) {
    return with_dns(d, HostnameCheck::kConfirmed, "192.0.2.1", false, milliseconds{5000}, "ok host.test") ? 0
                                                                                                          : 1;
  });
}

// AD-C4
TEST_F(RealNames, AnUnconfirmedDnsNameDoesNotCount) {
  run([](const std::string& d) {
    return with_dns(d, HostnameCheck::kConfirmed, "192.0.2.66", false, milliseconds{5000}, "none") ? 0 : 1;
  });
}

// AD-C4: hostname-check = reverse
TEST_F(RealNames, ReverseTakesTheNameAsItComes) {
  run([](const std::string& d) {
    return with_dns(d, HostnameCheck::kReverse, "192.0.2.66", false, milliseconds{5000}, "ok host.test") ? 0
                                                                                                         : 1;
  });
}

// AD-C6: the name server is silent for 30 s; the child's own alarm answers.
TEST_F(RealNames, ASilentNameServerIsATimeOutAtTheDeadline) {
  run([](const std::string& d) {
    return with_dns(d, HostnameCheck::kConfirmed, nullptr, true, milliseconds{300}, "timeout") ? 0 : 1;
  });
}

}  // namespace
}  // namespace postern::daemon
