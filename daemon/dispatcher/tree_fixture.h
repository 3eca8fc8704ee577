// SPDX-License-Identifier: BSD-2-Clause
// For tests of the whole daemon: set up by postern-setup in a scratch prefix and started for real. Needs
// root: a network namespace, ids that no account has, /proc of all processes.
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "daemon/sys/fd.h"
#include "daemon/sys/sandbox.h"

namespace postern::daemon {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

inline constexpr std::uint16_t kPort = 110;
inline constexpr uid_t kMta = 64100;

inline std::string text_of(const fs::path& file) {
  std::ifstream in(file);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

// A field of /proc/PID/status, blanks folded.
inline std::string field(pid_t pid, const std::string& name) {
  std::istringstream lines(text_of("/proc/" + std::to_string(pid) + "/status"));
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(name + ":")) continue;
    std::istringstream words(line.substr(name.size() + 1));
    std::string value;
    for (std::string word; words >> word;) value += (value.empty() ? "" : " ") + word;
    return value;
  }
  return "no such field";
}

inline std::vector<pid_t> tree_below(pid_t root) {
  std::vector<pid_t> pids{root};
  std::multimap<pid_t, pid_t> children;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    const pid_t pid = std::stoi(name);
    const std::string parent = field(pid, "PPid");
    if (parent.find_first_not_of("0123456789") == std::string::npos) children.emplace(std::stoi(parent), pid);
  }
  for (std::size_t i = 0; i < pids.size(); ++i)
    for (auto [child, end] = children.equal_range(pids[i]); child != end; ++child)
      pids.push_back(child->second);
  return pids;
}

inline std::string name_of(pid_t pid) {
  const std::string line = text_of("/proc/" + std::to_string(pid) + "/cmdline");
  return fs::path(line.substr(0, line.find('\0'))).filename();
}

inline bool loopback_up() {
  const Fd any(socket(AF_INET, SOCK_DGRAM, 0));
  ifreq request{};
  request.ifr_name[0] = 'l';
  request.ifr_name[1] = 'o';
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  return ioctl(any.get(), SIOCSIFFLAGS, &request) == 0;
}

class Client {
 public:
  bool connect(std::uint16_t port = kPort) {
    socket_.reset(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return ::connect(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  std::string line() {
    std::string text;
    for (char c = 0; c != '\n';) {
      pollfd ready{socket_.get(), POLLIN, 0};
      if (poll(&ready, 1, 10'000) != 1 || recv(socket_.get(), &c, 1, 0) != 1) return "";
      text += c;
    }
    return text.substr(0, 3);
  }
  std::string ask(const std::string& command) {
    const std::string octets = command + "\r\n";
    if (send(socket_.get(), octets.data(), octets.size(), MSG_NOSIGNAL) < 0) return "";
    return line();
  }

 private:
  Fd socket_;
};

class Daemon : public testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "SKIPPED, NOT TESTED: needs root";
    if (unshare(CLONE_NEWNET) != 0 || !loopback_up())
      GTEST_SKIP() << "SKIPPED, NOT TESTED: no network namespace";
    ASSERT_NE(mkdtemp(scratch_.data()), nullptr);
    ASSERT_EQ(chmod(scratch_.c_str(), 0755), 0);
  }

  void TearDown() override {
    if (daemon_ > 0) {
      (void)kill(daemon_, SIGKILL);
      (void)waitpid(daemon_, nullptr, 0);
    }
    if (HasFailure()) (void)std::fprintf(stderr, "--- standard error and log:\n%s---\n", said().c_str());
    std::error_code ignored;
    if (!scratch_.ends_with("XXXXXX")) fs::remove_all(scratch_, ignored);
  }

  std::string prefix() const { return scratch_ + "/p"; }
  std::string config() const { return prefix() + "/etc/postern.conf"; }
  std::string said() const { return text_of(scratch_ + "/said"); }

  static int shell(const std::string& command) {
    const int status = std::system(command.c_str());
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  void set_up(const std::string& ids = "--user 64100 --group 64100", const std::string& as = "") {
    const std::string build = POSTERN_BUILD_DIR;
    const char* const others = std::getenv("POSTERN_PROGRAMS");  // of a mutant, see daemon/controls
    ASSERT_EQ(shell(as + " " + build + "/daemon/setup/postern-setup --prefix " + prefix() + " --build " +
                    (others == nullptr ? build : others) + " " + ids + " --pop3-listen 127.0.0.1:" +
                    std::to_string(ids.empty() ? 1110 : kPort) + " >" + scratch_ + "/setup 2>&1"),
              0)
        << text_of(scratch_ + "/setup");
    std::ofstream(config(), std::ios::app) << "refusal-quantum = 0\nlookup-deadline = 500ms\n";
    const std::string account = R"({"account":"ann","password":"sesame","access":["127.0.0.1"]})";
    ASSERT_EQ(
        shell("echo '" + account + "' | " + as + " " + prefix() + "/bin/postern account import --config " +
              config() + " --hash sha512crypt --cost cheapest >" + scratch_ + "/import 2>&1"),
        0)
        << text_of(scratch_ + "/import");
  }

  void start(const std::vector<std::string>& more = {}, uid_t as = 0) {
    daemon_ = fork();
    if (daemon_ != 0) return;
    const int out = open((scratch_ + "/said").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (dup2(out, 1) != 1 || dup2(out, 2) != 2) _exit(99);
    for (const std::string& one : more) (void)putenv(const_cast<char*>(one.c_str()));
    if (as != 0 && (setgid(as) != 0 || setuid(as) != 0)) _exit(99);
    const std::string program = prefix() + "/sbin/posternd";
    (void)execl(program.c_str(), "posternd", "--config", config().c_str(), nullptr);
    _exit(98);
  }

  // Exit status of the daemon, which must end by itself.
  int wait_for_end(milliseconds patience = milliseconds{10'000}) {
    for (auto waited = milliseconds{0}; waited < patience; waited += milliseconds{20}) {
      int status = 0;
      if (waitpid(daemon_, &status, WNOHANG) == daemon_) {
        daemon_ = -1;
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
      }
      std::this_thread::sleep_for(milliseconds{20});
    }
    return -2;
  }

  int run_to_end() {
    start();
    return wait_for_end();
  }

  bool answers(std::uint16_t port = kPort) {
    for (int i = 0; i < 300; ++i) {
      Client client;
      if (client.connect(port) && client.line() == "+OK") return true;
      std::this_thread::sleep_for(milliseconds{20});
    }
    return false;
  }

  static void expect_login(std::uint16_t port = kPort) {
    Client client;
    ASSERT_TRUE(client.connect(port));
    EXPECT_EQ(client.line(), "+OK");
    EXPECT_EQ(client.ask("USER ann"), "+OK");
    EXPECT_EQ(client.ask("PASS sesame"), "+OK");
    EXPECT_EQ(client.ask("QUIT"), "+OK");
  }

  // settled waits until the daemon is exactly `count` processes: what a connection leaves ends in its own
  // time.
  std::vector<pid_t> settled(std::size_t count) const {
    std::vector<pid_t> pids = tree_below(daemon_);
    for (int i = 0; i < 250 && pids.size() != count; ++i) {
      std::this_thread::sleep_for(milliseconds{20});
      pids = tree_below(daemon_);
    }
    EXPECT_EQ(pids.size(), count);
    return pids;
  }

  pid_t process_named(const std::string& name) const {
    for (const pid_t pid : tree_below(daemon_))
      if (name_of(pid) == name) return pid;
    return -1;
  }

  std::string scratch_ = "/run/postern-tree-XXXXXX";
  pid_t daemon_ = -1;
};

// PV-2, PV-4: what the kernel says of a process. `also`: a second group.
inline void expect_unprivileged(pid_t pid, const std::string& uid, bool from_root,
                                const std::string& also = "") {
  const std::string who = name_of(pid) + " " + std::to_string(pid);
  const std::string four = uid + " " + uid + " " + uid + " " + uid;
  EXPECT_EQ(field(pid, "Uid"), four) << who;
  EXPECT_EQ(field(pid, "Gid"), four) << who;
  EXPECT_EQ(field(pid, "NoNewPrivs"), "1") << who;
  for (const char* set : {"CapInh", "CapPrm", "CapEff", "CapAmb"})
    EXPECT_EQ(field(pid, set), "0000000000000000") << who;
  if (from_root) {
    EXPECT_EQ(field(pid, "Groups"), also.empty() ? uid : uid + " " + also) << who;
    EXPECT_EQ(field(pid, "CapBnd"), "0000000000000000") << who;
  }
  EXPECT_EQ(field(pid, "Seccomp"), "2") << who;
  EXPECT_EQ(field(pid, "Threads"), "1") << who;
  struct stat info {};
  EXPECT_EQ(stat(("/proc/" + std::to_string(pid) + "/environ").c_str(), &info), 0) << who;
  EXPECT_EQ(info.st_uid, 0U) << who << " is dumpable";
}

}  // namespace postern::daemon
