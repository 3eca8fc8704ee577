// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/maildir/folder.h"

#include <sys/stat.h>

#include "daemon/maildir/folder_fixture.h"

namespace postern::daemon {
namespace {

using Uids = std::map<std::string, std::uint32_t>;

MessageFlags with(MessageFlags flags, std::uint32_t bits) {
  flags.capital |= bits;
  return flags;
}

TEST_F(FolderTest, UidsAreInTheOrderOfDeliveryAndStay) {
  put("new/1002.b.host");
  put("cur/1001.a.host:2,S");
  const Folders account = folders();
  Folder folder = opened(account);
  EXPECT_EQ(listed(folder), (Uids{{"1001.a.host", 1}, {"1002.b.host", 2}}));
  EXPECT_EQ(folder.head().recent, 1U);
  EXPECT_EQ(folder.head().first_unseen, 2U);
  put("new/1000.late.host");
  fs::rename(home() / "cur/1001.a.host:2,S", home() / "cur/1001.a.host:2,FS");
  Folder again = opened(account);
  EXPECT_EQ(listed(again), (Uids{{"1000.late.host", 3}, {"1001.a.host", 1}, {"1002.b.host", 2}}));
  EXPECT_EQ(again.head().validity, folder.head().validity);
}

// A UID is not given again, also when the message that had the greatest is gone.
TEST_F(FolderTest, AUidDoesNotComeBack) {
  put("cur/1.a:2,");
  put("cur/2.b:2,");
  const Folders account = folders();
  Folder folder = opened(account);
  listed(folder);
  fs::remove(home() / "cur/2.b:2,");
  Folder other = opened(account);
  EXPECT_EQ(listed(other), (Uids{{"1.a", 1}}));
  put("cur/2.b:2,");
  EXPECT_EQ(listed(folder), (Uids{{"1.a", 1}, {"2.b", 3}}));
}

TEST_F(FolderTest, TakingMovesNewIntoCur) {
  put("new/1.a");
  put("new/2.b:2,S");
  const Folders account = folders();
  Folder folder = opened(account);
  const auto taken = folder.list(true);
  ASSERT_TRUE(taken.ok());
  EXPECT_EQ(taken.value(), (std::vector<std::uint32_t>{1, 2}));
  EXPECT_EQ(names_in(home() / "cur"), (std::vector<std::string>{"1.a:2,", "2.b:2,S"}));
}

TEST_F(FolderTest, WhatIsNoMessageHasNoUid) {
  put("cur/1.a:2,");
  fs::create_directory(home() / "cur/2.directory");
  fs::create_symlink("1.a:2,", home() / "cur/3.link");
  ASSERT_EQ(::mkfifo((home() / "cur/4.fifo").c_str(), 0600), 0);
  put("cur/.hidden");
  const Folders account = folders();
  Folder folder = opened(account);
  EXPECT_EQ(listed(folder), (Uids{{"1.a", 1}}));
}

// Any damage: a greater UIDVALIDITY, no UID that meant another message.
TEST_F(FolderTest, ADamagedListBeginsAnew) {
  put("cur/1.a:2,");
  const Folders account = folders();
  Folder folder = opened(account);
  listed(folder);
  const std::string whole = content("postern-uids");
  std::uint32_t last = folder.head().validity;
  for (const std::string& damaged : {std::string(), whole.substr(0, whole.size() - 1), whole + "x",
                                     std::string(5000, '\0'), std::string("x")}) {
    put("postern-uids", damaged);
    Folder again = opened(account);
    listed(again);
    EXPECT_GT(again.head().validity, last);
    last = again.head().validity;
  }
  fs::remove(home() / "postern-uids");
  put("postern-uidvalidity", "damaged as well");
  Folder again = opened(account);
  listed(again);
  EXPECT_GE(again.head().validity, folder.head().validity);
}

TEST_F(FolderTest, AGlanceIsTrueOrAListing) {
  put("cur/1.a:2,");
  const timespec old[2] = {{1000, 0}, {1000, 0}};
  const auto age = [&] {
    for (const char* part : {"new", "cur"})
      ASSERT_EQ(::utimensat(AT_FDCWD, (home() / part).c_str(), old, 0), 0);
  };
  age();
  const Folders account = folders();
  Folder first = opened(account);
  ASSERT_TRUE(first.glance().ok());
  EXPECT_FALSE(first.is_pinned());
  Folder second = opened(account);
  const auto head = second.glance();
  ASSERT_TRUE(head.ok());
  EXPECT_TRUE(second.is_pinned());
  EXPECT_EQ(head->count, 1U);
  put("new/2.b");
  const auto entries = second.pinned();
  ASSERT_TRUE(entries.ok());
  EXPECT_EQ(entries->size(), 1U);
  Folder third = opened(account);
  const auto now = third.glance();
  ASSERT_TRUE(now.ok());
  EXPECT_EQ(now->count, 2U);
  EXPECT_FALSE(third.is_pinned());
}

// What was listed within the kernel's tick of a change may be old already.
TEST_F(FolderTest, AYoungListingIsNotBelieved) {
  put("new/1.a");
  const Folders account = folders();
  Folder folder = opened(account);
  listed(folder);
  EXPECT_TRUE(folder.has_changed());
}

TEST_F(FolderTest, FlagsOfTwoSessionsAddUp) {
  put("cur/1.a:2,");
  const Folders account = folders();
  Folder one = opened(account);
  Folder other = opened(account);
  listed(one);
  listed(other);
  ASSERT_TRUE(one.change(1, [](MessageFlags f) { return with(f, kSeenBit); }).value());
  ASSERT_TRUE(other.change(1, [](MessageFlags f) { return with(f, kFlaggedBit); }).value());
  EXPECT_EQ(names_in(home() / "cur"), (std::vector<std::string>{"1.a:2,FS"}));
  fs::remove(home() / "cur/1.a:2,FS");
  EXPECT_FALSE(one.change(1, [](MessageFlags f) { return with(f, kDraftBit); }).value());
  EXPECT_FALSE(other.read(1).value().is_open());
}

TEST_F(FolderTest, ExpungeTakesWhatIsTrashedNow) {
  put("cur/1.a:2,T");
  put("cur/2.b:2,");
  put("cur/3.c:2,T");
  const Folders account = folders();
  Folder folder = opened(account);
  listed(folder);
  fs::rename(home() / "cur/3.c:2,T", home() / "cur/3.c:2,");
  const auto removed = folder.expunge({1, 2, 3});
  ASSERT_TRUE(removed.ok());
  EXPECT_EQ(removed.value(), 1U);
  EXPECT_EQ(names_in(home() / "cur"), (std::vector<std::string>{"2.b:2,", "3.c:2,"}));
  EXPECT_EQ(listed(folder), (Uids{{"2.b", 2}, {"3.c", 3}}));
}

class ArrivalTest : public FolderTest {
 protected:
  void SetUp() override {
    FolderTest::SetUp();
    put("cur/1.a:2,S", "one\n");
    put("cur/2.b:2,", "two\n");
    ASSERT_EQ(folders().create("Sent").value(), FolderOutcome::kDone);
  }
};

TEST_F(ArrivalTest, ACopyHasItsUidBeforeItIsThere) {
  const Folders account = folders();
  Folder inbox = opened(account);
  Folder sent = opened(account, "Sent");
  listed(inbox);
  const auto arrived = sent.arrive({*inbox.arrival(1), *inbox.arrival(2)}, ArriveBy::kLink);
  ASSERT_TRUE(arrived.ok());
  EXPECT_EQ(arrived->count, 2U);
  const Uids there = listed(sent, true);
  ASSERT_EQ(there.size(), 2U);
  EXPECT_EQ(sent.messages()[0].entry.uid, arrived->first);
  EXPECT_EQ(sent.messages()[0].flags().capital, kSeenBit);
  EXPECT_EQ(sent.head().validity, arrived->validity);
  EXPECT_EQ(listed(inbox).size(), 2U);
}

TEST_F(ArrivalTest, ACopyIsWholeOrNone) {
  const Folders account = folders();
  Folder inbox = opened(account);
  Folder sent = opened(account, "Sent");
  listed(inbox);
  const std::vector<Arrival> arrivals{*inbox.arrival(1), *inbox.arrival(2)};
  fs::remove(home() / "cur/2.b:2,");
  const auto arrived = sent.arrive(arrivals, ArriveBy::kLink);
  ASSERT_FALSE(arrived.ok());
  EXPECT_EQ(arrived.error().errno_value, ENOENT);
  EXPECT_EQ(listed(sent), Uids());
  EXPECT_GT(sent.head().next, 1U);  // burnt: nobody was told
}

TEST_F(ArrivalTest, AMoveIsARename) {
  const Folders account = folders();
  Folder inbox = opened(account);
  Folder sent = opened(account, "Sent");
  listed(inbox);
  const std::vector<Arrival> arrivals{*inbox.arrival(1), *inbox.arrival(2)};
  fs::remove(home() / "cur/2.b:2,");
  const auto arrived = sent.arrive(arrivals, ArriveBy::kMove);
  ASSERT_TRUE(arrived.ok());
  EXPECT_EQ(arrived->count, 1U);
  EXPECT_EQ(listed(inbox), Uids());
  EXPECT_EQ(listed(sent).size(), 1U);
}

TEST_F(FolderTest, KeywordsHaveTheirLetterForGood) {
  const Folders account = folders();
  Folder folder = opened(account);
  EXPECT_EQ(folder.define("$Forwarded").value(), 0U);
  EXPECT_EQ(folder.define("Junk").value(), 1U);
  EXPECT_EQ(folder.define("$forwarded").value(), 0U);
  for (unsigned i = 2; i < kKeywordsLimit; ++i) EXPECT_EQ(folder.define("k" + std::to_string(i)).value(), i);
  EXPECT_EQ(folder.define("toomany").value(), std::nullopt);
  EXPECT_EQ(folder.define("Junk").value(), 1U);
}

}  // namespace
}  // namespace postern::daemon
