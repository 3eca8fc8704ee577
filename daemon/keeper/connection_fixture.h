// SPDX-License-Identifier: BSD-2-Clause
// One whole connection: session and keeper as processes in their sandboxes, a client on one end, the log on
// the other. What the listener does around them is not here. Needs no root.
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "daemon/account/account_store.h"
#include "daemon/keeper/channel.h"
#include "daemon/keeper/keeper.h"
#include "daemon/listener/login_notes.h"
#include "daemon/listener/refusal_counts.h"
#include "daemon/login/password.h"
#include "daemon/pop3/module.h"
#include "daemon/sys/clock.h"
#include "daemon/sys/files.h"
#include "daemon/sys/sandbox.h"
#include "daemon/sys/sockets.h"

namespace postern::daemon {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

inline constexpr milliseconds kQuantum{400};
inline const std::string kGreeting = "+OK postern POP3 ready\r\n";
inline const std::string kRefused = "-ERR [AUTH] login refused\r\n";

inline SocketPair pair_of(Result<SocketPair> made) {
  EXPECT_TRUE(made.ok());
  return std::move(made).value();
}

// Processes: a session and its keeper, or a keeper alone; ended and counted when the test is over.
struct Processes {
  pid_t session = -1;
  pid_t keeper = -1;
};

inline int status_of(pid_t child) {
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// Trees are the two trees that all tests share: a sandbox is prepared once in a process.
class Trees : public testing::Environment {
 public:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "postern-connection-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    root = pattern;
    fs::create_directories(root / "accounts");
    fs::create_directories(root / "mailboxes");
    const std::vector<PlacedPath> places{{Place::kAccounts, root / "accounts"},
                                         {Place::kMailboxes, root / "mailboxes"}};
    const SandboxOptions options{SandboxMode::kEnforce, 2, places};
    ASSERT_TRUE(prepare_sandbox(kPop3SessionProfile, options).ok());
    ASSERT_TRUE(prepare_sandbox(kKeeperProfile, options).ok());
  }
  void TearDown() override { fs::remove_all(root); }

  static fs::path root;
};

inline fs::path Trees::root;
inline const testing::Environment* const kTrees = testing::AddGlobalTestEnvironment(new Trees);

// keep_only leaves a child what a listener would leave it.
inline void keep_only(std::vector<int> kept) {
  const auto rulesets = sandbox_descriptors();
  kept.insert(kept.end(), rulesets.begin(), rulesets.end());
  if (!close_all_except(kept).ok()) ::_exit(99);
}

class ConnectionTest : public testing::Test {
 protected:
  void SetUp() override {
    SocketPair log = pair_of(datagram_pair());
    logins_ = pair_of(login_notes_pair());
    log_read_ = std::move(log.first);
    log_ = std::move(log.second);
    settings_.refusal_quantum = kQuantum;
    settings_.lookup_deadline = milliseconds(100);
    settings_.hash_slots = 2;
    record_.number = 7;
    from("192.0.2.7");
  }

  void from(const char* address) {
    record_.peer = {};
    auto& peer = reinterpret_cast<sockaddr_in&>(record_.peer);
    peer.sin_family = AF_INET;
    ASSERT_EQ(::inet_pton(AF_INET, address, &peer.sin_addr), 1);
  }

  static void add(const std::string& name, const std::string& password, std::vector<std::string> access,
                  std::string maildrop_user = {}) {
    const Fd accounts = directory("accounts");
    const Fd mailboxes = directory("mailboxes");
    Result<std::string> hash = hash_password(password, HashMethod{"$5$", 1000});
    ASSERT_TRUE(hash.ok());
    const Account account{hash.value(), std::move(maildrop_user), std::move(access)};
    ASSERT_TRUE(write_account(accounts.get(), name, account, WriteMode::kReplace).ok());
    ASSERT_TRUE(make_mailbox(mailboxes.get(), name).ok());
  }
  static void deliver(const std::string& name, const std::string& file, const std::string& text) {
    std::ofstream(Trees::root / "mailboxes" / name / file, std::ios::binary) << text;
  }
  static Fd directory(const char* name) {
    Result<Fd> opened = open_directory((Trees::root / name).c_str());
    EXPECT_TRUE(opened.ok());
    return std::move(opened).value();
  }

  KeeperChannels keeper_channels(Fd session) {
    KeeperChannels channels;
    channels.session = std::move(session);
    channels.log = Fd(::fcntl(log_.get(), F_DUPFD_CLOEXEC, 3));
    channels.resolver = pair_of(datagram_pair()).first;  // nobody answers: AD-C6
    channels.accounts = directory("accounts");
    channels.mailboxes = directory("mailboxes");
    Result<Fd> slots = lock_file("test-slots");
    EXPECT_TRUE(slots.ok());
    channels.hash_slots = std::move(slots).value();
    channels.logins = Fd(::fcntl(logins_.first.get(), F_DUPFD_CLOEXEC, 3));
    channels.refusals = std::move(refusals_);  // in the child that calls this
    return channels;
  }

  // start_keeper forks a keeper; the channel that is returned is the session's end.
  Fd start_keeper(pid_t& keeper) {
    SocketPair channel = pair_of(packet_pair());
    keeper = ::fork();
    if (keeper == 0) {
      KeeperChannels own = keeper_channels(std::move(channel.second));
      keep_only({own.session.get(), own.log.get(), own.resolver.get(), own.accounts.get(),
                 own.mailboxes.get(), own.hash_slots.get(), own.logins.get()});
      ::_exit(run_keeper(settings_, record_, std::move(own)));
    }
    return std::move(channel.first);
  }

  // connect forks both processes; the socket that is returned is the client's.
  Fd connect(Processes& processes) {
    int ends[2] = {-1, -1};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    Fd client(ends[0]);
    Fd server(ends[1]);
    Fd channel = start_keeper(processes.keeper);
    processes.session = ::fork();
    if (processes.session == 0) {
      SessionChannels own{std::move(server), std::move(channel), std::move(log_)};
      keep_only({own.client.get(), own.keeper.get(), own.log.get()});
      ::_exit(run_pop3_session(settings_, record_, std::move(own)));
    }
    return client;
  }

  static void say(const Fd& client, const std::string& text) {
    ASSERT_EQ(::send(client.get(), text.data(), text.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(text.size()));
  }
  static std::string hear_all(const Fd& client) {
    std::string heard;
    char buffer[4096];
    ssize_t length = 0;
    while ((length = ::read(client.get(), buffer, sizeof buffer)) > 0) {
      heard.append(buffer, static_cast<size_t>(length));
    }
    return heard;
  }
  static std::string hear_until(const Fd& client, const std::string& end) {
    std::string heard;
    char octet = '\0';
    while (!heard.ends_with(end) && ::read(client.get(), &octet, 1) == 1) heard.push_back(octet);
    return heard;
  }

  // talk is a whole connection: all of `input` at once, all that is answered; both processes end well.
  std::string talk(const std::string& input) {
    Processes processes;
    Fd client = connect(processes);
    say(client, input);
    std::string heard = hear_all(client);
    client.reset();
    EXPECT_EQ(status_of(processes.session), 0);
    EXPECT_EQ(status_of(processes.keeper), 0);
    return heard;
  }

  std::string log_line_heard() {
    char buffer[2048];
    const ssize_t length = ::recv(log_read_.get(), buffer, sizeof buffer, MSG_DONTWAIT);
    return length > 0 ? std::string(buffer, static_cast<size_t>(length)) : std::string();
  }

  Settings settings_;
  ConnectionRecord record_;
  Fd log_;
  SocketPair logins_;  // keepers write, a listener would read
  AnonymousMemory refusals_;
  Fd log_read_;
};

inline std::string login_as(const std::string& account, const std::string& password) {
  return "USER " + account + "\r\nPASS " + password + "\r\n";
}

}  // namespace postern::daemon
