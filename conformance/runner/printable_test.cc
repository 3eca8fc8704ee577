// SPDX-License-Identifier: BSD-2-Clause
#include "conformance/runner/printable.h"

#include <gtest/gtest.h>

namespace postern::conformance {
namespace {

// The plain meaning of a glob.
bool naive_match(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return text.empty();
  if (pattern[0] == '*') {
    return naive_match(pattern.substr(1), text) || (!text.empty() && naive_match(pattern, text.substr(1)));
  }
  return !text.empty() && (pattern[0] == '?' || pattern[0] == text[0]) &&
         naive_match(pattern.substr(1), text.substr(1));
}

std::vector<std::string> all_texts(const std::string& alphabet, size_t longest) {
  std::vector<std::string> texts{""};
  for (size_t first = 0; first < texts.size(); ++first) {
    if (texts[first].size() == longest) continue;
    for (const char c : alphabet) texts.push_back(texts[first] + c);
  }
  return texts;
}

TEST(Printable, GlobMatchOnEverySmallInput) {
  for (const std::string& pattern : all_texts("ab*?", 5)) {
    for (const std::string& text : all_texts("ab", 5)) {
      ASSERT_EQ(glob_match(pattern, text), naive_match(pattern, text)) << pattern << " on " << text;
    }
  }
}

TEST(Printable, Escapes) {
  EXPECT_EQ(escaped("a\r\n\t\\\x01\xff"), "a\\r\\n\\t\\\\\\x01\\xff");
  EXPECT_EQ(in_quotes("x"), "\"x\"");
}

TEST(Printable, ShellWords) {
  EXPECT_EQ(shell_word("ad-1-empty"), "ad-1-empty");
  EXPECT_EQ(shell_word("a b"), "'a b'");
  EXPECT_EQ(shell_word("it's"), "'it'\\''s'");
  EXPECT_EQ(shell_word(""), "''");
}

}  // namespace
}  // namespace postern::conformance
