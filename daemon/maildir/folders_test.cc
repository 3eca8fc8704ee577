// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/maildir/folders.h"

#include "daemon/maildir/folder_fixture.h"

namespace postern::daemon {
namespace {

using enum FolderOutcome;
using Names = std::vector<std::string>;

Names names_of(const Folders& account) {
  Names names;
  const auto listed = account.list();
  EXPECT_TRUE(listed.ok());
  for (const ListedFolder& folder : listed.value())
    if (folder.exists) names.push_back(folder.name);
  return names;
}

TEST_F(FolderTest, CreateRenameRemove) {
  const Folders account = folders();
  EXPECT_EQ(account.create("a.b").value(), kDone);
  EXPECT_EQ(account.create("a.b").value(), kExists);
  EXPECT_EQ(account.create("inbox").value(), kExists);
  EXPECT_EQ(account.create("../x").value(), kBadName);
  EXPECT_EQ(account.create("a").value(), kDone);
  EXPECT_EQ(names_of(account), (Names{"INBOX", "a", "a.b"}));
  EXPECT_TRUE(fs::exists(home() / ".a.b/maildirfolder"));
  EXPECT_EQ(account.rename("a", "a.b.c").value(), kBadName);
  EXPECT_EQ(account.rename("a", "z").value(), kDone);
  EXPECT_EQ(names_of(account), (Names{"INBOX", "z", "z.b"}));
  EXPECT_EQ(account.rename("nothing", "y").value(), kNoFolder);
  EXPECT_EQ(account.rename("z.b", "z").value(), kExists);
  EXPECT_EQ(account.remove("z").value(), kDone);
  EXPECT_EQ(account.remove("z").value(), kBadName);  // RFC 3501, section 6.3.4: others are below it
  EXPECT_EQ(account.remove("z.b").value(), kDone);
  EXPECT_EQ(account.remove("z.b").value(), kNoFolder);
  EXPECT_EQ(account.remove("INBOX").value(), kBadName);
}

// RFC 3501, section 2.3.1.1: a folder made again does not look like the one before.
TEST_F(FolderTest, AFolderMadeAgainHasAGreaterUidvalidity) {
  const Folders account = folders();
  std::uint32_t last = 0;
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(account.create("a").value(), kDone);
    put(".a/cur/1.a:2,");
    Folder folder = opened(account, "a");
    listed(folder);
    EXPECT_GT(folder.head().validity, last);
    last = folder.head().validity;
    ASSERT_EQ(account.remove("a").value(), kDone);
    EXPECT_TRUE(folder.is_gone());
  }
}

TEST_F(FolderTest, ARenamedFolderKeepsItsUids) {
  const Folders account = folders();
  ASSERT_EQ(account.create("a").value(), kDone);
  put(".a/cur/1.x:2,");
  Folder folder = opened(account, "a");
  const auto before = listed(folder);
  ASSERT_EQ(account.rename("a", "b").value(), kDone);
  Folder again = opened(account, "b");
  EXPECT_EQ(listed(again), before);
  EXPECT_EQ(again.head().validity, folder.head().validity);
}

// RFC 3501, section 6.3.5
TEST_F(FolderTest, RenamingInboxMovesItsMessages) {
  put("new/1.a");
  put("cur/2.b:2,S");
  const Folders account = folders();
  EXPECT_EQ(account.rename("INBOX", "old").value(), kDone);
  Folder inbox = opened(account);
  EXPECT_EQ(listed(inbox).size(), 0U);
  Folder old = opened(account, "old");
  EXPECT_EQ(listed(old).size(), 2U);
}

TEST_F(FolderTest, WhatACrashLeftIsClearedAway) {
  fs::create_directories(home() / "postern-making/cur");
  put("postern-making/cur/1.a");
  fs::create_directories(home() / "postern-removing/new");
  const Folders account = folders();
  EXPECT_EQ(account.create("a").value(), kDone);
  EXPECT_EQ(account.remove("a").value(), kDone);
  EXPECT_FALSE(fs::exists(home() / "postern-making"));
  EXPECT_FALSE(fs::exists(home() / "postern-removing"));
}

TEST_F(FolderTest, Subscriptions) {
  const Folders account = folders();
  EXPECT_EQ(account.subscribe("not.there", true).value(), kDone);
  EXPECT_EQ(account.subscribe("inbox", true).value(), kDone);
  EXPECT_EQ(account.subscribe("INBOX", true).value(), kDone);
  EXPECT_EQ(content("subscriptions"), "not.there\nINBOX\n");
  EXPECT_EQ(account.subscribe("not.there", false).value(), kDone);
  EXPECT_EQ(account.subscribe("not.there", false).value(), kNoFolder);
  EXPECT_EQ(account.subscribe("/etc", true).value(), kBadName);
}

}  // namespace
}  // namespace postern::daemon
