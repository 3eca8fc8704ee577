// SPDX-License-Identifier: BSD-2-Clause
// Deliveries to a maildrop, from a real queue, killed wherever they can be, read by somebody
// else.
#include <sys/resource.h>

#include <algorithm>
#include <functional>
#include <thread>

#include "daemon/deliver/delivery_fixture.h"
#include "daemon/deliver/mbox_text.h"
#include "daemon/deliver/outcome.h"

namespace postern::daemon {
namespace {

using std::chrono::milliseconds;

const std::string kMessage = "Subject: hello\n\nFrom the start\n>From the middle\nthe end\n";
const std::string kReturnPath = "Return-Path: <bob@example.org>\n";
const std::string kEarlier = "From eve@example.org Thu Jan  1 00:00:00 1970\nSubject: before\n\nearlier\n";

class MaildropTest : public DeliveryTest {
 protected:
  std::vector<std::string> messages() const { return read_by_python("mbox", {maildrop()})[0]; }

  static long count(const std::vector<std::string>& messages, const std::string& message) {
    return std::ranges::count(messages, kReturnPath + message);
  }

  // expect_once: what was there before is still there, octet for octet, and the message once, whole.
  void expect_once(const std::string& before, const std::string& message = kMessage) const {
    EXPECT_EQ(text_of(maildrop()).substr(0, before.size()), before);
    EXPECT_EQ(count(messages(), message), 1);
    EXPECT_EQ(queued(), 0U);
  }

  // for_each_stop delivers `message` into a maildrop that holds `before`, killed at every stop, one after the
  // other; each time `between` is done and it is tried again. The maildrops are then read by python, all at
  // once.
  void for_each_stop(const std::string& before, const std::string& message,
                     const std::function<void()>& between, std::vector<std::vector<std::string>>& read) {
    std::vector<std::string> kept;
    for (bool ended = false; !ended;) {
      make_maildrop(before);
      const std::string id = queue_message(message);
      ended = run_killed_at(static_cast<unsigned>(kept.size()),
                            [&] { return deliver_queued(id, into_maildrop()).ok() ? 0 : 1; });
      between();
      const auto again = deliver_queued(id, into_maildrop());
      ASSERT_TRUE(again.ok()) << again.error().text();
      ASSERT_EQ(queued(), 0U);
      ASSERT_EQ(text_of(maildrop()).substr(0, before.size()), before) << "killed at stop " << kept.size();
      kept.push_back(scratch_ + "/stop" + std::to_string(kept.size()));
      fs::rename(maildrop(), kept.back());
    }
    read = read_by_python("mbox", kept);
    ASSERT_EQ(read.size(), kept.size());
    for (std::size_t at = 0; at < read.size(); ++at)
      EXPECT_EQ(count(read[at], message), 1) << "killed at stop " << at;
    EXPECT_GT(read.size(), 60U) << "too few system calls: is it traced?";
  }
};

TEST_F(MaildropTest, IsReadBackOctetForOctet) {
  make_maildrop("");
  std::vector<std::string> sent;
  for (const std::string& text :
       {kMessage, std::string("Subject: empty\n\n"), std::string("X: 1\n\n\n\n\nFrom \n>>>From x\n\n"),
        "Subject: octets\n\n" + std::string("\0\x80\xff\x1b", 4) + "\n",
        "Subject: long\n\n" + std::string(300'000, 'x') + "\nFrom y\n"}) {
    const auto done = deliver_queued(queue_message(text), into_maildrop());
    ASSERT_TRUE(done.ok()) << done.error().text();
    sent.push_back(kReturnPath + text);
  }
  EXPECT_EQ(messages(), sent);
  EXPECT_FALSE(fs::exists(maildrop() + ".lock"));
}

TEST_F(MaildropTest, ATornTailOfSomebodyElseIsClosedOff) {
  for (const std::string& torn :
       {std::string("From eve@x Thu"), kEarlier.substr(0, 60), kEarlier, kEarlier + "\n"}) {
    make_maildrop(torn);
    ASSERT_TRUE(deliver_queued(queue_message(kMessage), into_maildrop()).ok());
    expect_once(torn);
  }
}

// MD-6: every boundary of a system call, not a sample of them.
TEST_F(MaildropTest, KilledAnywhereAndTriedAgainItIsDeliveredOnce) {
  std::vector<std::vector<std::string>> read;
  for (const std::string& before : {std::string(), kEarlier, kEarlier + "\n"})
    for_each_stop(
        before, kMessage, [] {}, read);
}

// A message in several writes: the kill falls between them, and the part that is there is taken away.
TEST_F(MaildropTest, ALargeMessageKilledBetweenWritesIsDeliveredOnce) {
  const std::string large = "Subject: large\n\n" + std::string(200'000, 'y') + "\n";
  bool torn = false;
  const auto look = [&] {
    const auto size = fs::file_size(maildrop());
    torn = torn || (size > kEarlier.size() && size < large.size());
  };
  std::vector<std::vector<std::string>> read;
  for_each_stop(kEarlier, large, look, read);
  for (const auto& messages : read) EXPECT_EQ(messages.size(), 2U);
  EXPECT_TRUE(torn) << "no kill left a part of the message: this test has tested nothing";
}

// Between the kill and the retry somebody else delivers: nothing of theirs is lost, ours is there once.
TEST_F(MaildropTest, SomebodyElseDeliversBetweenKillAndRetry) {
  const std::string other = "Subject: other\n\nnot ours\n";
  const auto deliver_other = [&] { ASSERT_TRUE(deliver_queued(queue_message(other), into_maildrop()).ok()); };
  std::vector<std::vector<std::string>> read;
  for_each_stop("", kMessage, deliver_other, read);
  for (const auto& messages : read) EXPECT_EQ(count(messages, other), 1);
}

// The file's length reached the disk, its octets did not (power cut).
TEST_F(MaildropTest, APartFollowedByNothingButNulsIsTakenAway) {
  make_maildrop(kEarlier);
  const std::string id = queue_message(kMessage);
  const auto half = deliver_queued(id, [&](QueuedMessage& message) -> Result<void> {
    if (auto done = to_maildrop(message); !done.ok()) return done;
    return Error{"stopped before the queue noted it", {}, {}, 0, Exit::kTemporary};
  });
  ASSERT_FALSE(half.ok());
  const auto size = fs::file_size(maildrop());
  fs::resize_file(maildrop(), size - 20);
  fs::resize_file(maildrop(), size);
  ASSERT_TRUE(deliver_queued(id, into_maildrop()).ok());
  expect_once(kEarlier);
  EXPECT_EQ(fs::file_size(maildrop()), size);
}

// A btrfs has another device number after each mount.
TEST_F(MaildropTest, WhatIsThereIsFoundOnADeviceOfAnotherNumber) {
  make_maildrop(kEarlier);
  const std::string id = queue_message(kMessage);
  const auto moved = [&](QueuedMessage& message) {
    std::optional<AppendRecord> earlier = message.states()[0].append;
    if (earlier) ++earlier->device;
    return append_to_maildrop(spool_, {"ann", geteuid()}, letter_of(message), earlier, recorder(message),
                              milliseconds{300});
  };
  const auto half = deliver_queued(id, [&](QueuedMessage& message) -> Result<void> {
    if (auto done = moved(message); !done.ok()) return done;
    return Error{"the machine stopped", {}, {}, 0, Exit::kTemporary};
  });
  ASSERT_FALSE(half.ok());
  ASSERT_TRUE(deliver_queued(id, moved).ok());
  expect_once(kEarlier);
}

TEST_F(MaildropTest, ALengthLimitInTheMiddleRollsBackToTheOctet) {
  make_maildrop(kEarlier);
  const std::string id = queue_message("Subject: large\n\n" + std::string(200'000, 'y') + "\n");
  const pid_t child = fork();
  if (child == 0) {
    (void)signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{100'000, 100'000};
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0) _exit(99);
    const auto done = deliver_queued(id, into_maildrop());
    _exit(!done.ok() && done.error().errno_value == EFBIG ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(text_of(maildrop()), kEarlier);
  EXPECT_EQ(queued(), 1U);
}

// The room was reserved and the length recorded; the limit comes when the octets are written. What is taken
// back has no record any more: nobody waits for it.
TEST_F(MaildropTest, ALimitInTheMiddleOfWritingRollsBackToTheOctet) {
  const std::string before = kEarlier + std::string(100'000, 'y') + "\n";
  make_maildrop(before);
  const std::string id = queue_message(kMessage);
  unsigned records = 0;
  const auto limited = [&](QueuedMessage& message) {
    const auto record = [&](const std::optional<AppendRecord>& append) -> Result<void> {
      const rlimit limit{before.size() + 100, before.size() + 100};
      if (++records == 1 && setrlimit(RLIMIT_FSIZE, &limit) != 0) _exit(99);
      return recorder(message)(append);
    };
    return append_to_maildrop(spool_, {"ann", geteuid()}, letter_of(message), std::nullopt, record,
                              milliseconds{300});
  };
  const pid_t child = fork();
  if (child == 0) {
    (void)signal(SIGXFSZ, SIG_IGN);
    const auto done = deliver_queued(id, limited);
    _exit(!done.ok() && done.error().errno_value == EFBIG && records == 2 ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(text_of(maildrop()), before);
  const auto facts = look_at(queue_.active.get(), id);
  ASSERT_TRUE(facts.ok() && *facts);
  EXPECT_FALSE((*facts)->states[0].append);
}

TEST_F(MaildropTest, NoMaildropIsNotMade) {
  const auto done = deliver_queued(queue_message(kMessage), into_maildrop());
  ASSERT_FALSE(done.ok());
  EXPECT_EQ(done.error().errno_value, ENOENT);
  EXPECT_FALSE(fs::exists(maildrop()));
}

// ---- What is no maildrop (core's rules, MD-5): nothing is appended, nothing changed -----------------------

class NoMaildropTest : public MaildropTest {
 protected:
  // expect_refused: nothing of the kind `what` is delivered to, nor opened so that it blocks.
  void expect_refused(const std::string& what, const UnixUser& user) {
    const std::string id = queue_message(kMessage);
    const auto record = [](const std::optional<AppendRecord>&) -> Result<void> { return {}; };
    const auto done = deliver_queued(id, [&](QueuedMessage& message) {
      return append_to_maildrop(spool_, user, letter_of(message), std::nullopt, record, milliseconds{0});
    });
    ASSERT_FALSE(done.ok());
    EXPECT_EQ(done.error().what, what);
    EXPECT_STREQ(deferred(done.error()).status, "4.3.5");
    EXPECT_FALSE(fs::exists(maildrop() + ".lock"));
  }
  const UnixUser us_{"ann", geteuid()};
};

// MD-1: its owner is the user that the account names, and nobody else, however harmless.
TEST_F(NoMaildropTest, SomebodyElses) {
  make_maildrop(kEarlier);
  for (const uid_t other : {geteuid() + 1, uid_t{65534}, uid_t{1}})
    if (other != geteuid()) expect_refused("is somebody else's", {"ann", other});
  EXPECT_EQ(text_of(maildrop()), kEarlier);
}

TEST_F(NoMaildropTest, OfAnotherMode) {
  make_maildrop(kEarlier);
  for (unsigned mode = 0; mode <= 07777U; ++mode) {
    if (mode == 0660) continue;
    ASSERT_EQ(chmod(maildrop().c_str(), mode), 0);
    EXPECT_FALSE(open_maildrop(spool_, us_).ok()) << std::oct << mode;
  }
  expect_refused("has another mode than 0660", us_);
  ASSERT_EQ(chmod(maildrop().c_str(), 0660), 0);
  EXPECT_EQ(text_of(maildrop()), kEarlier);
}

TEST_F(NoMaildropTest, OfSeveralNames) {
  make_maildrop(kEarlier);
  fs::create_hard_link(maildrop(), maildrop("eve"));
  expect_refused("is a file with several names", us_);
  EXPECT_EQ(text_of(maildrop()), kEarlier);
}

TEST_F(NoMaildropTest, LinkDirectoryFifoSocket) {
  make_maildrop(kEarlier, "eve");
  fs::create_symlink("eve", maildrop());
  expect_refused("is a symbolic link", us_);
  fs::remove(maildrop());
  fs::create_symlink("nowhere", maildrop());
  expect_refused("is a symbolic link", us_);
  EXPECT_FALSE(fs::exists(maildrop("nowhere")));
  fs::remove(maildrop());
  fs::create_directory(maildrop());
  expect_refused("is a directory", us_);
  fs::remove(maildrop());
  ASSERT_EQ(mkfifo(maildrop().c_str(), 0660), 0);
  expect_refused("is a FIFO", us_);
  EXPECT_EQ(text_of(maildrop("eve")), kEarlier);
}

// MD-3: before a lock is made in it.
TEST_F(NoMaildropTest, ASpoolThatOthersMayRewrite) {
  make_maildrop(kEarlier);
  for (unsigned mode = 0; mode <= 07777U; ++mode) {
    ASSERT_EQ(chmod((scratch_ + "/spool").c_str(), mode), 0);
    EXPECT_EQ(check_spool(spool_).ok(), mode == 03775U || mode == 02775U) << std::oct << mode;
  }
  ASSERT_EQ(chmod((scratch_ + "/spool").c_str(), 03777), 0);
  expect_refused("the spool is writable by everyone", us_);
  ASSERT_EQ(chmod((scratch_ + "/spool").c_str(), 03775), 0);
  Spool others = spool_;
  others.owner = geteuid() + 1;
  EXPECT_EQ(check_spool(others).ok(), geteuid() == 0);
  others = spool_;
  ++others.mail;
  EXPECT_FALSE(check_spool(others).ok());
}

// It was a good one when it was opened.
TEST_F(NoMaildropTest, WhatBecomesNoneWhileItsLockIsWaitedFor) {
  make_maildrop(kEarlier);
  const auto file = open_maildrop(spool_, us_);
  ASSERT_TRUE(file.ok());
  fs::create_hard_link(maildrop(), maildrop("eve"));
  EXPECT_FALSE(lock_maildrop(spool_, us_, file->get(), milliseconds{0}).ok());
  fs::remove(maildrop());
  fs::rename(maildrop("eve"), maildrop());
  EXPECT_TRUE(lock_maildrop(spool_, us_, file->get(), milliseconds{0}).ok());
  make_maildrop("", "other");
  fs::rename(maildrop("other"), maildrop());
  const auto replaced = lock_maildrop(spool_, us_, file->get(), milliseconds{0});
  ASSERT_FALSE(replaced.ok());
  EXPECT_EQ(replaced.error().errno_value, EBUSY);
}

// ---- Locks: those of mail readers ------------------------------------------------------------------------

TEST_F(MaildropTest, WaitsForAnFcntlLockAndGivesUp) {
  make_maildrop(kEarlier);
  const std::string script = scratch_ + "/hold.py";
  std::ofstream(script) << "import fcntl,sys\nf = open(sys.argv[1], 'r+b')\nfcntl.lockf(f, fcntl.LOCK_EX)\n"
                           "open(sys.argv[2], 'w').close()\nsys.stdin.read()\n";
  FILE* holder = popen(("python3 " + script + " " + maildrop() + " " + scratch_ + "/held").c_str(), "w");
  while (!fs::exists(scratch_ + "/held")) std::this_thread::sleep_for(milliseconds{10});
  const std::string id = queue_message(kMessage);
  const auto done = deliver_queued(id, into_maildrop());
  ASSERT_FALSE(done.ok());
  EXPECT_STREQ(deferred(done.error()).status, "4.2.0");
  EXPECT_EQ(text_of(maildrop()), kEarlier);
  EXPECT_FALSE(fs::exists(maildrop() + ".lock")) << "all that was taken is given back";
  EXPECT_EQ(pclose(holder), 0);
  ASSERT_TRUE(deliver_queued(id, into_maildrop()).ok());
  expect_once(kEarlier);
}

// A reader that has the fcntl lock and wants the dotlock finds it free, again and again, while a delivery
// waits.
TEST_F(MaildropTest, HoldsNoDotlockWhileItWaitsForAnFcntlLock) {
  make_maildrop(kEarlier);
  const std::string id = queue_message(kMessage);
  Fd reader(open(maildrop().c_str(), O_RDWR | O_CLOEXEC));
  struct flock whole {};
  whole.l_type = F_WRLCK;
  ASSERT_EQ(fcntl(reader.get(), F_OFD_SETLK, &whole), 0);
  const pid_t child = fork();
  if (child == 0) {
    reader.reset();
    _exit(deliver_queued(
              id,
              [&](QueuedMessage& message) {
                return to_maildrop(message, milliseconds{60'000});
              }).ok()
              ? 0
              : 1);
  }
  fs::file_time_type tried{};  // each try makes names in the spool and removes them
  for (int free = 0; free < 10 && waitpid(child, nullptr, WNOHANG) == 0;) {
    const auto last = fs::last_write_time(scratch_ + "/spool");
    if (!fs::exists(maildrop() + ".lock") && std::exchange(tried, last) != last) ++free;
    std::this_thread::sleep_for(milliseconds{20});
  }
  reader.reset();
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child) << "it gave up, with the dotlock held until then";
  EXPECT_EQ(status, 0);
  expect_once(kEarlier);
}

// A lock of our own ids is what a killed delivery leaves.
TEST_F(MaildropTest, OwnStaleLocksGo) {
  make_maildrop("");
  std::ofstream(maildrop() + ".lock") << "1\n";
  ASSERT_TRUE(deliver_queued(queue_message(kMessage), into_maildrop()).ok());
  expect_once("");
  std::ofstream(maildrop("eve") + ".lock") << "1\n";
  std::ofstream(maildrop("carl") + ".lock") << "1\n";
  std::ofstream(scratch_ + "/spool/.postern-lock.123") << "1\n";
  const auto removed = remove_own_locks(spool_, {"carl"});
  ASSERT_TRUE(removed.ok());
  EXPECT_EQ(*removed, 2U);
  EXPECT_TRUE(fs::exists(maildrop()));
  EXPECT_TRUE(fs::exists(maildrop("carl") + ".lock")) << "somebody would read half a message";
}

// MD-6: from the kill to the retry that mends it, whatever keeps that one out, no reader that looks for the
// dotlock gets at half a message.
TEST_F(MaildropTest, HalfAMessageStaysLockedUntilItIsMended) {
  make_maildrop(kEarlier);
  const std::string lock = maildrop() + ".lock";
  const std::string id = queue_message("Subject: large\n\n" + std::string(200'000, 'y') + "\n");
  const auto deliver = [&] { return deliver_queued(id, into_maildrop()).ok() ? 0 : 1; };
  for (unsigned stop = 0; fs::file_size(maildrop()) == kEarlier.size(); ++stop)
    ASSERT_FALSE(run_killed_at(stop, deliver)) << "no kill left a part";
  EXPECT_TRUE(fs::exists(lock));
  {
    const auto reader = open_maildrop(spool_, {"ann", geteuid()});
    ASSERT_TRUE(reader.ok() &&
                lock_maildrop(spool_, {"ann", geteuid()}, reader->get(), milliseconds{0}).ok());
    EXPECT_EQ(deliver(), 1) << "a reader with the other lock keeps it out";
    EXPECT_TRUE(fs::exists(lock));
  }
  ASSERT_EQ(chmod(maildrop().c_str(), 0600), 0);
  EXPECT_EQ(deliver(), 1) << "it is no maildrop at the moment";
  EXPECT_TRUE(fs::exists(lock));
  ASSERT_EQ(chmod(maildrop().c_str(), 0660), 0);
  EXPECT_EQ(deliver(), 0);
  EXPECT_FALSE(fs::exists(lock));
  EXPECT_EQ(messages().size(), 2U);
}

TEST_F(MaildropTest, DotlockfileRespectsOurLock) {
  if (std::system("command -v dotlockfile >/dev/null") != 0)
    GTEST_SKIP() << "SKIPPED, NOT TESTED: no dotlockfile";
  make_maildrop("");
  const auto ours = Dotlock::take(spool_, "ann", milliseconds{0});
  ASSERT_TRUE(ours.ok());
  EXPECT_NE(std::system(("dotlockfile -r 0 " + maildrop() + ".lock").c_str()), 0);
}

}  // namespace
}  // namespace postern::daemon
