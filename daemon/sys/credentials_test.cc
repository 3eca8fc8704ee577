// SPDX-License-Identifier: BSD-2-Clause
// The drop, as the kernel tells it (PV-2). Needs root: each try in a child of its own.
#include "daemon/sys/credentials.h"

#include <cap-ng.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <functional>
#include <map>
#include <sstream>
#include <string>

#include "daemon/sys/processes.h"

namespace postern::daemon {
namespace {

constexpr uid_t kUid = 64100;
constexpr gid_t kGid = 64101;

std::map<std::string, std::string> own_status() {
  std::map<std::string, std::string> fields;
  std::ifstream file("/proc/self/status");
  for (std::string line; std::getline(file, line);) {
    const std::size_t colon = line.find(':');
    std::istringstream words(line.substr(colon + 1));
    std::string value;
    for (std::string word; words >> word;) value += (value.empty() ? "" : " ") + word;
    fields[line.substr(0, colon)] = value;
  }
  return fields;
}

// Exit status of `body` in a child; -1 if a signal ended it.
int in_child(const std::function<int()>& body) {
  const pid_t child = fork();
  if (child == 0) _exit(body());
  int status = -1;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

class Drop : public testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "SKIPPED, NOT TESTED: the drop needs root";
    if (!Credentials::can_become(kUid, kGid).ok())
      GTEST_SKIP() << "SKIPPED, NOT TESTED: not the root of all ids";
  }
  static int after_drop(const std::function<int(const Dropped&)>& body) {
    return in_child([&] {
      if (!Credentials::forbid_new_privileges().ok()) return 99;
      const Dropped dropped = Credentials::drop_for_good(kUid, kGid);
      return body(dropped);
    });
  }
};

// PV-2, each field on its own: an external look, not the drop's own verification.
TEST_F(Drop, TheKernelShowsNothingLeft) {
  const std::map<std::string, std::string> expected = {
      {"Uid", "64100 64100 64100 64100"}, {"Gid", "64101 64101 64101 64101"}, {"Groups", "64101"},
      {"CapInh", "0000000000000000"},     {"CapPrm", "0000000000000000"},     {"CapEff", "0000000000000000"},
      {"CapBnd", "0000000000000000"},     {"CapAmb", "0000000000000000"},     {"NoNewPrivs", "1"}};
  EXPECT_EQ(after_drop([&](const Dropped&) {
              const auto status = own_status();
              int wrong = 0;
              for (const auto& [field, value] : expected) {
                if (status.at(field) == value) continue;
                (void)std::fprintf(stderr, "%s is '%s'\n", field.c_str(), status.at(field).c_str());
                ++wrong;
              }
              return wrong;
            }),
            0);
}

// setresuid(2) clears the other sets by itself, but not the inheritable one.
TEST_F(Drop, AnInheritableCapabilityGoesToo) {
  EXPECT_EQ(
      in_child([] {
        capng_get_caps_process();
        if (capng_update(CAPNG_ADD, CAPNG_INHERITABLE, CAP_CHOWN) != 0 || capng_apply(CAPNG_SELECT_CAPS) != 0)
          return 98;
        if (own_status().at("CapInh") == "0000000000000000") return 97;
        if (!Credentials::forbid_new_privileges().ok()) return 99;
        const Dropped dropped = Credentials::drop_for_good(kUid, kGid);
        return dropped.holds() && own_status().at("CapInh") == "0000000000000000" ? 0 : 1;
      }),
      0);
}

TEST_F(Drop, IsNotDumpableAndSecurebitsAreLocked) {
  EXPECT_EQ(after_drop([](const Dropped&) { return prctl(PR_GET_DUMPABLE, 0, 0, 0, 0); }), 0);
  EXPECT_EQ(after_drop([](const Dropped&) { return prctl(PR_GET_SECUREBITS, 0, 0, 0, 0); }), 0xeb);
}

TEST_F(Drop, TheTokenHoldsAndNamesTheIds) {
  EXPECT_EQ(
      after_drop([](const Dropped& d) { return d.holds() && d.uid() == kUid && d.gid() == kGid ? 0 : 1; }),
      0);
}

// PV-4: the deliver supervisor's: one group more, exactly that one, and its program confirms no other.
TEST_F(Drop, WithOneGroupMore) {
  const auto drop = [](gid_t confirmed) {
    if (!Credentials::forbid_new_privileges().ok()) return 99;
    const Dropped dropped = Credentials::drop_for_good(kUid, kGid, kGid + 7);
    if (!dropped.holds() || own_status().at("Groups") != "64101 64108") return 1;
    return Credentials::confirm(kUid, kGid, true, confirmed).holds() ? 0 : 2;
  };
  EXPECT_EQ(in_child([&] { return drop(kGid + 7); }), 0);
  EXPECT_EQ(in_child([&] { return drop(kGid + 8); }), 71);
  EXPECT_EQ(in_child([&] { return drop(kNoGroup); }), 71);
}

TEST_F(Drop, AModuleConfirmsIt) {
  EXPECT_EQ(after_drop([](const Dropped&) {
              const Dropped own = Credentials::confirm(kUid, kGid, true);
              return own.holds() ? 0 : 1;
            }),
            0);
}

// Each of these must end the process with EX_OSERR: there is no half-dropped process.
TEST_F(Drop, WithoutNoNewPrivsItEndsTheProcess) {
  EXPECT_EQ(in_child([] {
              const Dropped dropped = Credentials::drop_for_good(kUid, kGid);
              return dropped.holds() ? 0 : 1;
            }),
            71);
}

TEST_F(Drop, ToRootItEndsTheProcess) {
  EXPECT_EQ(in_child([] {
              if (!Credentials::forbid_new_privileges().ok()) return 99;
              const Dropped dropped = Credentials::drop_for_good(0, kGid);
              return dropped.holds() ? 0 : 1;
            }),
            71);
}

TEST_F(Drop, AModuleWithAnyOtherIdsEndsItself) {
  EXPECT_EQ(
      after_drop([](const Dropped&) { return Credentials::confirm(kUid + 1, kGid, true).holds() ? 0 : 1; }),
      71);
  EXPECT_EQ(
      after_drop([](const Dropped&) { return Credentials::confirm(kUid, kGid + 1, true).holds() ? 0 : 1; }),
      71);
  EXPECT_EQ(in_child([] { return Credentials::confirm(kUid, kGid, true).holds() ? 0 : 1; }), 71);
}

// A start that is never root's (PV-2).
TEST_F(Drop, AUserForbidsItselfNewPrivilegesToo) {
  EXPECT_EQ(in_child([] {
              if (setgroups(0, nullptr) != 0 || setresgid(kGid, kGid, kGid) != 0 ||
                  setresuid(kUid, kUid, kUid) != 0 || own_status().at("NoNewPrivs") != "0")
                return 99;
              const Dropped dropped = Credentials::drop_nothing();
              return dropped.holds() && own_status().at("NoNewPrivs") == "1" ? 0 : 1;
            }),
            0);
}

TEST_F(Drop, AnUndroppedRootIsNoUser) {
  EXPECT_EQ(in_child([] { return Credentials::drop_nothing().holds() ? 0 : 1; }), 71);
}

TEST_F(Drop, RootCannotBecomeRoot) {
  EXPECT_FALSE(Credentials::can_become(0, kGid).ok());
  EXPECT_FALSE(Credentials::can_become(kUid, 0).ok());
}

}  // namespace
}  // namespace postern::daemon
