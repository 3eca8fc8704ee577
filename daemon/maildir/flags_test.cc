// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/maildir/flags.h"

#include <gtest/gtest.h>

namespace postern::daemon {
namespace {

TEST(MessageFlags, AreLettersBehindTheBase) {
  EXPECT_EQ(flags_of("1.a.b"), MessageFlags());
  EXPECT_EQ(flags_of("1.a.b:2,FS"), (MessageFlags{kFlaggedBit | kSeenBit, 0}));
  EXPECT_EQ(flags_of("1.a.b:2,PSac"), (MessageFlags{capital_bit('P') | kSeenBit, 5}));
  EXPECT_EQ(flags_of("1.a.b:1,S"), MessageFlags());
  EXPECT_EQ(file_name_of("1.a", {kSeenBit | kDraftBit | capital_bit('P'), 4}), "1.a:2,DPSc");
  EXPECT_EQ(file_name_of("1.a", {}), "1.a:2,");
}

// Every set of flags comes back: exhaustive over the six letters and the first, second and last keyword.
TEST(MessageFlags, ComeBack) {
  constexpr char kLetters[] = {'D', 'F', 'P', 'R', 'S', 'T'};
  for (unsigned set = 0; set < 512; ++set) {
    MessageFlags flags;
    for (unsigned i = 0; i < 6; ++i)
      if ((set >> i & 1U) != 0) flags.capital |= capital_bit(kLetters[i]);
    flags.keywords = (set >> 6U & 3U) | (set >> 8U) << 25U;
    EXPECT_EQ(flags_of(file_name_of("b", flags)), flags);
  }
}

TEST(Keywords, ComeBackAndStayWhereTheyAre) {
  const std::vector<std::string> names{"$Forwarded", "", "Junk"};
  EXPECT_EQ(print_keywords(names), "0 $Forwarded\n2 Junk\n");
  EXPECT_EQ(parse_keywords(print_keywords(names)), names);
  EXPECT_EQ(parse_keywords("0 a\n0 b\n1 a\nx\n26 c\n2 \\Seen\n3 ok"),
            (std::vector<std::string>{"a", "", "", "ok"}));
}

}  // namespace
}  // namespace postern::daemon
