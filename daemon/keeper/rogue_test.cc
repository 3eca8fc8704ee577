// SPDX-License-Identifier: BSD-2-Clause
// Sessions and keepers that have been taken over (PV-4, PV-6): each try in a process of its own, in the
// profile of the real one; below the real listener, and with one layer of the cage at a time.
#include "daemon/keeper/rogue_tries.h"

#include <arpa/inet.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <vector>

#include "daemon/keeper/keeper.h"
#include "daemon/keeper/packet.h"
#include "daemon/listener/listener.h"
#include "daemon/listener/role.h"
#include "daemon/logger/log.h"
#include "daemon/pop3/module.h"
#include "daemon/smtp/keeper.h"
#include "daemon/smtp/module.h"
#include "daemon/sys/filter.h"
#include "daemon/sys/landlock.h"
#include "daemon/sys/processes.h"

namespace postern::daemon {
namespace {

namespace fs = std::filesystem;

constexpr uid_t kMta = 64100;
constexpr int kPatience = 20'000;  // milliseconds

struct Role {
  const char* name;
  const SandboxProfile* profile;
  std::size_t end;  // in Try::ends
};
const Role kRoles[] = {{"pop3 session", &kPop3SessionProfile, 0},
                       {"pop3 keeper", &kKeeperProfile, 1},
                       {"smtp session", &kSmtpSessionProfile, 0},
                       {"smtp keeper", &kSmtpKeeperProfile, 2}};

char letter_of(int error) {
  return error == 0 ? 'D' : error == EACCES ? 'A' : error == EPERM ? 'P' : error == ENOSYS ? 'N' : '?';
}

// Trees of the MTA user, and a process of that user that does nothing.
class Rogue : public testing::Test {
 protected:
  void SetUp() override {
    if (!instrumented_calls().empty()) GTEST_SKIP() << "SKIPPED, NOT TESTED: an instrumented build";
    if (!landlock_abi(0).ok()) GTEST_SKIP() << "SKIPPED, NOT TESTED: no Landlock here";
    ASSERT_NE(mkdtemp(scratch_.data()), nullptr);
    here.root = scratch_;
    for (const char* name :
         {"accounts", "mailboxes/ann", "mailboxes/bob", "queue/incoming", "queue/active", "executables"})
      fs::create_directories(scratch_ + "/" + name);
    make_stranger();
    start_one_beside();
    places_ = {{Place::kAccounts, scratch_ + "/accounts"},
               {Place::kMailboxes, scratch_ + "/mailboxes"},
               {Place::kQueueIncoming, scratch_ + "/queue/incoming"},
               {Place::kQueueActive, scratch_ + "/queue/active"}};
  }

  void TearDown() override {
    if (here.beside > 0) {
      EXPECT_EQ(kill(here.beside, SIGKILL), 0);
      EXPECT_EQ(waitpid(here.beside, nullptr, 0), here.beside);
      here.beside = -1;
    }
    if (!scratch_.ends_with("XXXXXX")) fs::remove_all(scratch_);
  }

  // The files as they were, whatever the try before has done; everything is the MTA user's.
  void put_in_order() const {
    for (const char* name : {"accounts/ann", "mailboxes/ann/message", "mailboxes/bob/message",
                             "queue/active/message", "executables/postern-module"})
      if (!fs::exists(scratch_ + "/" + name)) std::ofstream(scratch_ + "/" + name) << "text\n";
    for (const char* made :
         {"mailboxes/ann/made", "queue/active/link", "queue/active/two", "queue/incoming/again"})
      fs::remove(scratch_ + "/" + made);
    for (char octet = 0; recv(stranger_.get(), &octet, 1, MSG_DONTWAIT) > 0;)
      continue;  // or it is full one day
    EXPECT_EQ(chmod(here.module().c_str(), 0550), 0);
    if (geteuid() != 0) return;
    EXPECT_EQ(chown(scratch_.c_str(), kMta, kMta), 0);
    for (const auto& entry : fs::recursive_directory_iterator(scratch_))
      EXPECT_EQ(lchown(entry.path().c_str(), kMta, kMta), 0);
  }

  static void become_mta() {
    if (geteuid() != 0) return;
    if (setgroups(0, nullptr) != 0 || setresgid(kMta, kMta, kMta) != 0 || setresuid(kMta, kMta, kMta) != 0)
      _exit(90);
  }

  std::vector<PlacedPath> places_;

 private:
  void make_stranger() {
    stranger_.reset(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    const sockaddr_un address = strangers_socket();
    ASSERT_EQ(bind(stranger_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    ASSERT_EQ(chmod(address.sun_path, 0666), 0);
  }

  // Readable by others of its user: what the kernel refuses anyhow proves nothing of the cage.
  static void start_one_beside() {
    std::array<int, 2> told{};
    ASSERT_EQ(pipe2(told.data(), O_CLOEXEC), 0);
    here.beside = fork();
    if (here.beside == 0) {
      become_mta();
      if (prctl(PR_SET_DUMPABLE, 1) != 0 || prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY) < -1 ||
          write(told[1], "x", 1) != 1)
        _exit(91);
      for (;;) (void)pause();
    }
    char octet = 0;
    ASSERT_EQ(read(told[0], &octet, 1), 1);
    ASSERT_EQ(close(told[0]) + close(told[1]), 0);
  }

  std::string scratch_ = "/tmp/postern-rogue-XXXXXX";
  Fd stranger_;
};

// ---- One layer at a time --------------------------------------------------------------------------------

constexpr unsigned kSeccomp = 1;
constexpr unsigned kLandlock = 2;

struct Layers {
  FilterProgram filter;
  Fd ruleset;
};

class RogueLayers : public Rogue {
 protected:
  Layers layers_of(const SandboxProfile& profile, int cap) const {
    auto filter = compile_filter(calls_of(profile));
    auto ruleset = make_ruleset(landlock_abi(cap).value(), profile.files, places_);
    EXPECT_TRUE(filter.ok() && ruleset.ok());
    return {std::move(filter).value(), std::move(ruleset).value()};
  }

  // How `one` ends in a process with these layers of a cage.
  char end_of(const Try& one, const Layers& layers, unsigned which) const {
    put_in_order();
    const pid_t child = fork();
    if (child == 0) {
      become_mta();
      std::array<int, 2> ends{};
      here.passed = open(here.acknowledged().c_str(), O_RDONLY | O_CLOEXEC);
      if (here.passed < 0 || socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends.data()) != 0) _exit(92);
      here.local = ends[0];
      if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) _exit(93);
      if ((which & kLandlock) != 0 && !enter_ruleset(layers.ruleset.get()).ok()) _exit(94);
      if ((which & kSeccomp) != 0 && !enter_filter(layers.filter).ok()) _exit(95);
      _exit(one.act());
    }
    int status = 0;
    EXPECT_EQ(waitpid(child, &status, 0), child);
    if (WIFSIGNALED(status)) return WTERMSIG(status) == SIGSYS ? 'K' : '!';
    return letter_of(WEXITSTATUS(status));
  }
};

// What no layer holds: each is told of in SECURITY.md.
constexpr std::pair<std::string_view, std::string_view> kHeldByNeither[] = {
    {"pop3 keeper", "make a file in a mailbox"},
    {"pop3 keeper", "send a message to a stranger"},
    {"smtp keeper", "send a message to a stranger"}};

// With Landlock off, the filter alone kills whatever is killed with both. With the filter off, Landlock alone
// holds what it is there to hold (and without it that would be done). What both together let pass is pinned.
void expect_layers(const Role& role, const Try& one, char both, char filter, char landlock) {
  if (one.act == another_mailbox && role.end == 1)
    return;  // confines itself first, as only the real one does
  const std::pair<std::string_view, std::string_view> pair{role.name, one.what};
  EXPECT_EQ(both == 'D', std::ranges::find(kHeldByNeither, pair) != std::end(kHeldByNeither)) << role.name;
  EXPECT_EQ(both == 'K', filter == 'K') << role.name << " without Landlock: " << filter;
  EXPECT_TRUE(both != 'A' || (filter == 'D' && landlock == 'A')) << role.name << filter << landlock;
}

// Which layer holds what, printed. Whatever the newest Landlock does, with that of Debian 12 nothing more is
// done; and what an ordinary user can do without a cage is done here without one, or the try proves nothing.
TEST_F(RogueLayers, WhichLayerHoldsWhat) {
  std::printf("%-32s  none", "K killed A EACCES P EPERM D done");
  for (const Role& role : kRoles) std::printf("  %-19s", role.name);
  std::printf("\n%-32s  ", "");
  for (std::size_t i = 0; i < std::size(kRoles); ++i)
    std::printf("%s", i == 0 ? "    both sec. landl. 2" : "  both sec. landl. 2");
  std::printf("\n");
  std::vector<std::array<Layers, 2>> layers;
  for (const Role& role : kRoles)
    layers.push_back({layers_of(*role.profile, 0), layers_of(*role.profile, 2)});
  for (const Try& one : kTries) {
    SCOPED_TRACE(one.what);
    const char bare = end_of(one, layers[0][0], 0);
    EXPECT_TRUE(!one.possible || bare == 'D') << bare;
    std::printf("%-32s  %c   ", one.what, bare);
    for (std::size_t i = 0; i < std::size(kRoles); ++i) {
      const auto& [newest, debian12] = layers[i];
      const char both = end_of(one, newest, kSeccomp | kLandlock);
      const char oldest = end_of(one, debian12, kSeccomp | kLandlock);
      const bool second_layer = one.act == another_mailbox && kRoles[i].end == 1;  // only the real one has it
      EXPECT_TRUE(second_layer || both == one.ends[kRoles[i].end]) << kRoles[i].name << " " << both;
      EXPECT_EQ(oldest, both) << kRoles[i].name << " with ABI 2";
      const char filter = end_of(one, newest, kSeccomp);
      const char landlock = end_of(one, newest, kLandlock);
      expect_layers(kRoles[i], one, both, filter, landlock);
      std::printf("  %c    %c    %c      %c", both, filter, landlock, oldest);
    }
    std::printf("\n");
  }
}

// ---- Below the real listener ----------------------------------------------------------------------------

// The client says: 'e' an octet comes back; 's' or 'k' and a number: the session or the keeper makes that
// try.
Result<void> make_try(unsigned char number) {
  const int error = kTries[number].act();
  return Error{
      error == 0 ? "IT WAS DONE" : strerrordesc_np(error), kTries[number].what, {}, 0, Exit::kSoftware};
}

// The descriptor that a keeper lends, for what is tried on one.
void borrow(const SessionChannels& channels) {
  const char question[] = {'p'};
  std::array<char, 8> room{};
  if (!send_question(channels.keeper.get(), question).ok()) return;
  auto answer = receive_answer_packet(channels.keeper.get(), room, kPatience);
  if (answer.ok()) here.passed = answer->file.is_open() ? answer->file.release() : channels.client.get();
}

Result<void> talk(const SessionChannels& channels) {
  std::array<unsigned char, 2> asked{};
  while (read(channels.client.get(), asked.data(), 2) == 2) {
    if (asked[0] == 's') {
      borrow(channels);
      return make_try(asked[1]);
    }
    if (asked[0] == 'k') {
      const char question[] = {'k', static_cast<char>(asked[1])};
      std::array<char, 8> room{};
      if (!send_question(channels.keeper.get(), question).ok()) return {};
      (void)receive_answer_packet(channels.keeper.get(), room, kPatience).ok();  // it has gone
      return {};
    }
    if (send(channels.client.get(), asked.data(), 1, MSG_NOSIGNAL) != 1) return {};
  }
  return {};
}

// `mailboxes`: a message from there is lent; SMTP's keeper lends nothing.
Result<void> answer(const KeeperChannels& channels, bool lends) {
  std::array<char, 8> room{};
  for (;;) {
    auto length = receive_question(channels.session.get(), room);
    if (!length.ok()) return length.take_error();
    if (*length == 0) return {};
    if (room[0] == 'k') return make_try(static_cast<unsigned char>(room[1]));
    const Fd lent(lends ? openat(channels.mailboxes.get(), "ann/message", O_RDONLY | O_CLOEXEC) : -1);
    if (auto sent = send_answer(channels.session.get(), {room.data(), 1}, lent.get()); !sent.ok())
      return sent;
  }
}

template <const SandboxProfile& profile>
int rogue_session(const Settings&, const ConnectionRecord& record, SessionChannels channels) {
  here.local = channels.log.get();
  return run_role(profile, record, channels.log.get(), [&] { return talk(channels); });
}

template <const SandboxProfile& profile, bool lends>
int rogue_keeper(const Settings&, const ConnectionRecord& record, KeeperChannels channels) {
  here.local = channels.log.get();
  here.passed = lends ? channels.mailboxes.get() : channels.active.get();
  return run_role(profile, record, channels.log.get(), [&] { return answer(channels, lends); });
}

constinit const ModuleSpec kRogues[] = {
    {"pop3", nullptr, &rogue_session<kPop3SessionProfile>, &rogue_keeper<kKeeperProfile, true>,
     &kPop3SessionProfile, &kKeeperProfile},
    {"smtp", nullptr, &rogue_session<kSmtpSessionProfile>, &rogue_keeper<kSmtpKeeperProfile, false>,
     &kSmtpSessionProfile, &kSmtpKeeperProfile}};

class RogueBelowListener : public Rogue {
 protected:
  // A listener of its own for each try: after eight deaths it would make way for another.
  void start(const ModuleSpec& module) {
    put_in_order();
    auto lines = datagram_pair();
    ASSERT_TRUE(lines.ok());
    log_ = std::move(lines->second);
    std::array<int, 2> told{};
    ASSERT_EQ(pipe2(told.data(), O_CLOEXEC), 0);
    listener_ = fork();
    if (listener_ == 0) _exit(serve(module, std::move(lines->first), told[1]));
    ASSERT_EQ(read(told[0], &port_, sizeof port_), static_cast<ssize_t>(sizeof port_));
    ASSERT_EQ(close(told[0]) + close(told[1]), 0);
  }

  void end() {
    EXPECT_EQ(kill(listener_, SIGTERM), 0);
    EXPECT_EQ(waitpid(listener_, nullptr, 0), listener_);
  }

  Fd connected() const {
    Fd client(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = port_;
    EXPECT_EQ(connect(client.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    return client;
  }

  static bool echoes(const Fd& client) {
    char octet = 0;
    pollfd ready{client.get(), POLLIN, 0};
    return send(client.get(), "ee", 2, MSG_NOSIGNAL) == 2 && poll(&ready, 1, kPatience) == 1 &&
           recv(client.get(), &octet, 1, 0) == 1 && octet == 'e';
  }

  // The log's line of how the try ended.
  std::string last_word() const {
    for (;;) {
      pollfd ready{log_.get(), POLLIN, 0};
      std::array<char, kMaxLogLine> octets{};
      if (poll(&ready, 1, kPatience) != 1) return "nothing was logged";
      const ssize_t got = recv(log_.get(), octets.data(), octets.size(), 0);
      const std::string line(octets.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
      if (line.find("event=child-killed") != line.npos || line.find("event=keeper-ended") != line.npos)
        return line;
    }
  }

 private:
  int serve(const ModuleSpec& module, Fd log, int tell) {
    if (setpgid(0, 0) != 0) return 90;
    const bool root = geteuid() == 0;
    if (root && !Credentials::forbid_new_privileges().ok()) return 91;
    if (root) {
      const Dropped dropped = Credentials::drop_for_good(kMta, kMta);
      return serve_with(dropped, module, std::move(log), tell);
    }
    const Dropped dropped = Credentials::drop_nothing();
    return serve_with(dropped, module, std::move(log), tell);
  }

  int serve_with(const Dropped& dropped, const ModuleSpec& module, Fd log, int tell) {
    Endpoint endpoint;
    endpoint.v4.sin_family = AF_INET;
    endpoint.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto bound = bind_socket(endpoint);
    if (!bound.ok()) return 92;
    auto listener = Listener::start(dropped, std::move(bound).value());
    if (!listener.ok()) return 93;
    sockaddr_in address{};
    socklen_t length = sizeof address;
    if (getsockname(listener->number(), reinterpret_cast<sockaddr*>(&address), &length) != 0) return 94;
    if (write(tell, &address.sin_port, sizeof address.sin_port) != sizeof address.sin_port) return 95;
    const auto directory = [](const char* name) {
      return Fd(open((here.root + "/" + name).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    };
    ListenerChannels channels{std::move(log),
                              Fd(dup(0)),
                              directory("accounts"),
                              directory("mailboxes"),
                              directory("queue/incoming"),
                              directory("queue/active"),
                              {}};
    channels.listeners.push_back(std::move(listener).value());
    Settings settings;
    settings.max_connections = 4;
    const auto place = [](const char* name, auto& text) {
      std::ranges::copy(here.root + "/" + name + '\0', text.octets);
    };
    place("", settings.postoffice);
    place("mailboxes", settings.mailbox);
    return run_listener(settings, dropped, module, std::move(channels));
  }

  Fd log_;
  in_port_t port_ = 0;
  pid_t listener_ = -1;
};

// Each ends as it must, the log says so, and the session beside it is served as before.
TEST_F(RogueBelowListener, EveryTryEndsAsItMustAndDisturbsNobody) {
  for (const Role& role : kRoles)
    for (std::size_t i = 0; i < std::size(kTries); ++i) {
      SCOPED_TRACE(std::string(role.name) + ": " + kTries[i].what);
      const bool session = role.end == 0;
      start(kRogues[std::string_view(role.name).starts_with("smtp") ? 1 : 0]);
      const Fd good = connected();
      ASSERT_TRUE(echoes(good));
      const Fd bad = connected();
      const unsigned char asked[] = {static_cast<unsigned char>(session ? 's' : 'k'),
                                     static_cast<unsigned char>(i)};
      ASSERT_EQ(send(bad.get(), asked, 2, MSG_NOSIGNAL), 2);
      const std::string line = last_word();
      switch (kTries[i].ends[role.end]) {
        case 'K':
          EXPECT_NE(
              line.find(std::string("child=") + (session ? "session" : "keeper") + " end=\"signal SIGSYS\""),
              line.npos)
              << line;
          break;
        case 'A':
          EXPECT_NE(line.find("Permission denied"), line.npos) << line;
          break;
        case 'N':
          EXPECT_NE(line.find("Function not implemented"), line.npos) << line;
          break;
        default:
          EXPECT_NE(line.find("IT WAS DONE"), line.npos) << line;
      }
      EXPECT_TRUE(echoes(good));
      EXPECT_EQ(kill(here.beside, 0), 0);
      end();
    }
}

}  // namespace
}  // namespace postern::daemon
