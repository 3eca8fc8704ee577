// SPDX-License-Identifier: BSD-2-Clause
// The whole daemon looked at from outside (PV).
#include <sys/mount.h>
#include <sys/un.h>

#include <cstddef>
#include <cstring>

#include "daemon/dispatcher/tree_fixture.h"

namespace postern::daemon {
namespace {

constexpr int kOne = 1;

// The datagram, and who sent it: the kernel says that it is not root any more.
void expect_ready_from_mta(int manager) {
  std::array<char, 64> text{};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(ucred))> control{};
  iovec part{text.data(), text.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  ASSERT_EQ(recvmsg(manager, &message, 0), 7);
  EXPECT_EQ(std::string(text.data()), "READY=1");
  const cmsghdr* const header = CMSG_FIRSTHDR(&message);
  ASSERT_NE(header, nullptr);
  ucred sender{};
  std::memcpy(&sender, CMSG_DATA(header), sizeof sender);
  EXPECT_EQ(sender.uid, kMta);
}

TEST_F(Daemon, EveryProcessHasGivenUpEverythingInEveryPhase) {
  set_up();
  start();
  ASSERT_TRUE(answers());
  const auto look = [&](std::size_t expected) {
    for (const pid_t pid : settled(expected)) expect_unprivileged(pid, "64100", true);
  };
  look(5);  // dispatcher, deliver supervisor, logger, resolver, listener
  Client client;
  ASSERT_TRUE(client.connect());
  ASSERT_EQ(client.line(), "+OK");
  look(7);  // and session and keeper
  ASSERT_EQ(client.ask("USER ann"), "+OK");
  ASSERT_EQ(client.ask("PASS sesame"), "+OK");
  look(7);
  ASSERT_EQ(kill(daemon_, SIGTERM), 0);
  EXPECT_EQ(wait_for_end(), 0);
  EXPECT_EQ(client.ask("NOOP"), "");  // nobody is left
}

// sd_notify(3): told once, when the ports listen and root is gone; by a path or an abstract name.
TEST_F(Daemon, TellsTheServiceManagerWhenItListens) {
  set_up();
  const std::string path = scratch_ + "/notify";
  for (const std::string& name : {path, "@postern-notify-" + std::to_string(getpid())}) {
    const Fd manager(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    (void)name.copy(address.sun_path, sizeof address.sun_path - 1);
    if (name[0] == '@') address.sun_path[0] = '\0';
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    ASSERT_EQ(bind(manager.get(), reinterpret_cast<const sockaddr*>(&address), length), 0);
    ASSERT_TRUE(name != path || chmod(path.c_str(), 0777) == 0);
    ASSERT_EQ(setsockopt(manager.get(), SOL_SOCKET, SO_PASSCRED, &kOne, sizeof kOne), 0);
    start({"NOTIFY_SOCKET=" + name});
    pollfd told{manager.get(), POLLIN, 0};
    ASSERT_EQ(poll(&told, 1, 20'000), 1) << name;
    expect_ready_from_mta(manager.get());
    EXPECT_TRUE(Client().connect());  // at once
    ASSERT_EQ(kill(daemon_, SIGTERM), 0);
    EXPECT_EQ(wait_for_end(), 0);
  }
}

// How many files each process of the tree has that holds one of these sockets.
std::vector<unsigned> files_beside(const std::set<std::string>& sockets, pid_t root) {
  std::vector<unsigned> all;
  for (const pid_t pid : tree_below(root)) {
    bool holds = false;
    unsigned files = 0;
    for (const auto& fd : fs::directory_iterator("/proc/" + std::to_string(pid) + "/fd")) {
      const std::string target = fs::read_symlink(fd.path());
      holds = holds || sockets.contains(target);
      files += target.starts_with("/") && target != "/dev/null" ? 1U : 0U;
    }
    if (holds) all.push_back(files);
  }
  return all;
}

// PV-6: who holds what.
TEST_F(Daemon, OnlyTheSessionHoldsTheClientAndItHoldsNoFile) {
  set_up();
  start();
  ASSERT_TRUE(answers());
  (void)settled(5);
  Client client;
  ASSERT_TRUE(client.connect());
  ASSERT_EQ(client.line(), "+OK");
  std::set<std::string> tcp;  // inodes of established sockets
  std::istringstream lines(text_of("/proc/net/tcp"));
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::vector<std::string> word(10);
    for (std::string& one : word) words >> one;
    if (word[3] == "01") tcp.insert("socket:[" + word[9] + "]");
  }
  const std::vector<unsigned> one_without_files{0};
  std::vector<unsigned> found;
  for (int i = 0; i < 250 && found != one_without_files;
       ++i) {  // the listener lets go of it when it has forked
    if (i != 0) std::this_thread::sleep_for(milliseconds{20});
    found = files_beside(tcp, daemon_);
  }
  EXPECT_EQ(found, one_without_files)
      << "a process that reads network octets has a file, or there are several";
}

TEST_F(Daemon, WorksWithLandlocksAbiCappedAtDebian12s) {
  set_up();
  std::ofstream(config(), std::ios::app) << "landlock-abi-cap = 2\n";
  start();
  ASSERT_TRUE(answers());
  expect_login();
}

TEST_F(Daemon, AKilledModuleIsStartedAgain) {
  set_up();
  start();
  ASSERT_TRUE(answers());
  for (const char* module : {"postern-logger", "postern-resolver", "postern-pop3"}) {
    const pid_t before = process_named(module);
    ASSERT_GT(before, 0) << module;
    ASSERT_EQ(kill(before, SIGKILL), 0);
    pid_t after = -1;
    for (int i = 0; i < 200 && (after <= 0 || after == before); ++i) {
      std::this_thread::sleep_for(milliseconds{20});
      after = process_named(module);
    }
    EXPECT_GT(after, 0) << module;
    EXPECT_NE(after, before) << module;
    expect_login();
  }
}

TEST_F(Daemon, FiveEndsWithinAMinuteEndItWithATemporaryFailure) {
  set_up();
  start();
  ASSERT_TRUE(answers());
  std::set<pid_t> killed;
  for (int i = 0; i < 400 && killed.size() < 5; ++i) {
    const pid_t resolver = process_named("postern-resolver");
    if (resolver > 0 && !killed.contains(resolver)) {
      ASSERT_EQ(kill(resolver, SIGKILL), 0);
      killed.insert(resolver);
    }
    std::this_thread::sleep_for(milliseconds{10});
  }
  EXPECT_EQ(wait_for_end(), 75);
  EXPECT_NE(said().find("five times"), std::string::npos);
}

// ---- What stops a start, each with its status and a message ---------------------------------------------

TEST_F(Daemon, AChangedModuleStopsTheStart) {
  set_up();
  const std::string module = prefix() + "/executables/postern-resolver";
  ASSERT_EQ(chmod(module.c_str(), 0750), 0);
  std::ofstream(module, std::ios::app) << "x";
  ASSERT_EQ(chmod(module.c_str(), 0550), 0);
  EXPECT_EQ(run_to_end(), 77);
  EXPECT_NE(said().find("SHA-256"), std::string::npos);
}

// DT-3
TEST_F(Daemon, AConfigurationThatOthersCanWriteStopsTheStart) {
  set_up();
  ASSERT_EQ(chown(config().c_str(), kMta, kMta), 0);
  EXPECT_EQ(run_to_end(), 77);
  ASSERT_EQ(chown(config().c_str(), 0, 0), 0);
  ASSERT_EQ(chmod((prefix() + "/etc").c_str(), 0777), 0);
  EXPECT_EQ(run_to_end(), 77);
}

// DT-4
TEST_F(Daemon, AWrongTreeStopsTheStartWithEveryFinding) {
  set_up();
  ASSERT_EQ(chmod((prefix() + "/mailbox").c_str(), 0755), 0);
  ASSERT_EQ(chown((prefix() + "/postoffice").c_str(), kMta + 1, kMta), 0);
  EXPECT_EQ(run_to_end(), 78);
  EXPECT_NE(said().find("mailbox: mode is 0755"), std::string::npos);
  EXPECT_NE(said().find("postoffice: owner is 64101"), std::string::npos);
}

// DT-4: on demand, of everything.
TEST_F(Daemon, TheAuditFindsNothingAfterUseAndThenEachThing) {
  set_up();
  start();
  ASSERT_TRUE(answers());
  expect_login();
  const std::string audit =
      prefix() + "/bin/postern audit-trees --config " + config() + " >" + scratch_ + "/audit 2>&1";
  EXPECT_EQ(shell(audit), 0) << text_of(scratch_ + "/audit");
  const fs::path account = prefix() + "/postoffice/accounts/ann";
  ASSERT_EQ(link(account.c_str(), (prefix() + "/postoffice/accounts/second").c_str()), 0);
  fs::create_symlink("/etc", prefix() + "/mailbox/etc");
  ASSERT_EQ(chmod((prefix() + "/etc").c_str(), 0777), 0);
  EXPECT_EQ(shell(audit), 78);
  const std::string found = text_of(scratch_ + "/audit");
  EXPECT_NE(found.find("accounts/ann: is a file with several names"), std::string::npos) << found;
  EXPECT_NE(found.find("mailbox/etc: is a symbolic link"), std::string::npos) << found;
  EXPECT_NE(found.find("is writable by others than root"), std::string::npos) << found;
  EXPECT_NE(found.find("\n4 findings\n"), std::string::npos) << found;
}

// OwnEtc is a copy of /etc over /etc, for as long as it lives, in a mount namespace of this process's own.
// (Of all of it: a file that is mounted over goes when somebody outside gives its name to another.)
class OwnEtc {
 public:
  explicit OwnEtc(const std::string& scratch) : copy_(scratch + "/etc") {
    const std::string command = "cp -a /etc " + copy_;
    is_there_ = unshare(CLONE_NEWNS) == 0 && mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
                std::system(command.c_str()) == 0 &&
                mount(copy_.c_str(), "/etc", nullptr, MS_BIND, nullptr) == 0;
  }
  OwnEtc(const OwnEtc&) = delete;
  OwnEtc& operator=(const OwnEtc&) = delete;
  ~OwnEtc() {
    if (is_there_) (void)umount2("/etc", MNT_DETACH);
  }
  [[nodiscard]] bool add(const std::string& file, const std::string& line) const {
    return is_there_ && (std::ofstream("/etc/" + file, std::ios::app) << line << '\n').flush().good();
  }

 private:
  std::string copy_;
  bool is_there_ = false;
};

// DT-1a: of a user with an entry, whatever number the group has; all other tests here have ids without one.
TEST_F(Daemon, NsgroupIsThePrimaryGroupOfTheMtaUser) {
  const OwnEtc etc(scratch_);
  ASSERT_TRUE(etc.add("passwd", "posta:x:64100:64777::/:/usr/sbin/nologin") &&
              etc.add("group", "posta:x:64100:") && etc.add("group", "nsgroup:x:64777:"));
  set_up("--user posta");
  ASSERT_EQ(shell("sed -i '/^mta-group/d' " + config()), 0);  // what the set-up found out, posternd finds out
  start();
  ASSERT_TRUE(answers());
  expect_login();
  for (const pid_t pid : settled(5)) {
    EXPECT_EQ(field(pid, "Uid"), "64100 64100 64100 64100");
    EXPECT_EQ(field(pid, "Gid"), "64777 64777 64777 64777");
    EXPECT_EQ(field(pid, "Groups"), "64777");
  }
  ASSERT_EQ(kill(daemon_, SIGTERM), 0);
  EXPECT_EQ(wait_for_end(), 0);
  ASSERT_EQ(chown((prefix() + "/mailbox").c_str(), kMta, kMta), 0);  // the group of the user's name is not it
  EXPECT_EQ(run_to_end(), 78);
  EXPECT_NE(said().find("mailbox: group is 64100"), std::string::npos) << said();
}

TEST_F(Daemon, RootWithPassedSocketsIsRefused) {
  set_up();
  start({"LISTEN_FDS=1"});
  EXPECT_EQ(wait_for_end(), 64);
}

TEST_F(Daemon, APortInUseStopsTheStart) {
  set_up();
  const Fd taken(socket(AF_INET, SOCK_STREAM, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(kPort);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(bind(taken.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  EXPECT_EQ(run_to_end(), 69);
  EXPECT_NE(said().find("another process has this port"), std::string::npos);
}

TEST_F(Daemon, RootOfAOneIdNamespaceIsRefused) {
  set_up();
  daemon_ = fork();
  if (daemon_ == 0) {
    if (unshare(CLONE_NEWUSER) != 0) _exit(97);
    std::ofstream("/proc/self/setgroups") << "deny";
    std::ofstream("/proc/self/uid_map") << "0 0 1";
    std::ofstream("/proc/self/gid_map") << "0 0 1";
    const int out = open((scratch_ + "/said").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (dup2(out, 2) != 2) _exit(99);
    (void)execl((prefix() + "/sbin/posternd").c_str(), "posternd", "--config", config().c_str(), nullptr);
    _exit(98);
  }
  EXPECT_EQ(wait_for_end(), 77);
  EXPECT_NE(said().find("is not root"), std::string::npos);
}

// ---- As an ordinary user ---------------------------------------------------------------------------------

TEST_F(Daemon, AnOrdinaryUserRunsItOnAHighPortAndIsTold) {
  ASSERT_EQ(chown(scratch_.c_str(), kMta, kMta), 0);
  set_up("", "setpriv --reuid 64100 --regid 64100 --clear-groups");
  ASSERT_EQ(mkdir((scratch_ + "/x").c_str(), 0700), 0);
  start({}, kMta);
  ASSERT_TRUE(answers(1110));
  std::this_thread::sleep_for(milliseconds{200});
  expect_login(1110);
  EXPECT_NE(said().find("WARNING: started as uid 64100, not as root"), std::string::npos);
  for (const pid_t pid : settled(5)) expect_unprivileged(pid, "64100", false);
  ASSERT_EQ(kill(daemon_, SIGTERM), 0);
  EXPECT_EQ(wait_for_end(), 0);
}

}  // namespace
}  // namespace postern::daemon
