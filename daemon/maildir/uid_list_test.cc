// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/maildir/uid_list.h"

#include <gtest/gtest.h>

namespace postern::daemon {
namespace {

UidList sample() {
  UidList list;
  list.head = {1'700'000'000, 12, 3, 5, 6, 1, 2, 1};
  list.entries = {
      {3, 120, -5, "1.a.postern"}, {7, 0, 0, "odd % name\n"}, {11, UINT64_MAX, INT64_MAX, "\xff"}};
  return list;
}

TEST(UidList, ComesBack) {
  const auto list = parse_uid_list(print_uid_list(sample()));
  ASSERT_TRUE(list);
  EXPECT_EQ(list->head, sample().head);
  EXPECT_EQ(list->entries, sample().entries);
  EXPECT_EQ(parse_uid_list_head(print_uid_list(sample())), sample().head);
  EXPECT_TRUE(parse_uid_list(print_uid_list({{1, 1, 0, 0, 0, 0, 0, 0}, {}})));
}

// The first line fits what is read of it, whatever the numbers.
TEST(UidList, TheHeadIsShort) {
  UidList list;
  list.head = {UINT32_MAX, UINT32_MAX, 0, INT64_MIN, INT64_MIN, UINT32_MAX, UINT32_MAX, UINT32_MAX};
  const std::string text = print_uid_list(list);
  EXPECT_LE(text.find('\n'), kUidHeadLimit - 1);
  EXPECT_TRUE(parse_uid_list_head(text));
}

// Any octet changed, any octet missing at an end, anything added: damaged. Exhaustive over one list.
TEST(UidList, AnyDamageIsSeen) {
  const std::string text = print_uid_list(sample());
  for (std::size_t i = 0; i < text.size(); ++i) {
    EXPECT_FALSE(parse_uid_list(text.substr(0, i))) << i;
    EXPECT_FALSE(parse_uid_list(text.substr(i + 1))) << i;
    for (unsigned bit = 0; bit < 8; ++bit) {
      std::string damaged = text;
      damaged[i] = static_cast<char>(static_cast<unsigned char>(damaged[i]) ^ 1U << bit);
      EXPECT_FALSE(parse_uid_list(damaged)) << i;
    }
  }
  EXPECT_FALSE(parse_uid_list(text + "\n"));
  EXPECT_FALSE(parse_uid_list(text + text));
}

TEST(UidList, UidsRiseBelowNext) {
  UidList list = sample();
  list.head.next = 11;
  EXPECT_FALSE(parse_uid_list(print_uid_list(list)));
  list = sample();
  std::swap(list.entries[0].uid, list.entries[1].uid);
  EXPECT_FALSE(parse_uid_list(print_uid_list(list)));
}

// RFC 3501, section 2.3.1.1
TEST(UidValidity, IsGreaterThanAnyBefore) {
  EXPECT_EQ(next_uid_validity(0, 0, 1'700'000'000), 1'700'000'000U);
  EXPECT_EQ(next_uid_validity(1'700'000'000, 0, 1'700'000'000), 1'700'000'001U);
  EXPECT_EQ(next_uid_validity(5, 1'800'000'000, 1'700'000'000), 1'800'000'001U);
  EXPECT_EQ(next_uid_validity(0, 0, -5), 1U);
  EXPECT_EQ(next_uid_validity(UINT32_MAX, 0, 1), 0U);
  EXPECT_EQ(parse_uid_validity(print_uid_validity(77)), 77U);
  EXPECT_EQ(parse_uid_validity("77 1\n"), 0U);
  EXPECT_EQ(parse_uid_validity(""), 0U);
}

}  // namespace
}  // namespace postern::daemon
