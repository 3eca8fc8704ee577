// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/postoffice/queue.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>

#include "daemon/sys/stepped.h"

namespace postern::daemon {
namespace {

namespace fs = std::filesystem;

constexpr char kText[] = "Subject: a\n\nb\n";

class QueueTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "postern-queue-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    root_ = pattern;
    Fd queue(::open(root_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    ASSERT_TRUE(make_queue(queue.get()).ok());
    auto opened = open_queue(queue.get());
    ASSERT_TRUE(opened.ok()) << opened.error().text();
    queue_ = std::move(opened).value();
  }
  void TearDown() override { fs::remove_all(root_); }

  static Envelope envelope() { return {{}, 0, 0, "bob@example.org", {"alice", "carol"}}; }

  IncomingMessage begin() {
    auto message = IncomingMessage::begin(queue_.incoming.get(), envelope());
    EXPECT_TRUE(message.ok()) << message.error().text();
    return std::move(message).value();
  }
  std::string put() {
    IncomingMessage message = begin();
    EXPECT_TRUE(message.write(kText).ok());
    EXPECT_TRUE(message.commit(queue_.active.get()).ok());
    return message.id();
  }
  std::optional<QueuedMessage> claim(const std::string& id) {
    auto claimed = QueuedMessage::claim(queue_.active.get(), id);
    EXPECT_TRUE(claimed.ok()) << claimed.error().text();
    return claimed ? std::move(claimed).value() : std::nullopt;
  }
  std::size_t count(const char* directory) const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(root_ / directory), {}));
  }
  std::uint64_t end_of_message(const std::string& id) {
    const auto message = claim(id);
    return message ? message->message_offset() + message->envelope().size : 0;
  }
  static std::string text_of(const QueuedMessage& message) {
    std::string text(message.envelope().size, '\0');
    EXPECT_EQ(::pread(message.file(), text.data(), text.size(), static_cast<off_t>(message.message_offset())),
              static_cast<ssize_t>(text.size()));
    return text;
  }

  fs::path root_;
  QueueDirectories queue_;
};

TEST_F(QueueTest, AMessageComesOutAsItWentIn) {
  const std::string id = put();
  EXPECT_EQ(count("incoming"), 0U);
  auto message = claim(id);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->envelope().sender, "bob@example.org");
  EXPECT_EQ(message->envelope().recipients, envelope().recipients);
  EXPECT_EQ(message->states(), std::vector<RecipientState>(2));
  EXPECT_EQ(text_of(*message), kText);
  EXPECT_TRUE(message->remove().ok());
  EXPECT_EQ(count("active"), 0U);
}

// DT-2
TEST_F(QueueTest, FilesAndDirectoriesAreTheMtasAlone) {
  const std::string id = put();
  struct stat status {};
  ASSERT_EQ(::stat((root_ / "active" / id).c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0600U);
  ASSERT_EQ(::stat((root_ / "active").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0700U);
}

TEST_F(QueueTest, WhatIsNotCommittedIsNotThere) {
  {
    IncomingMessage message = begin();
    EXPECT_TRUE(message.write(kText).ok());
    EXPECT_EQ(count("incoming"), 1U);
    EXPECT_EQ(count("active"), 0U);
  }
  EXPECT_EQ(count("incoming"), 0U);
}

TEST_F(QueueTest, ManyMessagesHaveManyNamesInOrder) {
  std::vector<std::string> ids;
  for (int i = 0; i < 100; ++i) ids.push_back(put());
  auto listed = list_queue(queue_.active.get());
  ASSERT_TRUE(listed.ok());
  EXPECT_EQ(listed.value(), ids);
}

// G5
TEST_F(QueueTest, OneProcessHasAMessage) {
  const std::string id = put();
  auto first = claim(id);
  ASSERT_TRUE(first);
  EXPECT_FALSE(claim(id));
  first.reset();
  EXPECT_TRUE(claim(id));
}

TEST_F(QueueTest, ALockDiesWithItsProcess) {
  const std::string id = put();
  std::array<int, 2> ready{};
  ASSERT_EQ(::pipe(ready.data()), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const auto held = QueuedMessage::claim(queue_.active.get(), id);
    if (::write(ready[1], "x", 1) != 1) ::_exit(1);
    for (;;) ::pause();
  }
  char octet = 0;
  ASSERT_EQ(::read(ready[0], &octet, 1), 1);
  EXPECT_FALSE(claim(id));
  ASSERT_EQ(::kill(child, SIGKILL), 0);
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  EXPECT_TRUE(claim(id));
}

// G5, at every boundary of a system call: another delivers the message and takes it out of the queue while we
// claim it; one of the two has it, never both, never neither.
TEST_F(QueueTest, AClaimAndAnEndAtTheSameTime) {
  unsigned stop = 0;
  unsigned ours = 0;
  for (bool ended = false; !ended; ++stop) {
    const std::string id = put();
    const auto claim_it = [&]() -> int {
      const auto claimed = QueuedMessage::claim(queue_.active.get(), id);
      ::_exit(claimed.ok() && *claimed ? 0 : 1);  // it has it to its end
    };
    bool theirs = false;
    const auto deliver_it = [&](pid_t) {
      auto claimed = claim(id);
      theirs = claimed && claimed->remove().ok();
    };
    int status = 0;
    ended = !run_stopped_at(stop, claim_it, deliver_it, status);
    ASSERT_TRUE(WIFEXITED(status));
    ASSERT_NE(theirs, WEXITSTATUS(status) == 0) << "stop " << stop << (theirs ? ": both" : ": neither");
    ours += theirs ? 0U : 1U;
    if (theirs) continue;
    auto left = claim(id);
    ASSERT_TRUE(left && left->remove().ok());
  }
  EXPECT_GT(ours, 1U);
  EXPECT_GT(stop, ours + 4) << "too few system calls: is it traced?";
}

// The same, of a message on its way in and a recovery that takes its keeper for dead: it comes in all the
// same.
TEST_F(QueueTest, ARecoveryInTheMiddleOfABeginning) {
  unsigned stop = 0;
  unsigned removed = 0;
  for (bool ended = false; !ended; ++stop) {
    const auto receive = [&] {
      auto message = IncomingMessage::begin(queue_.incoming.get(), envelope());
      return message.ok() && message->write(kText).ok() && message->commit(queue_.active.get()).ok() ? 0 : 1;
    };
    const auto recover = [&](pid_t) {
      const auto recovered = recover_incoming(queue_.incoming.get());
      ASSERT_TRUE(recovered.ok());
      removed += static_cast<unsigned>(*recovered);
    };
    int status = 0;
    ended = !run_stopped_at(stop, receive, recover, status);
    ASSERT_EQ(status, 0) << "stop " << stop;
    ASSERT_EQ(count("active"), stop + 1U);
  }
  EXPECT_GT(removed, 0U) << "no stop fell between the file and its lock";
  EXPECT_EQ(count("incoming"), 0U);
}

TEST_F(QueueTest, StatesLast) {
  const std::string id = put();
  const RecipientState waiting{RecipientStatus::kWaiting, 1, 60, AppendRecord{1, 2, 3, 4}, "4.2.0 locked"};
  const RecipientState done{RecipientStatus::kDone, 2, 0, std::nullopt, ""};
  {
    auto message = claim(id);
    ASSERT_TRUE(message);
    EXPECT_TRUE(message->record(1, waiting).ok());
    EXPECT_TRUE(message->record(0, done).ok());
    EXPECT_EQ(message->states(), (std::vector<RecipientState>{done, waiting}));
    EXPECT_FALSE(message->record(2, done).ok());
  }
  auto message = claim(id);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->states(), (std::vector<RecipientState>{done, waiting}));
  EXPECT_EQ(text_of(*message), kText);
}

// A record of an append replaces empty lines: the file does not grow, its sync needs no journal.
TEST_F(QueueTest, ThereIsRoomForStates) {
  const std::string id = put();
  const auto size = fs::file_size(root_ / "active" / id);
  const AppendRecord append{UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX};
  const RecipientState waiting{RecipientStatus::kWaiting, 0, 0, append, ""};
  {
    auto message = claim(id);
    ASSERT_TRUE(message);
    for (std::size_t recipient : {0U, 1U, 0U}) EXPECT_TRUE(message->write_record(recipient, waiting).ok());
  }
  EXPECT_EQ(fs::file_size(root_ / "active" / id), size);
  auto message = claim(id);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->states(), std::vector<RecipientState>(2, waiting));
  EXPECT_EQ(text_of(*message), kText);
}

// G6, G7: it is gone for everybody at once; had a crash brought it back, it would be as it was recorded last.
TEST_F(QueueTest, WhatIsMarkedIsNotWritten) {
  const std::string id = put();
  const RecipientState done{RecipientStatus::kDone, 1, 0, std::nullopt, ""};
  auto message = claim(id);
  ASSERT_TRUE(message && message->record(1, done).ok());
  message->mark(0, done);
  EXPECT_EQ(message->states(), (std::vector<RecipientState>{done, done}));
  auto facts = look_at(queue_.active.get(), id);
  ASSERT_TRUE(facts.ok() && facts.value());
  EXPECT_EQ(facts.value()->states, (std::vector<RecipientState>{RecipientState{}, done}));
  ASSERT_TRUE(message->remove().ok());
  EXPECT_EQ(count("active"), 0U);
  EXPECT_FALSE(message->remove().ok());
  EXPECT_TRUE(sync_removals(queue_.active.get()).ok());
}

// G4: after a crash in the middle of a record the next one is read all the same.
TEST_F(QueueTest, ARecordAfterATornOneIsRead) {
  const std::string id = put();
  {
    std::fstream file(root_ / "active" / id, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(end_of_message(id)));
    file << "state 0 done 1 0 - " + std::string(100, 'x');
  }
  const RecipientState state{RecipientStatus::kFailed, 1, 0, std::nullopt, ""};
  {
    auto message = claim(id);
    ASSERT_TRUE(message);
    EXPECT_EQ(message->states()[0], RecipientState{});
    EXPECT_TRUE(message->record(0, state).ok());
  }
  auto facts = look_at(queue_.active.get(), id);
  ASSERT_TRUE(facts.ok() && facts.value());
  EXPECT_EQ(facts.value()->states[0], state);
}

TEST_F(QueueTest, ADeadLetterIsKept) {
  const std::string id = put();
  auto message = claim(id);
  ASSERT_TRUE(message && message->bury(queue_.dead.get()).ok());
  EXPECT_EQ(count("active"), 0U);
  auto facts = look_at(queue_.dead.get(), id);
  ASSERT_TRUE(facts.ok() && facts.value());
  EXPECT_EQ(facts.value()->envelope.recipients, envelope().recipients);
}

// A file cut anywhere, links and directories: an error that says so, then set aside; never a message.
TEST_F(QueueTest, WhatIsMalformedIsSetAside) {
  const std::string id = put();
  const auto whole = end_of_message(id);
  for (std::uintmax_t length = 0; length < whole; ++length) {
    fs::resize_file(root_ / "active" / id, length);
    const auto claimed = QueuedMessage::claim(queue_.active.get(), id);
    ASSERT_FALSE(claimed.ok()) << length;
    EXPECT_EQ(claimed.error().exit, Exit::kData);
    fs::resize_file(root_ / "active" / id, whole);
  }
  auto aside = set_aside(queue_.active.get(), queue_.dead.get(), id);
  ASSERT_TRUE(aside.ok() && aside.value());
  EXPECT_EQ(count("dead"), 1U);
  const std::string link = "0000000000000000-00000000";
  fs::create_symlink("/etc/passwd", root_ / "active" / link);
  EXPECT_FALSE(QueuedMessage::claim(queue_.active.get(), link).ok());
  EXPECT_TRUE(set_aside(queue_.active.get(), queue_.dead.get(), link).ok());
  EXPECT_TRUE(fs::is_symlink(root_ / "dead" / link));
}

TEST_F(QueueTest, WhatIsBeingDeliveredIsNotSetAside) {
  const std::string id = put();
  const auto held = claim(id);
  auto aside = set_aside(queue_.active.get(), queue_.dead.get(), id);
  ASSERT_TRUE(aside.ok());
  EXPECT_FALSE(aside.value());
}

TEST_F(QueueTest, NoPathIsAnId) {
  EXPECT_FALSE(QueuedMessage::claim(queue_.active.get(), "../dead/0000000000000000-00000000").ok());
  EXPECT_FALSE(look_at(queue_.active.get(), "").ok());
}

TEST_F(QueueTest, RecoveryTakesTheDeadAndLeavesTheLiving) {
  const IncomingMessage living = begin();
  const pid_t child = ::fork();
  if (child == 0) {
    auto message = IncomingMessage::begin(queue_.incoming.get(), envelope());
    ::_exit(message.ok() ? 0 : 1);  // no destructor: as a kill would leave it
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_EQ(status, 0);
  EXPECT_EQ(count("incoming"), 2U);
  auto removed = recover_incoming(queue_.incoming.get());
  ASSERT_TRUE(removed.ok());
  EXPECT_EQ(removed.value(), 1U);
  EXPECT_TRUE(fs::exists(root_ / "incoming" / living.id()));
}

TEST_F(QueueTest, AnErrorSaysWhetherTheDiskIsFull) {
  EXPECT_TRUE(is_disk_full(Error{"", "", "", ENOSPC}));
  EXPECT_TRUE(is_disk_full(Error{"", "", "", EDQUOT}));
  EXPECT_FALSE(is_disk_full(Error{"", "", "", EIO}));
}

}  // namespace
}  // namespace postern::daemon
