// SPDX-License-Identifier: BSD-2-Clause
// A delivery to a maildrop, as the MTA user in group mail, stopped between any two of its system calls;
// there somebody of the same ids does one thing to the spool. Enumerated, not sampled (MD-5, MD-6).
#include <grp.h>
#include <sys/stat.h>

#include <array>

#include "daemon/deliver/delivery_fixture.h"
#include "daemon/sys/files.h"

namespace postern::daemon {
namespace {

using std::chrono::milliseconds;

constexpr uid_t kMta = 64100;
constexpr gid_t kMail = 64108;
constexpr uid_t kAnn = 64200;
constexpr uid_t kCarl = 64201;

const std::string kMessage = "Subject: hello\n\nFrom the start\nthe end\n";
const std::string kAppended =
    "Return-Path: <bob@example.org>\nSubject: hello\n\n>From the start\nthe end\n\n";
const std::string kBefore = "From eve@example.org Thu Jan  1 00:00:00 1970\nSubject: before\n\nearlier\n\n";
const std::string kCarls = "From eve@example.org Thu Jan  1 00:00:00 1970\nSubject: private\n\ncarl's\n\n";

// Action is what the attacker does in the spool, its working directory. Whether a call of it succeeds is up
// to the spool's mode.
struct Scene {
  const char* victim;  // a file that only the MTA user can write to
  const char* draft;   // the name under which the delivery drafts its lock
};
struct Action {
  const char* name;
  void (*act)(const Scene& scene);
};

void ignore(int result) {
  (void)result;
}

// away takes what lies at `name` away, as far as the spool's mode lets it.
void away(const char* name) {
  ignore(rename(name, "taken"));
}

void plant(const char* name, mode_t kind) {
  ignore(mknod(name, kind | 0660U, 0));
}

constexpr Action kActions[] = {
    {"nothing", [](const Scene&) {}},
    {"the lock becomes a link to a file",
     [](const Scene& scene) {
       ignore(unlink("ann.lock"));
       ignore(symlink(scene.victim, "ann.lock"));
     }},
    {"the lock becomes a dangling link",
     [](const Scene&) {
       ignore(unlink("ann.lock"));
       ignore(symlink("new", "ann.lock"));
     }},
    {"the lock becomes carl's maildrop",
     [](const Scene&) {
       ignore(unlink("ann.lock"));
       ignore(link("carl", "ann.lock"));
     }},
    {"the lock becomes a FIFO",
     [](const Scene&) {
       ignore(unlink("ann.lock"));
       plant("ann.lock", S_IFIFO);
     }},
    {"the lock becomes a directory",
     [](const Scene&) {
       ignore(unlink("ann.lock"));
       ignore(mkdir("ann.lock", 0770));
     }},
    {"the lock's draft becomes a link to a file",
     [](const Scene& scene) {
       ignore(unlink(scene.draft));
       ignore(symlink(scene.victim, scene.draft));
     }},
    {"the lock's draft becomes carl's maildrop",
     [](const Scene& scene) {
       ignore(unlink(scene.draft));
       ignore(link("carl", scene.draft));
     }},
    {"the lock's draft goes", [](const Scene& scene) { ignore(unlink(scene.draft)); }},
    {"the lock goes", [](const Scene&) { ignore(unlink("ann.lock")); }},
    {"the maildrop goes away", [](const Scene&) { away("ann"); }},
    {"the maildrop becomes a link to a file",
     [](const Scene& scene) {
       away("ann");
       ignore(symlink(scene.victim, "ann"));
     }},
    {"the maildrop becomes a link to carl's",
     [](const Scene&) {
       away("ann");
       ignore(symlink("carl", "ann"));
     }},
    {"the maildrop becomes a dangling link",
     [](const Scene&) {
       away("ann");
       ignore(symlink("new", "ann"));
     }},
    {"the maildrop becomes a name of carl's",
     [](const Scene&) {
       away("ann");
       ignore(link("carl", "ann"));
     }},
    {"carl's maildrop takes its place",
     [](const Scene&) {
       away("ann");
       ignore(rename("carl", "ann"));
     }},
    {"the maildrop becomes a FIFO",
     [](const Scene&) {
       away("ann");
       plant("ann", S_IFIFO);
     }},
    {"the maildrop becomes a socket",
     [](const Scene&) {
       away("ann");
       plant("ann", S_IFSOCK);
     }},
    {"the maildrop becomes a directory",
     [](const Scene&) {
       away("ann");
       ignore(mkdir("ann", 0770));
     }},
    {"the maildrop becomes a file of the MTA user's",
     [](const Scene&) {
       away("ann");
       plant("ann", S_IFREG);
     }},
    {"the maildrop gets a second name", [](const Scene&) { ignore(link("ann", "eve")); }},
};

constexpr Action kKill{"killed", nullptr};

enum class Protocol : std::uint8_t { kOurs, kByPath, kNoRecord };  // the last two: controls

class SteppedTest : public DeliveryTest {
 protected:
  SteppedTest() { scratch_ = "/dev/shm/postern-delivery-XXXXXX"; }

  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "SKIPPED, NOT TESTED: needs root to become the MTA user";
    DeliveryTest::SetUp();
    for (const auto& entry : fs::recursive_directory_iterator(scratch_)) give(entry.path(), kMta, kMta);
    spool_ = {spool_fd_.get(), 0, kMail, kMta};
    victim_ = scratch_ + "/victim";
  }

  static void give(const fs::path& path, uid_t uid, gid_t gid) {
    ASSERT_EQ(lchown(path.c_str(), uid, gid), 0) << path;
  }

  void maildrop_of(const std::string& name, uid_t uid, const std::string& text) const {
    make_maildrop(text, name);
    give(maildrop(name), uid, kMail);
    ASSERT_EQ(chmod(maildrop(name).c_str(), 0660), 0);
  }

  // set_up makes the spool afresh: carl's maildrop, and ann's if `has_maildrop`.
  void set_up(mode_t mode, bool has_maildrop) const {
    for (const auto& entry : fs::directory_iterator(scratch_ + "/spool")) fs::remove_all(entry.path());
    std::ofstream(victim_) << "victim\n";
    give(victim_, kMta, kMta);
    maildrop_of("carl", kCarl, kCarls);
    if (has_maildrop) maildrop_of("ann", kAnn, kBefore);
    give(scratch_ + "/spool", 0, kMail);
    ASSERT_EQ(chmod((scratch_ + "/spool").c_str(), mode), 0);
  }

  static bool become_mta() {
    return setgroups(1, &kMail) == 0 && setresgid(kMta, kMta, kMta) == 0 && setresuid(kMta, kMta, kMta) == 0;
  }

  static int as_mta(const std::function<void()>& act) {
    const pid_t child = fork();
    if (child == 0) {
      if (!become_mta()) _exit(98);
      act();
      _exit(0);
    }
    int status = 0;
    EXPECT_EQ(waitpid(child, &status, 0), child);
    return status;
  }

  // The historic protocol: looked at and opened by its path.
  Result<void> by_path(QueuedMessage& message) const {
    struct stat info {};
    if (lstat(maildrop().c_str(), &info) != 0 || !S_ISREG(info.st_mode) || info.st_uid != kAnn)
      return Error{"is no maildrop", "ann", {}, 0, Exit::kTemporary};
    const Fd file(open(maildrop().c_str(), O_WRONLY | O_APPEND | O_CLOEXEC | O_NONBLOCK));
    if (!file.is_open()) return system_error("cannot open");
    return give_mbox(letter_of(message), "",
                     [&](std::string_view octets) { return write_all(file.get(), octets, "maildrop"); });
  }

  int deliver(const std::string& id, Protocol protocol) const {
    const auto done = deliver_queued(id, [&](QueuedMessage& message) -> Result<void> {
      if (protocol == Protocol::kByPath) return by_path(message);
      const auto record = [&](const std::optional<AppendRecord>& append) -> Result<void> {
        return protocol == Protocol::kNoRecord ? Result<void>{} : recorder(message)(append);
      };
      return append_to_maildrop(spool_, {"ann", kAnn}, letter_of(message), message.states()[0].append, record,
                                milliseconds{0});
    });
    return done.ok() ? 0 : 75;
  }

  std::string queue_one() const {
    std::string id = queue_message(kMessage);
    give(scratch_ + "/queue/active/" + id, kMta, kMta);
    return id;
  }

  // ---- what must hold ----

  static unsigned copies_in(const std::string& text) {
    unsigned found = 0;
    for (std::size_t at = text.find(kAppended); at != std::string::npos; at = text.find(kAppended, at + 1))
      ++found;
    return found;
  }

  // broken_by: what the attacker reached that it must not; empty: nothing. Carl's maildrop may have been
  // moved in a spool without the sticky bit; its octets stay. What a killed delivery leaves is locked, and
  // torn until the retry.
  std::string broken_by(bool may_be_torn) const {
    if (text_of(victim_) != "victim\n") return "the foreign file was changed";
    for (const auto& entry : fs::directory_iterator(scratch_ + "/spool")) {
      struct stat info {};
      if (lstat(entry.path().c_str(), &info) != 0 || !S_ISREG(info.st_mode)) continue;
      const std::string text = text_of(entry.path());
      const std::string name = entry.path().filename();
      if (info.st_uid == kCarl && text != kCarls) return "carl's maildrop was changed";
      if (info.st_uid == kMta && copies_in(text) != 0) return "the mail is in a file of the attacker's";
      if (info.st_uid == 0) return "a file of root's came to be: " + name;
      if (info.st_uid == kAnn && !may_be_torn && !is_perfect(text)) return "ann's maildrop is torn";
    }
    return "";
  }

  // Without a maildrop at the beginning the text before is none.
  bool is_perfect(const std::string& text) const {
    const std::string before = had_maildrop_ ? kBefore : "";
    if (text == before) return true;
    const std::string added = text.starts_with(before) ? text.substr(before.size()) : "";
    return added.starts_with("From bob@example.org ") && copies_in(added) == 1 &&
           added.find('\n') + 1 + kAppended.size() == added.size();
  }

  // clean_up undoes, as root, what the attacker did.
  void clean_up() const {
    for (const auto& entry : fs::directory_iterator(scratch_ + "/spool")) {
      struct stat info {};
      ASSERT_EQ(lstat(entry.path().c_str(), &info), 0);
      const bool is_annes = S_ISREG(info.st_mode) && info.st_uid == kAnn;
      if (is_annes && info.st_nlink == 1) fs::rename(entry.path(), maildrop("keep"));
      if (!is_annes || info.st_nlink != 1) fs::remove_all(entry.path());
    }
    if (fs::exists(maildrop("keep"))) fs::rename(maildrop("keep"), maildrop());
    if (!fs::exists(maildrop())) maildrop_of("ann", kAnn, "");
  }

  // one_run: the attack at stop `stop`. `ended`: there are not that many. Returns what was broken.
  std::string one_run(const Action& action, unsigned stop, Protocol protocol, bool& ended) {
    const std::string id = queue_one();
    const auto attack = [&](pid_t child) {
      if (action.act == nullptr) {
        EXPECT_EQ(kill(child, SIGKILL), 0);
        return;
      }
      const std::string draft = ".postern-lock." + std::to_string(child);
      const auto act = [&] {
        if (chdir((scratch_ + "/spool").c_str()) == 0) action.act({victim_.c_str(), draft.c_str()});
      };
      EXPECT_EQ(as_mta(act), 0);
    };
    int status = 0;
    const auto run = [&] { return become_mta() ? deliver(id, protocol) : 98; };
    ended = !run_stopped_at(stop, run, attack, status);
    if (status != 0 && status != 75 << 8 && !(action.act == nullptr && status == SIGKILL))
      return "it ended with status " + std::to_string(status);
    std::string broken = broken_by(action.act == nullptr);
    if (broken.empty() && status > 0xff && queued() != 1) broken = "it failed, and the queue has lost it";
    clean_up();
    return broken.empty() ? retry(id) : broken;
  }

  std::string retry(const std::string& id) {
    const auto deliver_again = [&] { _exit(deliver(id, Protocol::kOurs)); };
    if (as_mta(deliver_again) != 0) return "the retry failed";
    if (queued() != 0) return "it stays in the queue";
    const std::string text = text_of(maildrop());
    return copies_in(text) == 1 && is_perfect(text)
               ? ""
               : "ann has it " + std::to_string(copies_in(text)) + " times";
  }

  void drop_queue() const {
    for (const auto& entry : fs::directory_iterator(scratch_ + "/queue/active")) fs::remove(entry.path());
  }

  // violations runs the action between any two system calls (so at every second stop) and returns how many
  // runs broke something, and says what.
  unsigned violations(const Action& action, mode_t mode, bool has_maildrop, Protocol protocol,
                      std::string& what) {
    had_maildrop_ = has_maildrop;
    unsigned bad = 0;
    bool ended = false;
    for (unsigned stop = 0; !ended && !HasFatalFailure(); stop += 2, ++runs_) {
      set_up(mode, has_maildrop);
      const std::string broken = one_run(action, stop, protocol, ended);
      drop_queue();
      if (broken.empty()) continue;
      ++bad;
      what += std::string(action.name) + ", stop " + std::to_string(stop) + ": " + broken + "\n";
    }
    return bad;
  }

  unsigned all_violations(mode_t mode, bool has_maildrop, Protocol protocol, std::string& what) {
    unsigned bad = 0;
    for (const Action& action : kActions) bad += violations(action, mode, has_maildrop, protocol, what);
    return bad;
  }

  std::string victim_;
  bool had_maildrop_ = false;
  unsigned runs_ = 0;
};

struct Place {
  mode_t mode;
  bool has_maildrop;
};

// MD-3's two modes; and no maildrop at all, where the attacker can plant one whatever the mode.
class EverySystemCall : public SteppedTest, public testing::WithParamInterface<Place> {};

TEST_P(EverySystemCall, NobodyGetsInBetween) {
  std::string what;
  EXPECT_EQ(all_violations(GetParam().mode, GetParam().has_maildrop, Protocol::kOurs, what), 0U) << what;
  EXPECT_GT(runs_, std::size(kActions) * (GetParam().has_maildrop ? 30U : 12U))
      << "too few stops: is it traced?";
  std::printf("%u interleavings, 0 violations\n", runs_);
}

INSTANTIATE_TEST_SUITE_P(Spools, EverySystemCall,
                         testing::Values(Place{03775, true}, Place{02775, true}, Place{03775, false}));

// The controls: what is known to be wrong is found.
TEST_F(SteppedTest, TheHistoricProtocolIsCaught) {
  std::string what;
  EXPECT_GT(all_violations(02775, true, Protocol::kByPath, what), 3U) << what;
  EXPECT_NE(what.find("carl's maildrop was changed"), std::string::npos) << what;
  EXPECT_NE(what.find("the foreign file was changed"), std::string::npos) << what;
}

// A delivery killed there and tried again, with its record and, as the control, without.
TEST_F(SteppedTest, KilledAnywhereItIsThereOnce) {
  std::string what;
  EXPECT_EQ(violations(kKill, 03775, true, Protocol::kOurs, what), 0U) << what;
  EXPECT_GT(violations(kKill, 03775, true, Protocol::kNoRecord, what), 0U) << "the control finds nothing";
  EXPECT_NE(what.find("2 times"), std::string::npos) << what;
}

}  // namespace
}  // namespace postern::daemon
