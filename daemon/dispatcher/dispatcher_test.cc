// SPDX-License-Identifier: BSD-2-Clause
// The parts of the dispatcher that need no daemon.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>

#include "daemon/dispatcher/digests.h"
#include "daemon/dispatcher/processes_table.h"
#include "daemon/dispatcher/profile.h"
#include "daemon/dispatcher/restarts.h"
#include "daemon/dispatcher/trees.h"
#include "daemon/sys/files.h"

namespace postern::daemon {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;

TEST(Restarts, BackOffDoublesAndTheFifthEndWithinAMinuteIsTheLast) {
  Restarts restarts;
  const std::uint64_t now = 1000 * kSecond;
  EXPECT_EQ(restarts.ended(now), now + kSecond / 10);
  EXPECT_EQ(restarts.ended(now + 1), now + 1 + kSecond / 5);
  EXPECT_EQ(restarts.ended(now + 2), now + 2 + kSecond * 2 / 5);
  EXPECT_EQ(restarts.ended(now + 3), now + 3 + kSecond * 4 / 5);
  EXPECT_EQ(restarts.ended(now + 59 * kSecond), std::nullopt);
}

TEST(Restarts, AMinuteForgets) {
  Restarts restarts;
  std::uint64_t now = 1000 * kSecond;
  for (int i = 0; i < 100; ++i, now += 15 * kSecond) EXPECT_NE(restarts.ended(now), std::nullopt) << i;
}

const std::string kDigest(64, 'a');

TEST(Digests, LinesAsSha256sumWritesThem) {
  const auto digests = parse_digests(kDigest + "  one\n" + kDigest + "  two\n", "d");
  ASSERT_TRUE(digests.ok()) << digests.error().text();
  ASSERT_EQ(digests->size(), 2U);
  EXPECT_EQ((*digests)[1].name, "two");
  EXPECT_EQ((*digests)[1].hex, kDigest);
}

TEST(Digests, AnythingElseIsRefusedWithItsLine) {
  for (const std::string& bad :
       {kDigest, kDigest + " one", kDigest + "  ", kDigest + "  a/b", kDigest.substr(1) + "  one",
        std::string(64, 'A') + "  one", std::string("nonsense"), kDigest + "  one\n" + kDigest + "  one"})
    EXPECT_FALSE(parse_digests(bad, "d").ok()) << bad;
  EXPECT_EQ(parse_digests(kDigest + "  one\nx\n", "d").error().place, "d:2");
}

TEST(Digests, Sha256OfTheStandardsExample) {
  EXPECT_EQ(sha256_hex("abc").value(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

class Tree : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_NE(mkdtemp(directory_.data()), nullptr);
    settings_.mta_uid = geteuid();
    settings_.mta_gid = getegid();
    set(settings_.executables, "executables");
    set(settings_.postoffice, "postoffice");
    set(settings_.mailbox, "mailbox");
    for (const char* name :
         {"executables", "postoffice", "postoffice/accounts", "postoffice/queue", "postoffice/queue/incoming",
          "postoffice/queue/active", "postoffice/queue/dead", "mailbox"})
      ASSERT_EQ(mkdir((directory_ + "/" + name).c_str(), 0700), 0);
    std::ofstream(program()) << "#!/bin/sh\n";
    ASSERT_EQ(chmod(program().c_str(), 0550), 0);
    mode("executables", 0550);
  }
  void TearDown() override {
    mode("executables", 0700);
    EXPECT_EQ(std::system(("rm -rf '" + directory_ + "'").c_str()), 0);
  }
  void set(PathText& path, const char* name) {
    const std::string whole = directory_ + "/" + name;
    std::memcpy(path.octets, whole.c_str(), whole.size() + 1);
  }
  void mode(const char* name, mode_t bits) { ASSERT_EQ(chmod((directory_ + "/" + name).c_str(), bits), 0); }
  std::string program() const { return directory_ + "/executables/tool"; }

  std::string directory_ = "/tmp/postern-tree-XXXXXX";
  Settings settings_;
};

// DT-1, DT-2
TEST_F(Tree, IsGoodAsItShouldBe) {
  EXPECT_TRUE(check_trees(settings_).empty());
}

// DT-4: every finding, not the first.
TEST_F(Tree, EveryFindingIsReported) {
  mode("mailbox", 0755);
  mode("postoffice", 0770);
  ASSERT_EQ(rmdir((directory_ + "/postoffice/accounts").c_str()), 0);
  EXPECT_EQ(check_trees(settings_).size(), 3U);
  settings_.mta_gid += 1;
  EXPECT_EQ(check_trees(settings_).size(), 9U);
}

// DT-4: what lies in the trees, at the start for executables, on demand for all.
TEST_F(Tree, WhatLiesInItIsAudited) {
  const auto all = [this] { return audit_trees(settings_).size(); };
  EXPECT_EQ(all(), 0U);
  const std::string folder = directory_ + "/mailbox/ann";
  ASSERT_EQ(mkdir(folder.c_str(), 0700), 0);
  const std::string file = folder + "/mail";
  std::ofstream(file) << "x";
  ASSERT_EQ(chmod(file.c_str(), 0600), 0);
  EXPECT_EQ(all(), 0U);
  ASSERT_EQ(chmod(file.c_str(), 0644), 0);
  EXPECT_EQ(all(), 1U);
  ASSERT_EQ(chmod(file.c_str(), 0600), 0);
  ASSERT_EQ(link(file.c_str(), (folder + "/second").c_str()), 0);
  EXPECT_EQ(all(), 2U);
  ASSERT_EQ(unlink((folder + "/second").c_str()), 0);
  ASSERT_EQ(symlink("/etc", (folder + "/link").c_str()), 0);  // is not followed
  ASSERT_EQ(mkfifo((folder + "/fifo").c_str(), 0600), 0);
  EXPECT_EQ(all(), 2U);
  EXPECT_TRUE(check_trees(settings_).empty());
  ASSERT_EQ(chmod(program().c_str(), 0750), 0);
  EXPECT_EQ(check_trees(settings_).size(), 1U);
}

TEST_F(Tree, ALinkIsNoDirectory) {
  ASSERT_EQ(rmdir((directory_ + "/mailbox").c_str()), 0);
  ASSERT_EQ(symlink("/tmp", (directory_ + "/mailbox").c_str()), 0);
  EXPECT_EQ(check_trees(settings_).size(), 1U);
}

// DT-2: exactly the octets of the list are sealed.
TEST_F(Tree, AProgramMatchesItsDigestOrIsNotStarted) {
  const std::string digest = sha256_hex("#!/bin/sh\n").value();
  const std::vector<ModuleDigest> good{{digest, "tool"}};
  const auto loaded = load_program(settings_, "tool", &good);
  ASSERT_TRUE(loaded.ok()) << loaded.error().text();
  EXPECT_EQ(read_sealed(loaded->sealed.get(), 10).value(), "#!/bin/sh\n");
  EXPECT_LT(write(loaded->sealed.get(), "x", 1), 0);
  const std::vector<ModuleDigest> other{{std::string(64, '0'), "tool"}};
  EXPECT_FALSE(load_program(settings_, "tool", &other).ok());
  const std::vector<ModuleDigest> unlisted{{digest, "tools"}};
  EXPECT_FALSE(load_program(settings_, "tool", &unlisted).ok());
  EXPECT_TRUE(load_program(settings_, "tool", nullptr).ok());
}

// DT-4
TEST_F(Tree, AProgramOfAnotherModeOrWithSeveralNamesIsNotStarted) {
  ASSERT_EQ(chmod(program().c_str(), 0750), 0);
  EXPECT_FALSE(load_program(settings_, "tool", nullptr).ok());
  ASSERT_EQ(chmod(program().c_str(), 0550), 0);
  mode("executables", 0700);
  ASSERT_EQ(link(program().c_str(), (program() + "2").c_str()), 0);
  EXPECT_FALSE(load_program(settings_, "tool", nullptr).ok());
  ASSERT_EQ(unlink((program() + "2").c_str()), 0);
  ASSERT_EQ(rename(program().c_str(), (program() + "2").c_str()), 0);
  ASSERT_EQ(symlink("tool2", program().c_str()), 0);
  EXPECT_FALSE(load_program(settings_, "tool", nullptr).ok());
}

// DT-3
TEST_F(Tree, WhatOthersCanReplaceIsNotRoots) {
  EXPECT_TRUE(check_owned_by_root("/etc/passwd").ok());
  EXPECT_TRUE(check_owned_by_root("/tmp").ok());  // sticky, and root's
  const std::string file = directory_ + "/postoffice/file";
  std::ofstream(file) << "x";
  EXPECT_EQ(check_owned_by_root(file).ok(), geteuid() == 0);
  const std::string link = directory_ + "/mailbox/link";
  ASSERT_EQ(symlink("/etc/./../etc/passwd", link.c_str()), 0);
  EXPECT_EQ(check_owned_by_root(link).ok(), geteuid() == 0);
  mode("mailbox", 0777);  // whoever replaces the link chooses what root reads, wherever it leads to now
  EXPECT_FALSE(check_owned_by_root(link).ok());
  mode("mailbox", 0700);
  if (geteuid() == 0) {
    ASSERT_EQ(lchown(link.c_str(), 64100, 64100), 0);
    EXPECT_FALSE(check_owned_by_root(link).ok());
  }
  ASSERT_EQ(symlink("circle", (directory_ + "/mailbox/circle").c_str()), 0);
  EXPECT_FALSE(check_owned_by_root(directory_ + "/mailbox/circle").ok());
  ASSERT_EQ(chmod(file.c_str(), 0666), 0);
  EXPECT_FALSE(check_owned_by_root(file).ok());
  ASSERT_EQ(chmod(file.c_str(), 0600), 0);
  mode("postoffice", 0770);
  EXPECT_FALSE(check_owned_by_root(file).ok());
}

// The table is the profiles: every role is in it, with every one of its calls.
TEST(ProcessesTable, HoldsEveryRoleAndCall) {
  const std::string table = processes_table(Settings{});
  for (const SandboxProfile* profile : module_profiles()) {
    EXPECT_NE(table.find("\n" + std::string(profile->role) + "\n"), std::string::npos);
    for (const AllowedCall& call : profile->calls)
      EXPECT_NE(table.find(call.name), std::string::npos) << call.name;
  }
}

// No process below the dispatcher can change what it is, or any file's owner or mode, or watch another one.
TEST(Profiles, WhatNobodyMayCall) {
  for (const SandboxProfile* profile : module_profiles())
    for (const AllowedCall& call : profile->calls)
      for (const char* never : {"setuid",
                                "setgid",
                                "setresuid",
                                "setresgid",
                                "setgroups",
                                "setfsuid",
                                "setfsgid",
                                "capset",
                                "chmod",
                                "fchmod",
                                "fchmodat",
                                "chown",
                                "fchown",
                                "fchownat",
                                "lchown",
                                "ptrace",
                                "process_vm_readv",
                                "process_vm_writev",
                                "pidfd_send_signal",
                                "pidfd_open",
                                "pidfd_getfd",
                                "execve",
                                "execveat",
                                "mount",
                                "unshare",
                                "setns",
                                "listen",
                                "io_uring_setup",
                                "bpf",
                                "userfaultfd",
                                "truncate",
                                "ftruncate"})
        EXPECT_STRNE(call.name, never) << profile->role;
}

}  // namespace
}  // namespace postern::daemon
