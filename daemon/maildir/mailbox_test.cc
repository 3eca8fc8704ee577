// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/maildir/mailbox.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "daemon/maildir/unique_id.h"

namespace postern::daemon {
namespace {

namespace fs = std::filesystem;

// MailboxTest makes a mailbox tree with one empty Maildir, alice's.
class MailboxTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "postern-mailbox-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    tree_ = pattern;
    for (const char* part : {"new", "cur", "tmp"}) fs::create_directories(tree_ / "alice" / part);
    mailboxes_ = Fd(::open(tree_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    ASSERT_TRUE(mailboxes_.is_open());
  }
  void TearDown() override { fs::remove_all(tree_); }

  void put(const std::string& where, const std::string& content = "A: 1\n\nbody\n") const {
    std::ofstream(tree_ / "alice" / where, std::ios::binary) << content;
  }
  void move(const std::string& from, const std::string& to) const {
    fs::rename(tree_ / "alice" / from, tree_ / "alice" / to);
  }
  bool exists(const std::string& where) const { return fs::exists(tree_ / "alice" / where); }

  Mailbox listed() const {
    Result<Mailbox> mailbox = Mailbox::open(mailboxes_.get(), "alice");
    EXPECT_TRUE(mailbox.ok());
    EXPECT_TRUE(mailbox.value().list().ok());
    return std::move(mailbox).value();
  }
  // Directories that changed long ago, as they are when somebody comes again.
  void settle() const {
    const timespec long_ago[2] = {{1'000'000'000 + ++settled_, 0}, {1'000'000'000 + settled_, 0}};
    for (const char* part : {"alice/new", "alice/cur"})
      ASSERT_EQ(::utimensat(mailboxes_.get(), part, long_ago, 0), 0);
  }
  Mailbox listed_again() const {
    settle();
    Mailbox mailbox = listed();
    EXPECT_TRUE(mailbox.keep().ok());
    return mailbox;
  }
  // Twenty messages: worth a list.
  void fill() const {
    for (int i = 0; i < 20; ++i) put((i % 2 != 0 ? "new/1" : "cur/1") + std::to_string(100 + i) + ".a");
  }
  static constexpr const char* kList = "postern-pop3";

  static std::vector<std::string> ids(const Mailbox& mailbox) {
    std::vector<std::string> found;
    for (const MailboxMessage& message : mailbox.messages())
      found.push_back(unique_id(base_name(message.file_name)));
    return found;
  }

  fs::path tree_;
  Fd mailboxes_;
  mutable time_t settled_ = 0;
};

using Ids = std::vector<std::string>;

TEST_F(MailboxTest, ListsNewAndCurInOrderOfDelivery) {
  put("new/3.c");
  put("cur/1.a:2,S");
  put("cur/2.b:2,");
  put("tmp/0.t");
  put("cur/.hidden");
  EXPECT_EQ(ids(listed()), (Ids{"1.a", "2.b", "3.c"}));
}

// RFC 1939, section 11.
TEST_F(MailboxTest, SizesAreThoseOnTheWire) {
  put("new/1.a", "A: 1\n\nx");
  put("new/2.b", "A: 1\r\n\r\nx\r\n");
  put("new/3.c", "");
  const Mailbox mailbox = listed();
  ASSERT_EQ(mailbox.messages().size(), 3U);
  EXPECT_EQ(mailbox.messages()[0].octets, 11U);
  EXPECT_EQ(mailbox.messages()[1].octets, 11U);
  EXPECT_EQ(mailbox.messages()[2].octets, 0U);
}

TEST_F(MailboxTest, WhatIsNoFileIsNoMessage) {
  put("new/5.e");
  fs::create_directory(tree_ / "alice/new/1.dir");
  ASSERT_EQ(::mkfifo((tree_ / "alice/new/2.fifo").c_str(), 0600), 0);
  fs::create_symlink(tree_ / "alice/new/5.e", tree_ / "alice/new/3.link");
  fs::create_symlink("/etc/passwd", tree_ / "alice/cur/4.link");
  EXPECT_EQ(ids(listed()), (Ids{"5.e"}));
}

TEST_F(MailboxTest, FollowsNoLinkToAMailbox) {
  fs::create_directory_symlink(tree_ / "alice", tree_ / "bob");
  EXPECT_FALSE(Mailbox::open(mailboxes_.get(), "bob").ok());
  EXPECT_FALSE(Mailbox::open(mailboxes_.get(), "carol").ok());
}

// RFC 1939, section 5: the listing of a session does not change under it.
TEST_F(MailboxTest, ListingStaysWhileOthersWork) {
  put("new/1.a", "one\n");
  put("new/2.b", "two\n");
  const Mailbox mailbox = listed();
  put("new/0.z");
  move("new/1.a", "cur/1.a:2,S");
  fs::remove(tree_ / "alice/new/2.b");
  EXPECT_EQ(ids(mailbox), (Ids{"1.a", "2.b"}));
  const Result<Fd> moved = mailbox.read(0);
  ASSERT_TRUE(moved.ok());
  char octets[8] = {};
  ASSERT_EQ(::read(moved.value().get(), octets, sizeof octets), 4);
  EXPECT_STREQ(octets, "one\n");
  const Result<Fd> gone = mailbox.read(1);
  ASSERT_TRUE(gone.ok());
  EXPECT_FALSE(gone.value().is_open());
}

TEST_F(MailboxTest, RemovesWhereTheMessageIsByNow) {
  put("new/1.a");
  put("cur/2.b:2,");
  put("cur/3.c:2,");
  const Mailbox mailbox = listed();
  move("new/1.a", "cur/1.a:2,");
  move("cur/2.b:2,", "cur/2.b:2,S");
  fs::remove(tree_ / "alice/cur/3.c:2,");
  for (size_t i = 0; i < 3; ++i) EXPECT_TRUE(mailbox.remove(i).ok()) << i;
  EXPECT_TRUE(mailbox.sync().ok());
  EXPECT_FALSE(exists("cur/1.a:2,"));
  EXPECT_FALSE(exists("cur/2.b:2,S"));
}

// A crash after any number of removals: what is left is whole, in order, under its old ids.
TEST_F(MailboxTest, CrashBetweenRemovalsLeavesTheOthersAsTheyWere) {
  const Ids all{"1.a", "2.b", "3.c", "4.d"};
  for (size_t removed = 0; removed <= all.size(); ++removed) {
    for (const std::string& name : all) put("cur/" + name + ":2,");
    {
      const Mailbox crashed = listed();
      for (size_t i = 0; i < removed; ++i) ASSERT_TRUE(crashed.remove(i).ok());
    }
    EXPECT_EQ(ids(listed()), Ids(all.begin() + static_cast<std::ptrdiff_t>(removed), all.end()));
  }
}

TEST_F(MailboxTest, IdsAreTheSameInEverySession) {
  put("new/1.a b");
  put("new/2." + std::string(100, 'x'));
  const Ids before = ids(listed());
  move("new/1.a b", "cur/1.a b:2,RS");
  EXPECT_EQ(ids(listed()), before);
}

TEST_F(MailboxTest, OneSessionAtATime) {
  Result<Mailbox> first = Mailbox::open(mailboxes_.get(), "alice");
  Result<Mailbox> second = Mailbox::open(mailboxes_.get(), "alice");
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_TRUE(first.value().lock().value());
  EXPECT_FALSE(second.value().lock().value());
  first = Error{};
  EXPECT_TRUE(second.value().lock().value());
}

TEST_F(MailboxTest, WhoComesAgainReadsNoMessage) {
  fill();
  const Mailbox first = listed_again();
  ASSERT_TRUE(exists(kList));
  put("new/1101.a", "not as long");  // in place: what no tool does
  Mailbox again = listed();
  EXPECT_EQ(again.count(), 20U);
  EXPECT_EQ(again.octets(), first.octets());
  EXPECT_TRUE(again.messages().empty());
  ASSERT_TRUE(again.load().ok());
  EXPECT_EQ(again.messages(), first.messages());
}

// Whatever others do, the listing is the one that is made without the list; what was known is not read again.
TEST_F(MailboxTest, AChangedMailboxIsListedAnew) {
  fill();
  (void)listed_again();
  const auto octets_of = [](Mailbox& mailbox) {
    EXPECT_TRUE(mailbox.load().ok());
    std::vector<std::pair<std::string, std::uint64_t>> sizes;
    for (const MailboxMessage& message : mailbox.messages())
      sizes.emplace_back(message.file_name, message.octets);
    return sizes;
  };
  const auto change = [this](int kind) {
    if (kind == 0) put("new/1050.z", "first of all\n");
    if (kind == 1) put("cur/1999.z:2,S", "last of all\n");
    if (kind == 2) move("new/1103.a", "cur/1103.a:2,FS");
    if (kind == 3) move("cur/1104.a", "cur/1104.a:2,T");
    if (kind == 4) fs::remove(tree_ / "alice/new/1105.a");
  };
  for (int kind = 0; kind < 5; ++kind) {
    change(kind);
    Mailbox with = listed();  // by its times: changed
    settle();
    fs::rename(tree_ / "alice" / kList, tree_ / "list");
    Mailbox without = listed();
    fs::rename(tree_ / "list", tree_ / "alice" / kList);
    EXPECT_EQ(octets_of(with), octets_of(without)) << kind;
    EXPECT_EQ(with.octets(), without.octets()) << kind;
    (void)listed_again();
  }
}

// What was listed within a tick of a change may miss the next one: it is not kept.
TEST_F(MailboxTest, AListOfThisInstantIsNotKept) {
  fill();
  EXPECT_TRUE(listed().keep().ok());
  EXPECT_FALSE(exists(kList));
}

TEST_F(MailboxTest, ADamagedListIsNone) {
  fill();
  (void)listed_again();
  const std::string whole = [this] {
    std::ifstream file(tree_ / "alice" / kList, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  }();
  const std::size_t body = whole.find('\n') + 1;
  put(kList, whole.substr(1));
  EXPECT_EQ(listed().messages().size(), 20U);
  put(kList, whole.substr(0, body + 10));
  Mailbox damaged = listed();
  EXPECT_EQ(damaged.count(), 20U);
  EXPECT_FALSE(damaged.load().ok());
  EXPECT_FALSE(exists(kList));
  EXPECT_EQ(listed().messages().size(), 20U);
}

// A message seen in new/ and again in cur/ is one message.
TEST_F(MailboxTest, DoublesAreOne) {
  put("new/1.a");
  put("cur/1.a:2,S");
  EXPECT_EQ(ids(listed()), (Ids{"1.a"}));
}

}  // namespace
}  // namespace postern::daemon
