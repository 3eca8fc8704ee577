// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/maildir/folder_name.h"

#include <gtest/gtest.h>

namespace postern::daemon {
namespace {

TEST(FolderName, AFolderIsOneHiddenComponent) {
  EXPECT_EQ(folder_directory("Sent"), ".Sent");
  EXPECT_EQ(folder_directory("Archive.2026.May"), ".Archive.2026.May");
  EXPECT_EQ(folder_directory("Entw&APw-rfe"), ".Entw&APw-rfe");
  EXPECT_EQ(folder_directory("a&-b c"), ".a&-b c");
  EXPECT_EQ(folder_directory(std::string(kFolderNameLimit, 'x')), "." + std::string(kFolderNameLimit, 'x'));
}

// RFC 3501, section 5.1: INBOX in any case is one folder.
TEST(FolderName, InboxIsTheMaildirItself) {
  for (const char* name : {"INBOX", "inbox", "InBoX"}) EXPECT_EQ(folder_directory(name), ".");
  EXPECT_EQ(folder_directory("INBOX.Sent"), ".INBOX.Sent");
  EXPECT_EQ(folder_of_directory(".inbox"), "");
}

TEST(FolderName, WhatIsNoNameIsRefused) {
  const std::string long_name(kFolderNameLimit + 1, 'x');
  for (const std::string& name :
       {std::string(),          std::string("."),    std::string(".."),    std::string(".a"),
        std::string("a."),      std::string("a..b"), std::string("a/b"),   std::string("../a"),
        std::string("a\0b", 3), std::string("a\nb"), std::string("a\x7f"), std::string("\xc3\xa4"),
        std::string("a*"),      std::string("a%"),   std::string("a\"b"),  std::string("a\\b"),
        std::string("a&b"),     std::string("&"),    std::string("a&/-"),  long_name}) {
    EXPECT_FALSE(folder_directory(name)) << name;
  }
}

TEST(FolderName, DirectoriesThatAreFoldersHaveNames) {
  EXPECT_EQ(folder_of_directory(".Sent"), "Sent");
  for (const char* component : {"", ".", "..", "cur", "...", ".a..b", ".a.", ".&x"})
    EXPECT_EQ(folder_of_directory(component), "") << component;
}

TEST(FolderName, Keywords) {
  EXPECT_TRUE(is_keyword("$Forwarded"));
  EXPECT_TRUE(is_keyword("NonJunk"));
  EXPECT_TRUE(is_keyword(std::string(kKeywordLimit, 'k')));
  for (const std::string& name :
       {std::string(), std::string("\\Seen"), std::string("a b"), std::string("a(b"), std::string("a]b"),
        std::string("a\0", 2), std::string(kKeywordLimit + 1, 'k')})
    EXPECT_FALSE(is_keyword(name)) << name;
}

}  // namespace
}  // namespace postern::daemon
