// SPDX-License-Identifier: BSD-2-Clause
// For tests of the maildrop helper: the real program, started as the dispatcher starts it, on a spool of its
// own, in a mount namespace with a passwd of its own. Needs root.
#pragma once

#include <fcntl.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "daemon/config/handover.h"
#include "daemon/maildrop_helper/client.h"
#include "daemon/maildrop_helper/profile.h"
#include "daemon/sys/clock.h"
#include "daemon/sys/processes.h"
#include "daemon/sys/sockets.h"

namespace postern::daemon {

namespace fs = std::filesystem;

inline constexpr uid_t kMta = 64100;
inline constexpr gid_t kMail = 64108;
inline constexpr uid_t kAnn = 64001;
inline constexpr uid_t kBob = 64002;
inline constexpr int kPatience = 10'000;  // milliseconds; the helper itself waits 5 s for its child

inline std::string text_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

inline std::string octets_of_link(const fs::path& link) {
  std::error_code none;
  return fs::read_symlink(link, none);
}

// Everything about one thing that stat(2) can tell, its content, and where it leads.
inline std::string portrait(const fs::path& path) {
  struct stat info {};
  if (lstat(path.c_str(), &info) != 0) return path.string() + " is not there\n";
  std::ostringstream text;
  text << path.string() << " ino " << info.st_ino << " mode " << std::oct << info.st_mode << std::dec
       << " uid " << info.st_uid << " gid " << info.st_gid << " links " << info.st_nlink << " size "
       << info.st_size << " mtime " << info.st_mtim.tv_sec << "." << info.st_mtim.tv_nsec << " ctime "
       << info.st_ctim.tv_sec << "." << info.st_ctim.tv_nsec;
  if (S_ISLNK(info.st_mode)) text << " to " << octets_of_link(path);
  if (S_ISREG(info.st_mode)) text << " holds " << text_of(path);
  text << "\n";
  return text.str();
}

// All of it below `root`, itself too.
inline std::string portrait_of_all(const fs::path& root) {
  std::vector<fs::path> paths{root};
  for (const auto& entry : fs::recursive_directory_iterator(root)) paths.push_back(entry.path());
  std::ranges::sort(paths);
  std::string text;
  for (const fs::path& path : paths) text += portrait(path);
  return text;
}

class HelperTest : public testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "SKIPPED, NOT TESTED: needs root";
    ASSERT_EQ(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), 0);  // what the helper leaves is reaped here
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
      GTEST_SKIP() << "SKIPPED, NOT TESTED: no mount namespace";
    constexpr gid_t kToBeLost = 64109;  // the helper starts with a group too many
    ASSERT_EQ(setgroups(1, &kToBeLost), 0);
    ASSERT_NE(mkdtemp(scratch_.data()), nullptr);
    ASSERT_EQ(mount("scratch", scratch_.c_str(), "tmpfs", 0, "mode=0755"), 0);
    make_own_passwd();
    ASSERT_EQ(mkdir(spool().c_str(), 0755), 0);
    give_spool(0, kMail, 03775);
    ASSERT_EQ(mkdir((scratch_ + "/foreign").c_str(), 0755), 0);
    std::ofstream(scratch_ + "/foreign/file") << "root's own\n";
    fs::copy_file(POSTERN_MAILDROP_HELPER, program());
    ASSERT_EQ(chmod(program().c_str(), 0755), 0);
    settings_.layout = kSettingsLayout;
    settings_.started_as_root = true;
    settings_.mta_uid = settings_.mta_gid = kMta;
    settings_.maildrop_group = kMail;
    std::ranges::copy(spool(), settings_.maildrop_spool.octets);
  }

  void TearDown() override {
    if (helper_ > 0) {
      (void)kill(helper_, SIGKILL);
      (void)waitpid(helper_, nullptr, 0);
    }
    if (scratch_.ends_with("XXXXXX")) return;
    (void)umount2("/etc", MNT_DETACH);
    (void)umount2(scratch_.c_str(), MNT_DETACH);
    (void)rmdir(scratch_.c_str());
  }

  std::string spool() const { return scratch_ + "/spool"; }
  std::string drop(const std::string& name) const { return spool() + "/" + name; }
  std::string foreign() const { return scratch_ + "/foreign"; }
  std::string program() const { return scratch_ + "/postern-maildrop-helper"; }

  void give_spool(uid_t owner, gid_t group, mode_t mode) const {
    ASSERT_EQ(chown(spool().c_str(), owner, group), 0);
    ASSERT_EQ(chmod(spool().c_str(), mode), 0);
  }

  // /etc is a copy that only this test sees; its users are root and ours.
  void make_own_passwd() const {
    const std::string etc = scratch_ + "/etc";
    fs::copy("/etc", etc, fs::copy_options::recursive | fs::copy_options::copy_symlinks);
    std::ofstream(etc + "/nsswitch.conf") << "passwd: files\ngroup: files\nshadow: files\n";
    std::ofstream(etc + "/passwd") << "root:x:0:0::/root:/bin/sh\n";
    ASSERT_EQ(mount(etc.c_str(), "/etc", nullptr, MS_BIND, nullptr), 0);
    add_user("ann", kAnn);
    add_user("bob", kBob);
    add_user("postern", kMta);
    add_user("system", 500);
    add_user("toor", 0);
  }

  static void add_user(const std::string& name, uid_t uid) {
    std::ofstream("/etc/passwd", std::ios::app) << name << ":x:" << uid << ":" << uid << "::/:/bin/sh\n";
  }

  // What the helper says until it works ("r") or has ended.
  std::string start() {
    requests_ = std::move(packet_pair().value());
    log_ = std::move(datagram_pair().value());
    lifeline_ = std::move(packet_pair().value());
    std::array<int, 2> ready{};
    EXPECT_EQ(pipe2(ready.data(), O_CLOEXEC), 0);
    const Fd hears(ready[0]);
    Fd says(ready[1]);
    const Fd null(open("/dev/null", O_RDWR | O_CLOEXEC));
    const auto sealed = seal_settings(settings_);
    auto opened = open_root_program(program());
    EXPECT_TRUE(opened.ok()) << opened.error().text();
    const int descriptors[] = {null.get(),
                               says.get(),
                               says.get(),
                               sealed->get(),
                               log_.first.get(),
                               requests_.second.get(),
                               lifeline_.second.get()};
    const auto pid = start_root_program(*opened, descriptors);
    EXPECT_TRUE(pid.ok());
    helper_ = *pid;
    says.reset();
    requests_.second.reset();
    lifeline_.second.reset();
    std::string said;
    std::array<char, 512> octets{};
    while (said != kHelperWorks && has_something(hears.get(), "the helper neither works nor ends")) {
      const ssize_t got = read(hears.get(), octets.data(), octets.size());
      if (got <= 0) break;
      said.append(octets.data(), static_cast<std::size_t>(got));
    }
    return said;
  }

  // A start that must fail, for a reason that is said.
  void expect_no_start(std::string_view why, int status) {
    const std::string said = start();
    EXPECT_NE(said, kHelperWorks) << "it started all the same: " << why;
    if (said == kHelperWorks) lifeline_.first.reset();
    EXPECT_NE(said.find(why), std::string::npos) << said;
    EXPECT_EQ(wait_for_end(), status);
  }

  // Every wait of these tests ends: what a broken helper never does is a failure with a name.
  static bool has_something(int descriptor, const char* otherwise) {
    pollfd waited{descriptor, POLLIN, 0};
    const bool has = poll(&waited, 1, kPatience) == 1;
    EXPECT_TRUE(has) << otherwise << " within " << kPatience << " ms";
    return has;
  }

  MaildropAnswer ask(std::string_view name) const {
    return ask_maildrop_helper(requests_.first.get(), name, monotonic_nsec() + 20'000'000'000U);
  }

  // Around the client, which would not even ask.
  MaildropAnswer ask_raw(std::span<const char> packet) const {
    EXPECT_EQ(send(requests_.first.get(), packet.data(), packet.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(packet.size()));
    std::array<char, sizeof(MaildropAnswer)> octets{};
    if (!has_something(requests_.first.get(), "no answer")) return {};
    EXPECT_EQ(recv(requests_.first.get(), octets.data(), octets.size(), 0), ssize_t{sizeof octets});
    return decode_answer(octets).value_or(MaildropAnswer{});
  }

  // The log's lines so far.
  std::string logged() const {
    std::string text;
    std::array<char, 2048> line{};
    for (ssize_t got = 0; (got = recv(log_.second.get(), line.data(), line.size(), MSG_DONTWAIT)) > 0;)
      text += std::string(line.data(), static_cast<std::size_t>(got)) + "\n";
    return text;
  }

  // The spool and what lies beside it.
  std::string all_there_is() const { return portrait_of_all(spool()) + portrait_of_all(foreign()); }

  void expect_refused(std::string_view name, MaildropReason reason) const {
    const std::string before = all_there_is();
    const MaildropAnswer answer = ask(name);
    EXPECT_EQ(answer.outcome(), MaildropOutcome::kRefused) << name << " " << answer.text();
    EXPECT_EQ(answer.text(), permission::reason_text(reason).code) << name;
    EXPECT_EQ(all_there_is(), before);
  }

  void expect_maildrop(const std::string& path, uid_t owner) const {
    struct stat info {};
    ASSERT_EQ(lstat(path.c_str(), &info), 0) << path;
    EXPECT_EQ(info.st_mode, mode_t{S_IFREG | 0660});
    EXPECT_EQ(info.st_uid, owner);
    EXPECT_EQ(info.st_gid, kMail);
    EXPECT_EQ(info.st_nlink, 1U);
    EXPECT_EQ(info.st_size, 0);
  }

  // Its one child, which knows names; -1 if there is none.
  pid_t names_child() const {
    const std::string pid = std::to_string(helper_);
    std::istringstream children(text_of("/proc/" + pid + "/task/" + pid + "/children"));
    pid_t child = -1;
    children >> child;
    return child;
  }

  // Waits until the helper has ended; its exit status, or minus the signal. One that does not end is killed.
  int wait_for_end() {
    int status = 0;
    pid_t ended = 0;
    for (int waited = 0; ended == 0 && waited < kPatience; waited += 10) {
      ended = waitpid(helper_, &status, WNOHANG);
      if (ended == 0) std::this_thread::sleep_for(std::chrono::milliseconds{10});
    }
    if (ended == 0) {
      ADD_FAILURE() << "the helper has not ended within " << kPatience << " ms: killed";
      EXPECT_EQ(kill(helper_, SIGKILL), 0);
      ended = waitpid(helper_, &status, 0);
    }
    EXPECT_EQ(ended, helper_);
    helper_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

  // is_gone waits until there is no such process.
  static bool is_gone(pid_t pid) {
    for (int waited = 0; waited < kPatience; waited += 10) {
      if (kill(pid, 0) != 0 && errno == ESRCH) return true;
      (void)waitpid(pid, nullptr, WNOHANG);
      std::this_thread::sleep_for(std::chrono::milliseconds{10});
    }
    return false;
  }

  std::string scratch_ = "/run/postern-helper-XXXXXX";
  Settings settings_;
  SocketPair requests_;  // first: the asker's
  SocketPair log_;       // second: where it is read
  SocketPair lifeline_;  // first: the dispatcher's
  pid_t helper_ = -1;
};

}  // namespace postern::daemon
