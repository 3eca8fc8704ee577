// SPDX-License-Identifier: BSD-2-Clause
// Every short text of a small alphabet, not a sample of them.
#include "daemon/deliver/mbox_text.h"

#include <gtest/gtest.h>

#include <functional>
#include <vector>

namespace postern::daemon {
namespace {

// for_each_text calls `visit` with every text of up to `length` pieces of `alphabet`.
void for_each_text(const std::vector<std::string>& alphabet, unsigned length,
                   const std::function<void(const std::string&)>& visit) {
  const std::function<void(std::string, unsigned)> grow = [&](const std::string& text, unsigned left) {
    visit(text);
    if (left == 0) return;
    for (const std::string& piece : alphabet) grow(text + piece, left - 1);
  };
  grow("", length);
}

std::string quoted_in_pieces(std::string_view text, std::size_t piece) {
  FromQuoter quoter;
  std::string out;
  for (std::size_t at = 0; at < text.size(); at += piece) quoter.add(text.substr(at, piece), out);
  quoter.finish(out);
  return out;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines(1);
  for (const char c : text) {
    lines.back() += c;
    if (c == '\n') lines.emplace_back();
  }
  if (lines.back().empty()) lines.pop_back();
  return lines;
}

// The naive way round: a line that is '>'s and "From " gets or loses one.
bool is_quotable(const std::string& line) {
  const std::size_t first = line.find_first_not_of('>');
  return first != std::string::npos && line.compare(first, 5, "From ") == 0;
}
std::string naively_quoted(const std::string& text) {
  std::string out;
  for (const std::string& line : lines_of(text)) out += (is_quotable(line) ? ">" : "") + line;
  return out;
}
std::string unquoted(const std::string& text) {
  std::string out;
  for (const std::string& line : lines_of(text))
    out += is_quotable(line) && line.front() == '>' ? line.substr(1) : line;
  return out;
}

const std::vector<std::string> kOctets = {">", "F", "r", "o", "m", " ", "\n"};

// MD-6: what was sent can be had back.
TEST(FromQuoter, EveryShortTextComesBackAndNoLineBeginsWithFrom) {
  unsigned long texts = 0;
  const auto check = [&](const std::string& text) {
    ++texts;
    const std::string quoted = quoted_in_pieces(text, 1000);
    const std::string whole = text + (text.empty() || text.ends_with('\n') ? "" : "\n");
    ASSERT_EQ(quoted, naively_quoted(whole));
    ASSERT_EQ(unquoted(quoted), whole);
    for (const std::string& line : lines_of(quoted)) ASSERT_FALSE(line.starts_with("From ")) << text;
    ASSERT_EQ(quoted_in_pieces(text, 1), quoted);
  };
  for_each_text(kOctets, 6, check);
  for_each_text({">", "From ", "From", " ", "\n", "x", "\n>>From "}, 4, check);
  EXPECT_EQ(texts, 137257U + 2801U);
}

TEST(FromQuoter, TheWordOnTheBorderOfTwoPieces) {
  const std::string text = ">From a\nFrom b\n>>From c\nxFrom d\nFromage\n";
  for (std::size_t piece = 1; piece <= text.size(); ++piece)
    EXPECT_EQ(quoted_in_pieces(text, piece), ">>From a\n>From b\n>>>From c\nxFrom d\nFromage\n") << piece;
}

// A reader of maildrops of the simplest kind: a message begins at a line "From " after an empty line.
std::vector<std::string> messages_of(const std::string& maildrop) {
  std::vector<std::string> messages;
  bool after_empty = true;
  for (const std::string& line : lines_of(maildrop)) {
    if (after_empty && line.starts_with("From ")) {
      messages.emplace_back();
    } else if (!messages.empty()) {
      messages.back() += line;
    }
    after_empty = line == "\n";
  }
  return messages;
}

std::string mbox_of(const std::string& message) {
  return from_line("a@b", 0) + quoted_in_pieces(message, 1000) + "\n";
}

// MD-6: a torn tail left by anyone is closed off before the next message, never glued to it.
TEST(ClosingOf, NoTailTakesTheNextMessageAway) {
  const std::string next = "Subject: next\n\nbody\n";
  const auto check = [&](const std::string& torn) {
    const std::string tail = torn.substr(torn.size() - std::min<std::size_t>(2, torn.size()));
    const auto messages = messages_of(torn + std::string(closing_of(tail)) + mbox_of(next));
    ASSERT_FALSE(messages.empty());
    ASSERT_EQ(messages.back(), next + "\n") << "after \"" << torn << '"';
    ASSERT_EQ(messages.size(), messages_of(torn + std::string(closing_of(tail))).size() + 1);
  };
  for_each_text({"\n", "x", "From ", "From a\n", ">", " "}, 5, check);
}

TEST(ClosingOf, AWholeMaildropStaysAsItIs) {
  EXPECT_EQ(closing_of(""), "");
  EXPECT_EQ(closing_of("\n\n"), "");
  EXPECT_EQ(closing_of("x\n"), "\n");
  EXPECT_EQ(closing_of("xx"), "\n\n");
  EXPECT_EQ(closing_of("\nx"), "\n\n");
  EXPECT_EQ(closing_of("x"), "\n\n");
}

TEST(FromLine, IsOneLineWhateverTheSenderIs) {
  EXPECT_EQ(from_line("ann@example.org", 951782400), "From ann@example.org Tue Feb 29 00:00:00 2000\n");
  EXPECT_EQ(from_line("", 0), "From MAILER-DAEMON Thu Jan  1 00:00:00 1970\n");
  for (int octet = 0; octet < 256; ++octet) {
    const std::string line = from_line(std::string("a") + static_cast<char>(octet) + "b", 0);
    EXPECT_EQ(line.find('\n'), line.size() - 1);
    EXPECT_EQ(lines_of(return_path(std::string(1, static_cast<char>(octet)))).size(), 1U);
  }
  EXPECT_EQ(return_path("\"a b\"@c"), "Return-Path: <\"a b\"@c>\n");
}

}  // namespace
}  // namespace postern::daemon
