// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/config/key_value.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace postern::daemon {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

struct Outcome {
  Pairs pairs;
  std::vector<std::string> errors;
};

Outcome read(std::string_view text) {
  Outcome outcome;
  KeyValueReader reader(text, "f");
  for (;;) {
    KeyValue line;
    auto more = reader.next(line);
    if (!more.ok()) {
      outcome.errors.push_back(more.error().text());
    } else if (!more.value()) {
      return outcome;
    } else {
      outcome.pairs.emplace_back(line.key, line.value);
    }
  }
}

TEST(KeyValue, TakesLinesAndPassesOverBlanksAndComments) {
  const Outcome got = read("a = 1\n\n  # note = x\n\tb-2=two words \r\nc =\n");
  EXPECT_EQ(got.pairs, (Pairs{{"a", "1"}, {"b-2", "two words"}, {"c", ""}}));
  EXPECT_TRUE(got.errors.empty());
}

TEST(KeyValue, TheLastLineNeedsNoNewline) {
  EXPECT_EQ(read("a = 1").pairs, (Pairs{{"a", "1"}}));
}

TEST(KeyValue, OnlyTheFirstEqualsSignParts) {
  EXPECT_EQ(read("password = $y$j9T$a=b").pairs, (Pairs{{"password", "$y$j9T$a=b"}}));
}

TEST(KeyValue, AHashAfterAValueIsPartOfIt) {
  EXPECT_EQ(read("a = 1 # x").pairs, (Pairs{{"a", "1 # x"}}));
}

TEST(KeyValue, KeysMayRepeatInOrder) {
  EXPECT_EQ(read("a=1\na=2\n").pairs, (Pairs{{"a", "1"}, {"a", "2"}}));
}

TEST(KeyValue, ErrorsNameTheLineAndReadingGoesOn) {
  const Outcome got = read("a = 1\nwhat is this\nb = 2\n");
  ASSERT_EQ(got.errors.size(), 1U);
  EXPECT_EQ(got.errors[0], "f:2: has no '='; write: key = value");
  EXPECT_EQ(got.pairs, (Pairs{{"a", "1"}, {"b", "2"}}));
}

TEST(KeyValue, RefusesWhatIsNoKey) {
  for (const char* bad : {"= 1", "A = 1", "1a = 1", "-a = 1", "a b = 1", "a_b = 1", "\xc3\xa4 = 1"})
    EXPECT_EQ(read(bad).errors.size(), 1U) << bad;
}

TEST(KeyValue, RefusesNul) {
  const std::string text("a = 1\0x\nb = 2", 13);
  EXPECT_EQ(read(text).errors.size(), 1U);
  EXPECT_EQ(read(text).pairs, (Pairs{{"b", "2"}}));
}

// Every text of up to four octets of an alphabet that holds each kind of octet: the reader ends, and every
// pair it gives has a proper key and a value without line breaks or blanks around it.
TEST(KeyValue, IsTotalOnEverySmallText) {
  const std::string alphabet("a1-=#\n \0A", 9);
  std::size_t texts = 0;
  for (std::size_t length = 0; length <= 5; ++length) {
    std::vector<std::size_t> digits(length, 0);
    for (bool more = true; more;) {
      std::string text;
      for (const std::size_t digit : digits) text += alphabet[digit];
      for (const auto& [key, value] : read(text).pairs) {
        ASSERT_EQ(key.find_first_not_of("a1-"), std::string::npos);
        ASSERT_EQ(key.front(), 'a');
        ASSERT_EQ(value.find('\n'), std::string::npos);
        ASSERT_TRUE(value.empty() || (value.front() != ' ' && value.back() != ' '));
      }
      ++texts;
      more = false;
      for (std::size_t& digit : digits) {
        if (++digit < alphabet.size()) {
          more = true;
          break;
        }
        digit = 0;
      }
    }
  }
  EXPECT_EQ(texts, 66430U);
}

}  // namespace
}  // namespace postern::daemon
