// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/imap/view.h"

#include <gtest/gtest.h>

namespace postern::daemon {
namespace {

FolderMessage message(std::uint32_t uid, std::string info = ":2,") {
  return {{uid, 10, 0, "b" + std::to_string(uid)}, std::move(info), false, false};
}

std::vector<std::pair<std::uint32_t, std::uint32_t>> numbers(const std::vector<ImapRow>& rows) {
  std::vector<std::pair<std::uint32_t, std::uint32_t>> found;
  for (const ImapRow& row : rows) found.emplace_back(row.number, row.uid);
  return found;
}

// RFC 3501, section 7.4.1: each EXPUNGE counts as if those before it had been made.
TEST(FolderView, ExpungesAreNumberedOneAfterTheOther) {
  FolderView view;
  std::vector<ImapRow> changes;
  view.update(std::vector{message(1), message(2), message(3), message(5)}, 0, true, changes);
  EXPECT_TRUE(changes.empty());
  view.update(std::vector{message(2), message(7)}, 0, true, changes);
  EXPECT_EQ(numbers(changes), (std::vector<std::pair<std::uint32_t, std::uint32_t>>{{1, 1}, {2, 3}, {2, 5}}));
  EXPECT_EQ(view.count(), 2U);
  EXPECT_EQ(view.uid(2), 7U);
}

TEST(FolderView, WithoutExpungesNumbersStay) {
  FolderView view;
  std::vector<ImapRow> changes;
  view.update(std::vector{message(1), message(2)}, 0, true, changes);
  view.update(std::vector{message(2, ":2,S"), message(3)}, 0, false, changes);
  EXPECT_EQ(view.count(), 3U);
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_EQ(changes[0].number, 2U);
  EXPECT_EQ(changes[0].flags, kImapSeen);
  changes.clear();
  view.update(std::vector{message(2, ":2,S"), message(3)}, 0, true, changes);
  EXPECT_EQ(numbers(changes), (std::vector<std::pair<std::uint32_t, std::uint32_t>>{{1, 1}}));
}

TEST(FolderView, AChangeIsToldOnce) {
  FolderView view;
  std::vector<ImapRow> changes;
  const std::vector<FolderMessage> seen{message(1, ":2,Sb")};
  view.update(std::vector{message(1)}, 3, true, changes);
  EXPECT_EQ(view.tell(1, &seen[0], 3).keywords, 2U);
  view.update(seen, 3, true, changes);
  EXPECT_TRUE(changes.empty());
  view.add_recent(std::vector<std::uint32_t>{1});
  EXPECT_EQ(view.recent(), 1U);
  EXPECT_EQ(view.tell(1, &seen[0], 1).flags, kImapSeen | kImapRecent);
  EXPECT_EQ(view.tell(1, nullptr, 1).flags, kImapSeen | kImapRecent | kImapExpunged);
}

// Every mode over every set of the five flags: exhaustive, and what is no flag of IMAP's stays.
TEST(Stored, SystemFlags) {
  for (std::uint32_t before = 0; before <= kImapStorable; ++before) {
    for (std::uint32_t given = 0; given <= kImapStorable; ++given) {
      const MessageFlags flags{capital_of(before) | capital_bit('P'), 6};
      const auto after = [&](ImapStoreMode mode) { return stored(flags, mode, given, 5); };
      EXPECT_EQ(imap_flags_of(after(ImapStoreMode::kReplace).capital), given);
      EXPECT_EQ(imap_flags_of(after(ImapStoreMode::kAdd).capital), before | given);
      EXPECT_EQ(imap_flags_of(after(ImapStoreMode::kRemove).capital), before & ~given);
      for (const auto mode : {ImapStoreMode::kReplace, ImapStoreMode::kAdd, ImapStoreMode::kRemove})
        EXPECT_NE(after(mode).capital & capital_bit('P'), 0U);
      EXPECT_EQ(after(ImapStoreMode::kAdd).keywords, 7U);
      EXPECT_EQ(after(ImapStoreMode::kRemove).keywords, 2U);
    }
  }
}

}  // namespace
}  // namespace postern::daemon
