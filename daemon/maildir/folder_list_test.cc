// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/maildir/folder_list.h"

#include <gtest/gtest.h>

namespace postern::daemon {
namespace {

TEST(FolderList, ParentsAndSubscriptions) {
  const auto listed = list_folders({"Sent", "a.b.c", "INBOX.x"}, {"INBOX", "gone.deep", "Sent"});
  const std::vector<ListedFolder> expected{
      {"INBOX", true, true, true, SpecialUse::kNone},   {"INBOX.x", true, false, false, SpecialUse::kNone},
      {"Sent", true, true, false, SpecialUse::kSent},   {"a", false, false, true, SpecialUse::kNone},
      {"a.b", false, false, true, SpecialUse::kNone},   {"a.b.c", true, false, false, SpecialUse::kNone},
      {"gone", false, false, false, SpecialUse::kNone}, {"gone.deep", false, true, false, SpecialUse::kNone}};
  EXPECT_EQ(listed, expected);
}

TEST(FolderList, SubscriptionsComeBack) {
  const std::vector<std::string> names{"INBOX", "a.b"};
  EXPECT_EQ(parse_subscriptions(print_subscriptions(names)), names);
  EXPECT_EQ(parse_subscriptions("inbox\n../x\na.b\n\na.b"), names);
}

TEST(FolderList, Below) {
  EXPECT_TRUE(is_below("a.b", "a"));
  EXPECT_FALSE(is_below("ab", "a"));
  EXPECT_FALSE(is_below("a", "a"));
}

}  // namespace
}  // namespace postern::daemon
