// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/sys/sandbox.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <string>

#include "daemon/sys/fd.h"
#include "daemon/sys/filter.h"
#include "daemon/sys/landlock.h"

namespace postern::daemon {
namespace {

constexpr AllowedCall kFew[] = {
    POSTERN_CALL(exit_group),
    POSTERN_CALL(write),
    POSTERN_CALL(rt_sigreturn),
    POSTERN_CALL_IF(fcntl, argument_int(1, F_GETFL)),
    POSTERN_CALL_IF(mmap, without(2, PROT_EXEC)),
    POSTERN_CALL(brk),
    POSTERN_CALL(munmap),
};
constexpr SandboxProfile kTight{"tight", kFew, {}};

constexpr AllowedCall kFileCalls[] = {
    POSTERN_CALL(exit_group), POSTERN_CALL(write),      POSTERN_CALL(openat), POSTERN_CALL(close),
    POSTERN_CALL(unlinkat),   POSTERN_CALL(mkdirat),    POSTERN_CALL(linkat), POSTERN_CALL(renameat),
    POSTERN_CALL(symlinkat),  POSTERN_CALL(mknodat),    POSTERN_CALL(socket), POSTERN_CALL(connect),
    POSTERN_CALL(bind),       POSTERN_CALLS_OF_CONFINE,
#ifdef SYS_open
    POSTERN_CALL(mkdir),      POSTERN_CALL(rename),     POSTERN_CALL(unlink), POSTERN_CALL(symlink),
#endif
};
constexpr FileRule kOneTree[] = {{Place::kMailboxes, rights::kRead | rights::kRemoveFile}};
constexpr SandboxProfile kFiles{"files", kFileCalls, kOneTree};

// Runs `body` in a child inside `profile`; answers the child's wait status.
int in_cage(const SandboxProfile& profile, const SandboxOptions& options, const std::function<int()>& body) {
  const pid_t child = fork();
  if (child == 0) {
    if (!prepare_sandbox(profile, options).ok() || !enter_sandbox(profile).ok()) _exit(99);
    _exit(body());
  }
  int status = -1;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  return status;
}

int in_tight_cage(const std::function<int()>& body) {
  return in_cage(kTight, {}, body);
}

bool died_of(int status, int signal) {
  return WIFSIGNALED(status) && WTERMSIG(status) == signal;
}
bool exited(int status, int code) {
  return WIFEXITED(status) && WEXITSTATUS(status) == code;
}

class Sandbox : public testing::Test {
 protected:
  void SetUp() override {
    if (!instrumented_calls().empty()) GTEST_SKIP() << "SKIPPED, NOT TESTED: an instrumented build";
  }
};

TEST_F(Sandbox, WhatIsListedWorks) {
  EXPECT_TRUE(exited(in_tight_cage([] { return fcntl(0, F_GETFL) >= 0 ? 0 : 1; }), 0));
}

TEST_F(Sandbox, UnlistedCallsKill) {
  EXPECT_TRUE(died_of(in_tight_cage([] { return open("/etc/passwd", O_RDONLY); }), SIGSYS));
  EXPECT_TRUE(died_of(in_tight_cage([] { return socket(AF_INET, SOCK_STREAM, 0); }), SIGSYS));
  EXPECT_TRUE(died_of(in_tight_cage([] { return static_cast<int>(fork()); }), SIGSYS));
  EXPECT_TRUE(died_of(in_tight_cage([] { return execl("/bin/true", "true", nullptr); }), SIGSYS));
  EXPECT_TRUE(died_of(in_tight_cage([] { return kill(getppid(), 0); }), SIGSYS));
  EXPECT_TRUE(died_of(in_tight_cage([] { return setuid(0); }), SIGSYS));
  EXPECT_TRUE(died_of(in_tight_cage([] { return prctl(PR_SET_DUMPABLE, 1); }), SIGSYS));
}

TEST_F(Sandbox, ArgumentsAreCompared) {
  EXPECT_TRUE(died_of(in_tight_cage([] { return fcntl(0, F_SETOWN, 1); }), SIGSYS));
  EXPECT_TRUE(died_of(in_tight_cage([] { return fcntl(0, F_SETFL, O_ASYNC); }), SIGSYS));
  EXPECT_TRUE(died_of(in_tight_cage([] {
                        return mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
                                    0) == MAP_FAILED
                                   ? 1
                                   : 0;
                      }),
                      SIGSYS));
  EXPECT_TRUE(exited(in_tight_cage([] {
                       return mmap(nullptr, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED
                                  ? 1
                                  : 0;
                     }),
                     0));
}

TEST_F(Sandbox, Clone3AndCallsToComeAnswerEnosys) {
  EXPECT_TRUE(exited(
      in_tight_cage([] { return syscall(SYS_clone3, nullptr, 0) == -1 && errno == ENOSYS ? 0 : 1; }), 0));
  EXPECT_TRUE(exited(in_tight_cage([] { return syscall(500, 0) == -1 && errno == ENOSYS ? 0 : 1; }), 0));
}

TEST(Filter, MadeApartItIsTheSame) {
  const auto here = compile_filter(kFew);
  const auto apart = compile_filter_apart(kFew);
  ASSERT_TRUE(here.ok() && apart.ok());
  ASSERT_EQ(here->size(), apart->size());
  EXPECT_EQ(std::memcmp(here->data(), apart->data(), here->size() * sizeof(sock_filter)), 0);
}

// pthread_atfork(3) has no way back: the handler stays, for whoever sets this.
bool children_are_killed = false;

TEST(Filter, IsMadeHereIfTheChildIsKilled) {
  ASSERT_EQ(pthread_atfork(nullptr, nullptr,
                           [] {
                             if (children_are_killed) (void)raise(SIGKILL);
                           }),
            0);
  const auto here = compile_filter(kFew);
  children_are_killed = true;
  const auto all_the_same = compile_filter_apart(kFew);
  children_are_killed = false;
  ASSERT_TRUE(here.ok());
  ASSERT_TRUE(all_the_same.ok()) << all_the_same.error().text();
  ASSERT_EQ(here->size(), all_the_same->size());
  EXPECT_EQ(std::memcmp(here->data(), all_the_same->data(), here->size() * sizeof(sock_filter)), 0);
}

TEST(Filter, MadeApartItNamesWhatFails) {
  constexpr AllowedCall kNone[] = {POSTERN_CALL_IF(read, argument(7, 0))};  // there is no such argument
  const auto apart = compile_filter_apart(kNone);
  ASSERT_FALSE(apart.ok());
  EXPECT_EQ(apart.error().exit, Exit::kUnavailable);
  EXPECT_EQ(apart.error().errno_value, EINVAL);
}

// With 64 KiB to spare the heap need not grow for a program of 2; libseccomp takes more than that to make it.
TEST_F(Sandbox, WhoForksHasNoHeapOfFilters) {
  const pid_t child = fork();
  if (child == 0) {
    (void)malloc_trim(65'536);
    const auto before = mallinfo2().arena;
    if (!prepare_sandbox(kTight, {SandboxMode::kEnforce, 0, {}, true}).ok()) _exit(1);
    _exit(mallinfo2().arena == before ? 0 : 2);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(exited(status, 0)) << status;
}

#ifdef __x86_64__
TEST_F(Sandbox, ForeignArchitecturesDie) {
  // getpid by the 32-bit gate (a kernel without it sends SIGSEGV), and a call by its x32 number.
  const int gate = in_tight_cage([] {
    long answer = 20;
    __asm__ volatile("int $0x80" : "+a"(answer)::"memory");
    return static_cast<int>(answer);
  });
  EXPECT_TRUE(died_of(gate, SIGSYS) || died_of(gate, SIGSEGV));
  constexpr long kX32Write = 0x40000000 + SYS_write;
  EXPECT_TRUE(died_of(in_tight_cage([] { return static_cast<int>(syscall(kX32Write, 1, "", 0)); }), SIGSYS));
}
#endif

TEST_F(Sandbox, IsEnteredWithoutNewPrivilegesAndNotDumpable) {
  constexpr static AllowedCall kCalls[] = {POSTERN_CALL(exit_group), POSTERN_CALL(prctl)};
  constexpr static SandboxProfile kProfile{"asks", kCalls, {}};
  EXPECT_TRUE(exited(in_cage(kProfile, {},
                             [] {
                               return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 &&
                                              prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0 &&
                                              prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == 2
                                          ? 0
                                          : 1;
                             }),
                     0));
}

TEST_F(Sandbox, AProfileThatWasNotPreparedIsRefused) {
  EXPECT_FALSE(enter_sandbox(kTight).ok());
}

// ---- Landlock, with the kernel's newest ABI and with that of Debian 12 ----------------------------------

class Files : public testing::TestWithParam<int> {
 protected:
  void SetUp() override {
    if (!instrumented_calls().empty()) GTEST_SKIP() << "SKIPPED, NOT TESTED: an instrumented build";
    if (!landlock_abi(0).ok()) GTEST_SKIP() << "SKIPPED, NOT TESTED: no Landlock here";
    ASSERT_NE(mkdtemp(directory_.data()), nullptr);
    for (const char* name : {"in", "out"}) {
      ASSERT_EQ(mkdir((directory_ + "/" + name).c_str(), 0700), 0);
      std::ofstream(directory_ + "/" + name + "/file") << "text";
    }
    places_ = {{Place::kMailboxes, directory_ + "/in"}, {Place::kAccounts, directory_ + "/out"}};
  }
  void TearDown() override {
    if (directory_.ends_with("X")) return;
    EXPECT_EQ(std::system(("rm -rf '" + directory_ + "'").c_str()), 0);
  }
  int run(const std::function<int()>& body) const {
    SandboxOptions options;
    options.landlock_abi_cap = GetParam();
    options.places = places_;
    return in_cage(kFiles, options, body);
  }
  std::string in(const char* name) const { return directory_ + "/in/" + name; }
  std::string out(const char* name) const { return directory_ + "/out/" + name; }

  std::string directory_ = "/tmp/postern-cage-XXXXXX";
  std::vector<PlacedPath> places_;
};

int opens(const std::string& path, int flags) {
  const Fd file(open(path.c_str(), flags, 0600));
  return file.is_open() ? 0 : errno;
}

TEST_P(Files, OnlyWhatARuleCoversCanBeReached) {
  EXPECT_TRUE(exited(run([&] { return opens(in("file"), O_RDONLY); }), 0));
  EXPECT_TRUE(exited(run([&] { return opens(directory_ + "/in", O_RDONLY | O_DIRECTORY); }), 0));
  EXPECT_TRUE(exited(run([&] { return opens(out("file"), O_RDONLY); }), EACCES));
  EXPECT_TRUE(exited(run([&] { return opens("/etc/passwd", O_RDONLY); }), EACCES));
  EXPECT_TRUE(exited(run([&] { return opens("/proc/self/status", O_RDONLY); }), EACCES));
}

TEST_P(Files, OnlyTheRightsOfTheRuleAreGiven) {
  EXPECT_TRUE(exited(run([&] { return opens(in("file"), O_WRONLY); }), EACCES));
  EXPECT_TRUE(exited(run([&] { return opens(in("new"), O_WRONLY | O_CREAT); }), EACCES));
  EXPECT_TRUE(exited(run([&] { return mkdir(in("new").c_str(), 0700) == 0 ? 0 : errno; }), EACCES));
  EXPECT_TRUE(exited(run([&] { return symlink("/", in("new").c_str()) == 0 ? 0 : errno; }), EACCES));
  EXPECT_TRUE(
      exited(run([&] { return rename(in("file").c_str(), in("new").c_str()) == 0 ? 0 : errno; }), EACCES));
  EXPECT_TRUE(exited(run([&] { return unlink(in("file").c_str()) == 0 ? 0 : errno; }), 0));
}

TEST_P(Files, ASecondLayerNarrowsToOneDirectory) {
  ASSERT_EQ(mkdir(in("one").c_str(), 0700), 0);
  std::ofstream(in("one") + "/mail") << "text";
  const Fd one(open(in("one").c_str(), O_RDONLY | O_DIRECTORY));
  const auto inside = [&](const std::string& path) {
    return run(
        [&] { return confine_to_directory(one.get(), rights::kRead).ok() ? opens(path, O_RDONLY) : 98; });
  };
  EXPECT_TRUE(exited(inside(in("one") + "/mail"), 0));
  EXPECT_TRUE(exited(inside(in("file")), EACCES));
}

INSTANTIATE_TEST_SUITE_P(Abi, Files, testing::Values(0, 2));

TEST(Landlock, TheCapIsObeyed) {
  const auto newest = landlock_abi(0);
  if (!newest.ok()) GTEST_SKIP() << "SKIPPED, NOT TESTED: no Landlock here";
  EXPECT_GE(*newest, kOldestLandlockAbi);
  EXPECT_EQ(landlock_abi(2).value(), 2);
  EXPECT_EQ(landlock_abi(1).value(), 2);
  EXPECT_EQ(landlock_abi(1000).value(), *newest);
}

// What a parent prepares for its children: the parent has the union, the child its own lines only.
TEST_F(Sandbox, AParentHasItsChildrensLinesAndAChildOnlyItsOwn) {
  constexpr static AllowedCall kParentCalls[] = {POSTERN_CALL(clone),      POSTERN_CALL(wait4),
                                                 POSTERN_CALL(exit_group), POSTERN_CALL(set_robust_list),
                                                 POSTERN_CALL(gettid),     POSTERN_CALL(getppid)};
  constexpr static SandboxProfile kParent{"parent", kParentCalls, {}};
  const pid_t parent = fork();
  if (parent == 0) {
    const SandboxProfile* const children[] = {&kTight};
    if (!prepare_sandbox(kTight, {}).ok() || !prepare_sandbox(kParent, {}, children).ok() ||
        !enter_sandbox(kParent).ok())
      _exit(99);
    if (fcntl(0, F_GETFL) < 0) _exit(1);  // a child's line
    const pid_t child = fork();
    if (child == 0) {
      if (!enter_sandbox(kTight).ok()) _exit(2);
      _exit(getppid() > 0 ? 3 : 4);  // the parent's line: must kill
    }
    int status = -1;
    _exit(waitpid(child, &status, 0) == child && died_of(status, SIGSYS) ? 0 : 5);
  }
  int status = -1;
  ASSERT_EQ(waitpid(parent, &status, 0), parent);
  EXPECT_TRUE(exited(status, 0)) << status;
}

}  // namespace
}  // namespace postern::daemon
