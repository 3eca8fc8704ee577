// SPDX-License-Identifier: BSD-2-Clause
// MD-2, MD-3, MD-5: the running helper is stopped at every boundary of every system call that it makes for
// one question, and there the MTA user in group mail does one thing to the spool, or the helper is killed.
// All stops, all things: none is a sample. What history did instead must not get through (the controls).
#include <linux/fs.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>

#include <cerrno>
#include <functional>
#include <map>
#include <set>

#include "daemon/maildrop_helper/create.h"
#include "daemon/maildrop_helper/helper_fixture.h"

namespace postern::daemon {
namespace {

// ---- What the MTA user does, in the spool, to the name "ann" ----------------------------------------------

constexpr const char* kRoots = "../foreign/file";

bool made(int file) {
  return file >= 0 && close(file) == 0;
}
bool create() {
  return made(open("ann", O_CREAT | O_EXCL | O_RDWR, 0660));
}
bool create_alike() {
  return create() && chown("ann", kMta, kMail) == 0 && chmod("ann", 0660) == 0;
}
bool put_link_at(const char* name) {
  return symlink(kRoots, name) == 0;
}
bool exchange_with_link() {
  return put_link_at("other") &&
         syscall(SYS_renameat2, AT_FDCWD, "other", AT_FDCWD, "ann", RENAME_EXCHANGE) == 0;
}
bool rename_away() {
  return rename("ann", "away") == 0;
}

struct Action {
  const char* what;
  bool (*act)();  // whether it could be done
};

constexpr Action kActions[] = {
    {"does nothing", [] { return true; }},
    {"creates a file", create},
    {"creates a file like a maildrop", create_alike},
    {"makes a link to root's file", [] { return put_link_at("ann"); }},
    {"makes a dangling link", [] { return symlink("../foreign/none", "ann") == 0; }},
    {"makes a link to bob's maildrop", [] { return symlink("bob", "ann") == 0; }},
    {"makes a link to the spool", [] { return symlink(".", "ann") == 0; }},
    {"gives bob's maildrop the name", [] { return link("bob", "ann") == 0; }},
    {"gives its own file the name", [] { return link("mine", "ann") == 0; }},
    {"makes a FIFO", [] { return mkfifo("ann", 0660) == 0; }},
    {"makes a directory", [] { return mkdir("ann", 0770) == 0; }},
    {"makes a socket", [] { return mknod("ann", S_IFSOCK | 0660, 0) == 0; }},
    {"renames bob's maildrop to it", [] { return rename("bob", "ann") == 0; }},
    {"renames its own file to it", [] { return rename("mine", "ann") == 0; }},
    {"renames a link to root's file to it", [] { return put_link_at("new") && rename("new", "ann") == 0; }},
    {"exchanges it with a link to root's file", exchange_with_link},
    {"renames it away", rename_away},
    {"renames it away, and makes a link to root's file", [] { return rename_away() && put_link_at("ann"); }},
    {"renames it away, and gives bob's maildrop the name",
     [] { return rename_away() && link("bob", "ann") == 0; }},
    {"removes it", [] { return unlink("ann") == 0; }},
    {"removes it, and creates its own", [] { return unlink("ann") == 0 && create_alike(); }},
    {"gives it a second name", [] { return link("ann", "second") == 0; }},
    {"tries to set its mode", [] { return chmod("ann", 0666) == 0; }},
    {"tries to give it away", [] { return chown("ann", kMta, kMta) == 0; }},
    {"tries to open the spool to all", [] { return chmod(".", 03777) == 0; }},
};
constexpr std::size_t kKill = std::size(kActions);  // one more thing that can be done
static_assert(kKill > 13);

bool becomes_mta() {
  const gid_t groups[] = {kMta, kMail};
  return setgroups(std::size(groups), groups) == 0 && setresgid(kMta, kMta, kMta) == 0 &&
         setresuid(kMta, kMta, kMta) == 0;
}

// ---- What history did -------------------------------------------------------------------------------------

using Protocol = std::function<void(int spool)>;

// old binmail
void by_path(int spool) {
  struct stat info {};
  if (fchdir(spool) != 0 || lstat("ann", &info) == 0) return;
  const Fd file(open("ann", O_CREAT | O_RDWR, 0600));
  if (chown("ann", kAnn, kMail) == 0) (void)!chmod("ann", 0660);
}

void without_excl(int spool) {
  const Fd file(openat(spool, "ann", O_CREAT | O_RDWR | O_NOFOLLOW, 0660));
  if (fchown(file.get(), kAnn, kMail) == 0) (void)!fchmod(file.get(), 0660);
}

void excl_then_chown(int spool) {
  const Fd file(openat(spool, "ann", O_CREAT | O_EXCL | O_RDWR, 0600));
  if (!file.is_open()) return;
  if (fchownat(spool, "ann", kAnn, kMail, 0) == 0) (void)!fchmodat(spool, "ann", 0660, 0);
}

// Nothing can be put in its way; but killed, it leaves a maildrop that is root's.
void excl_then_fchown(int spool) {
  const Fd file(openat(spool, "ann", O_CREAT | O_EXCL | O_RDWR, 0));
  if (fchown(file.get(), kAnn, kMail) == 0) (void)!fchmod(file.get(), 0660);
}

// The helper's own, without its cage.
void ours(int spool) {
  (void)make_maildrop(spool, {kMta, kMail, 1000}, "ann", permission::UnixUser{"ann", kAnn});
}

// ---- One step after the other -----------------------------------------------------------------------------

enum class Stop { kCall, kWaiting, kEnded };

// Lets `pid` run to its next system-call boundary. kWaiting: it is about to wait for the next question.
Stop next_stop(pid_t pid) {
  int status = 0;
  if (ptrace(PTRACE_SYSCALL, pid, nullptr, nullptr) != 0 || waitpid(pid, &status, __WALL) != pid ||
      !WIFSTOPPED(status))
    return Stop::kEnded;
  __ptrace_syscall_info info{};
  (void)ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof info, &info);
  return info.op == PTRACE_SYSCALL_INFO_ENTRY && info.entry.nr == SYS_ppoll ? Stop::kWaiting : Stop::kCall;
}

class SteppedTest : public HelperTest {
 protected:
  // The spool as it is before each case: bob's maildrop, a file of the MTA's, and maybe ann's with mail in
  // it.
  void fresh_spool(bool with_ann) {
    give_spool(0, kMail, mode_);
    for (const std::string& directory : {spool(), foreign()})
      for (const auto& entry : fs::directory_iterator(directory)) fs::remove_all(entry.path());
    std::ofstream(foreign() + "/file") << "root's own\n";
    put("bob", kBob, "bob's mail\n");
    put("mine", kMta, "the MTA's\n");
    if (with_ann) put("ann", kAnn, "ann's mail\n");
    kept_.clear();
    for (const std::string& path : {drop("bob"), drop("mine"), foreign() + "/file", foreign(), spool()})
      keep(path);
    ann_ = 0;
    if (!with_ann) return;
    keep(drop("ann"));
    ann_ = inode_of(kept_.back().file.get());
  }

  static ino_t inode_of(int file) {
    struct stat info {};
    return fstat(file, &info) == 0 ? info.st_ino : 0;
  }

  void put(const std::string& name, uid_t owner, const std::string& text) {
    std::ofstream(drop(name)) << text;
    ASSERT_EQ(chown(drop(name).c_str(), owner, kMail), 0);
    ASSERT_EQ(chmod(drop(name).c_str(), 0660), 0);
  }

  // Whatever becomes of its names.
  struct Kept {
    std::string path;
    Fd file;
    std::string facts;
  };

  static std::string facts_of(int file) {
    struct stat info {};
    std::array<char, 32> text{};
    if (fstat(file, &info) != 0) return "gone";
    if (S_ISREG(info.st_mode) && pread(file, text.data(), text.size() - 1, 0) < 0) return "unreadable";
    std::ostringstream facts;
    facts << std::oct << info.st_mode << std::dec << " " << info.st_uid << ":" << info.st_gid;
    if (S_ISREG(info.st_mode)) facts << " " << info.st_size << " " << text.data();
    return facts.str();
  }

  void keep(const std::string& path) {
    Fd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    ASSERT_TRUE(file.is_open()) << path;
    std::string facts = facts_of(file.get());
    kept_.push_back({path, std::move(file), std::move(facts)});
  }

  // The law: nobody's file is another than before; whatever ann owns is a perfect maildrop; nothing half made
  // is left, and nothing has come to be outside the spool. Empty: it holds.
  std::string violation() const {
    for (const Kept& one : kept_)
      if (const std::string now = facts_of(one.file.get()); now != one.facts)
        return one.path + " was " + one.facts + ", is " + now;
    for (const auto& entry : fs::directory_iterator(spool())) {
      struct stat info {};
      if (lstat(entry.path().c_str(), &info) != 0) return "lstat";
      if (info.st_uid == 0) return "root's in the spool: " + portrait(entry.path());
      if (info.st_uid != kAnn) continue;
      const bool is_empty = info.st_size == 0 || info.st_ino == ann_;  // or is the one that was there
      if (info.st_mode != (S_IFREG | 0660) || info.st_gid != kMail || !is_empty)
        return "no maildrop: " + portrait(entry.path());
    }
    if (std::distance(fs::directory_iterator(foreign()), {}) != 1) return "something new outside the spool";
    return "";
  }

  // At a stop: the MTA user does it, or `pid` is killed.
  void do_it(std::size_t action, pid_t pid) {
    if (action == kKill) {
      ASSERT_EQ(kill(pid, SIGKILL), 0);
      return;
    }
    const pid_t mta = fork();
    if (mta == 0) {
      (void)umask(0);
      if (chdir(spool().c_str()) != 0 || !becomes_mta()) _exit(99);
      _exit(kActions[action].act() ? 0 : 1);
    }
    int status = 0;
    ASSERT_EQ(waitpid(mta, &status, 0), mta);
    ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) <= 1) << kActions[action].what;
    if (WEXITSTATUS(status) == 0) could_.insert(action);
  }

  static const char* name_of(std::size_t action) {
    return action == kKill ? "is killed" : kActions[action].what;
  }

  // ---- the running helper

  void start_stepped() {
    ASSERT_EQ(start(), kHelperWorks);
    ASSERT_EQ(ptrace(PTRACE_SEIZE, helper_, nullptr, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL), 0);
    ASSERT_EQ(ptrace(PTRACE_INTERRUPT, helper_, nullptr, nullptr), 0);
    int status = 0;
    ASSERT_EQ(waitpid(helper_, &status, __WALL), helper_);
  }

  void end_stepped() {
    if (helper_ <= 0) return;
    (void)kill(helper_, SIGKILL);
    (void)wait_for_end();
  }

  // One question; at stop `at` (from 1 on) the action. Returns how many stops there were: the last is the one
  // at which it would wait again. 0: it is no more.
  unsigned question_with(unsigned at, std::size_t action, MaildropAnswer& answer) {
    const MaildropQuestion question = *make_question(1, "ann");
    if (send(requests_.first.get(), &question, sizeof question, MSG_NOSIGNAL) < 0) return 0;
    unsigned stops = 0;
    for (bool asked = false;;) {
      const Stop stop = next_stop(helper_);
      if (stop == Stop::kEnded) return 0;
      if (stop == Stop::kWaiting && !asked) continue;  // it had been interrupted in its wait
      asked = true;
      ++stops;
      if (stops == at) do_it(action, helper_);
      if (stop == Stop::kWaiting) break;
    }
    std::array<char, sizeof(MaildropAnswer)> octets{};
    if (recv(requests_.first.get(), octets.data(), octets.size(), MSG_DONTWAIT) == ssize_t{sizeof octets})
      answer = decode_answer(octets).value_or(MaildropAnswer{});
    return stops;
  }

  // Every action at every stop, and a kill at every stop.
  void step_the_helper(bool with_ann) {
    MaildropAnswer answer;
    fresh_spool(with_ann);
    start_stepped();
    const unsigned stops = question_with(0, 0, answer);
    ASSERT_GT(stops, 12U);
    ASSERT_EQ(answer.user, kAnn);
    for (std::size_t action = 0; action <= kKill; ++action)
      for (unsigned at = 1; at <= stops; ++at) step_once(with_ann, action, at);
    end_stepped();
    boundaries_ += stops;
  }

  void step_once(bool with_ann, std::size_t action, unsigned at) {
    SCOPED_TRACE(std::string(name_of(action)) + " at " + std::to_string(at));
    fresh_spool(with_ann);
    MaildropAnswer answer;
    const unsigned stops = question_with(at, action, answer);
    EXPECT_EQ(violation(), "");
    (void)logged();
    ++cases_;
    ASSERT_TRUE(action != 0 || answer.user == kAnn);
    if (action != kKill) {
      ASSERT_GT(stops, 0U) << "it has ended";
      return;
    }
    end_stepped();
    start_stepped();
    EXPECT_NE(question_with(0, 0, answer), 0U);
    EXPECT_EQ(answer.user, kAnn) << "a killed helper's successor finds or makes a maildrop";
    EXPECT_EQ(violation(), "");
  }

  // ---- a protocol in a process of its own, as root

  // False: it ended before stop `at`.
  bool run_protocol(const Protocol& protocol, unsigned at, std::size_t action) {
    const pid_t child = fork();
    if (child == 0) {
      const int directory = open(spool().c_str(), O_RDONLY | O_DIRECTORY);
      (void)umask(0);
      if (directory < 0 || ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0 || raise(SIGSTOP) != 0) _exit(99);
      protocol(directory);
      _exit(0);
    }
    int status = 0;
    EXPECT_EQ(waitpid(child, &status, 0), child);
    unsigned stops = 0;
    while (next_stop(child) != Stop::kEnded)
      if (++stops == at) do_it(action, child);
    (void)waitpid(child, &status, WNOHANG);
    return stops >= at;
  }

  // How many of all cases break the law.
  unsigned violations_of(const char* name, const Protocol& protocol) {
    unsigned all = 0;
    unsigned broken = 0;
    std::set<std::string> ways;
    for (std::size_t action = 0; action <= kKill; ++action) {
      for (unsigned at = 1;; ++at, ++all) {
        fresh_spool(false);
        if (!run_protocol(protocol, at, action)) break;
        const std::string how = violation();
        if (how.empty()) continue;
        if (broken == 0) std::printf("  %s at %u: %s\n", name_of(action), at, how.c_str());
        ++broken;
        ways.insert(name_of(action));
      }
    }
    std::printf("%s: %u cases, %u break the law, in %zu ways\n", name, all, broken, ways.size());
    return broken;
  }

  mode_t mode_ = 03775;
  ino_t ann_ = 0;  // ann's maildrop, if there was one
  std::vector<Kept> kept_;
  std::set<std::size_t> could_;  // actions that could be done somewhere
  unsigned boundaries_ = 0;
  unsigned cases_ = 0;
};

// MD-2, MD-3, MD-5. In 2775 group mail may rename and remove what it likes; in 3775 its own.
TEST_F(SteppedTest, EveryActionAtEveryBoundaryOfTheHelper) {
  for (const mode_t mode : {03775U, 02775U}) {
    mode_ = mode;
    give_spool(0, kMail, mode);
    for (const bool with_ann : {false, true}) step_the_helper(with_ann);
  }
  std::printf("the helper: %u boundaries, %zu actions and a kill: %u cases\n", boundaries_,
              std::size(kActions), cases_);
  EXPECT_EQ(cases_, boundaries_ * (std::size(kActions) + 1));
  for (std::size_t action = 0; action < kKill; ++action) {
    const std::string_view what = kActions[action].what;
    const bool is_refused = what.starts_with("tries");
    EXPECT_EQ(could_.contains(action), !is_refused) << what;  // a trap that is never set is none
  }
}

// What this test must be able to see. None of it is sticky's to prevent in 2775.
TEST_F(SteppedTest, WhatHistoryDidBreaksTheLaw) {
  mode_ = 02775;
  give_spool(0, kMail, mode_);
  EXPECT_GT(violations_of("lstat, open, chown by path", by_path), 0U);
  EXPECT_GT(violations_of("O_CREAT without O_EXCL, fchown", without_excl), 0U);
  EXPECT_GT(violations_of("O_EXCL, then chown by path", excl_then_chown), 0U);
  EXPECT_GT(violations_of("O_EXCL, then fchown", excl_then_fchown), 0U);
  EXPECT_EQ(violations_of("ours, without its cage", ours), 0U);
}

}  // namespace
}  // namespace postern::daemon
