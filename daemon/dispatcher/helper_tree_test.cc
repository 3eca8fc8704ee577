// SPDX-License-Identifier: BSD-2-Clause
// The maildrop helper within the whole daemon, looked at from outside (PV-5).
#include "daemon/dispatcher/tree_fixture.h"

namespace postern::daemon {
namespace {

class DaemonWithMaildrops : public Daemon {
 protected:
  void set_up_with_spool(mode_t mode) {
    set_up();
    const std::string spool = scratch_ + "/spool";
    ASSERT_EQ(mkdir(spool.c_str(), 0755), 0);
    ASSERT_EQ(chown(spool.c_str(), 0, kMta + 8), 0);
    ASSERT_EQ(chmod(spool.c_str(), mode), 0);
    std::ofstream(config(), std::ios::app) << "maildrop-spool = " << spool << "\nmaildrop-group = 64108\n";
  }

  // The daemon with its helper: the helper, and its child.
  std::pair<pid_t, pid_t> start_with_helper() {
    if (!fs::exists(config())) set_up_with_spool(03775);
    start();
    EXPECT_TRUE(answers());
    std::pair<pid_t, pid_t> found{-1, -1};
    for (const pid_t pid : settled(7))
      if (name_of(pid) == "postern-maildrop-helper")
        (field(pid, "PPid") == std::to_string(daemon_) ? found.first : found.second) = pid;
    return found;
  }
};

// is_gone waits until there is no such process, or nothing but its remains.
bool is_gone(pid_t pid) {
  for (int i = 0; i < 250; ++i) {
    const std::string state = field(pid, "State");
    if (state == "no such field" || state.starts_with("Z")) return true;
    std::this_thread::sleep_for(milliseconds{20});
  }
  return false;
}

// What /proc says of a limit, soft and hard.
std::string limit_of(pid_t pid, const std::string& name) {
  const std::string limits = text_of("/proc/" + std::to_string(pid) + "/limits");
  std::istringstream rest(limits.substr(limits.find(name) + name.size()));
  std::string soft;
  std::string hard;
  rest >> soft >> hard;
  return soft + " " + hard;
}

// What each descriptor is: "0 /dev/null", "5 socket".
std::vector<std::string> descriptors_of(pid_t pid) {
  std::vector<std::string> all;
  for (const auto& fd : fs::directory_iterator("/proc/" + std::to_string(pid) + "/fd")) {
    const std::string target = fs::read_symlink(fd.path());
    all.push_back(fd.path().filename().string() + " " + target.substr(0, target.find(':')));
  }
  std::ranges::sort(all);
  return all;
}

// PV-5: the helper is root's, with one capability and what it holds; nobody else is.
TEST_F(DaemonWithMaildrops, TheHelperKeepsOneCapabilityAndNothingElse) {
  const auto [helper, names] = start_with_helper();
  for (const pid_t pid : tree_below(daemon_))
    if (pid != helper)
      expect_unprivileged(pid, pid == names ? "65534" : "64100", true,
                          name_of(pid) == "postern-deliver" ? "64108" : "");
  EXPECT_EQ(field(helper, "Uid"), "0 0 0 0");
  EXPECT_EQ(field(helper, "Gid"), "64108 64108 64108 64108");
  EXPECT_EQ(field(helper, "Groups"), "");
  for (const char* set : {"CapInh", "CapBnd", "CapAmb"})
    EXPECT_EQ(field(helper, set), "0000000000000000") << set;
  for (const char* set : {"CapPrm", "CapEff"}) EXPECT_EQ(field(helper, set), "0000000000000001") << set;
  EXPECT_EQ(field(helper, "NoNewPrivs"), "1");
  EXPECT_EQ(field(helper, "Seccomp"), "2");
  EXPECT_EQ(field(helper, "Threads"), "1");
  for (const pid_t pid : {helper, names}) {
    EXPECT_EQ(limit_of(pid, "Max file size"), "0 0");
    EXPECT_EQ(limit_of(pid, "Max core file size"), "0 0");
    EXPECT_EQ(limit_of(pid, "Max open files"), "16 16");
    EXPECT_EQ(text_of("/proc/" + std::to_string(pid) + "/environ"), "");
  }
  EXPECT_EQ(descriptors_of(helper),
            (std::vector<std::string>{"0 /dev/null", "1 pipe", "2 pipe", "3 " + scratch_ + "/spool",
                                      "4 socket", "5 socket", "6 socket", "7 socket"}));
  EXPECT_EQ(descriptors_of(names),
            (std::vector<std::string>{"0 /dev/null", "1 /dev/null", "2 /dev/null", "7 socket"}));
}

// PV-5: only root could start it again. Its end is loud, and the rest goes on.
TEST_F(DaemonWithMaildrops, AKilledHelperIsToldAndNotStartedAgain) {
  const auto [helper, names] = start_with_helper();
  ASSERT_EQ(kill(helper, SIGKILL), 0);
  for (int i = 0; i < 250 && said().find("event=helper-gone") == std::string::npos; ++i)
    std::this_thread::sleep_for(milliseconds{20});
  EXPECT_NE(said().find("event=helper-gone"), std::string::npos);
  EXPECT_NE(said().find("mail to maildrops not yet known waits until the service is restarted"),
            std::string::npos);
  (void)settled(5);
  expect_login();
}

// No signal of the dispatcher's reaches what is root's: the lifeline does.
TEST_F(DaemonWithMaildrops, TheHelperEndsWithTheDispatcherHoweverThatEnds) {
  for (const int signal : {SIGTERM, SIGKILL}) {
    const auto [helper, names] = start_with_helper();
    ASSERT_GT(helper, 0);
    ASSERT_GT(names, 0);
    ASSERT_EQ(kill(daemon_, signal), 0);
    EXPECT_EQ(wait_for_end(), signal == SIGTERM ? 0 : -1);
    for (const pid_t pid : {helper, names}) EXPECT_TRUE(is_gone(pid)) << name_of(pid);
  }
  EXPECT_EQ(said().find("helper-gone"), std::string::npos);
}

// MD-3
TEST_F(DaemonWithMaildrops, AWorldWritableSpoolStopsTheStart) {
  set_up_with_spool(03777);
  EXPECT_EQ(run_to_end(), 69);
  EXPECT_NE(said().find("the spool is writable by everyone"), std::string::npos);
  EXPECT_NE(said().find("chmod 3775"), std::string::npos);
}

}  // namespace
}  // namespace postern::daemon
