// SPDX-License-Identifier: BSD-2-Clause
#include "conformance/spec/sentences.h"

#include <gtest/gtest.h>

namespace postern::conformance {
namespace {

using Words = std::vector<std::string>;

TEST(Sentences, IdTagsTextAndHolders) {
  const auto sentences = parse_sentences(
      "# Head\nProse → rows\n"
      "- AD-G3 [S/D] The keyword. → rows; test Suite.Name; later (a, b)\n"
      "- AD-G4 [S] First,\n  second. → test x\n"
      "- PV-2 [S] This. [H] That `a[0]`.\n"
      "\nAfter. → rows\n- AD list item of prose\n- EN-8 no strength → later (x)");
  ASSERT_EQ(sentences.size(), 4u);
  EXPECT_EQ(sentences[0].id, "AD-G3");
  EXPECT_EQ(sentences[0].tags, (std::set<char>{'S', 'D'}));
  EXPECT_EQ(sentences[0].text, "The keyword.");
  EXPECT_EQ(sentences[0].holders, (Words{"rows", "test Suite.Name", "later (a, b)"}));
  EXPECT_EQ(sentences[1].text, "First, second.");
  EXPECT_EQ(sentences[1].holders, Words{"test x"});
  EXPECT_EQ(sentences[2].tags, (std::set<char>{'S', 'H'}));
  EXPECT_EQ(sentences[2].holders, Words{});
  EXPECT_EQ(sentences[3].id, "EN-8");
  EXPECT_TRUE(sentences[3].tags.empty());
}

}  // namespace
}  // namespace postern::conformance
