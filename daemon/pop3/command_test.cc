// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/pop3/command.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace postern::daemon {
namespace {

using Fault = Pop3Fault;
using Verb = Pop3Verb;

struct Row {
  std::string_view line;
  Verb verb;
  Fault fault;
  std::string_view text = "";
  uint32_t message = 0;
  uint32_t lines = 0;
};

constexpr Row kRows[] = {
    {"USER alice", Verb::kUser, Fault::kNone, "alice"},
    {"user   alice", Verb::kUser, Fault::kNone, "alice"},
    {"USER alice ", Verb::kUser, Fault::kNone, "alice"},
    {"USER", Verb::kUser, Fault::kMissingArgument},
    {"USER ", Verb::kUser, Fault::kMissingArgument},
    {"USER a b", Verb::kUser, Fault::kUnexpectedArgument},
    {"USER \xC3\xA9", Verb::kUser, Fault::kNone, "\xC3\xA9"},
    {"PASS two words ", Verb::kPass, Fault::kNone, "two words "},
    {"PASS  x", Verb::kPass, Fault::kNone, " x"},
    {"PASS \xFF", Verb::kPass, Fault::kNone, "\xFF"},
    {"PASS", Verb::kPass, Fault::kMissingArgument},
    {"PASS ", Verb::kPass, Fault::kMissingArgument},
    {"PASS a\tb", Verb::kPass, Fault::kBadOctet},
    {"STAT", Verb::kStat, Fault::kNone},
    {"STAT ", Verb::kStat, Fault::kNone},
    {"STAT 1", Verb::kStat, Fault::kUnexpectedArgument},
    {"LIST", Verb::kList, Fault::kNone},
    {"LIST 7", Verb::kList, Fault::kNone, "", 7},
    {"LIST 0", Verb::kList, Fault::kBadNumber},
    {"LIST -1", Verb::kList, Fault::kBadNumber},
    {"LIST +1", Verb::kList, Fault::kBadNumber},
    {"LIST 1 2", Verb::kList, Fault::kUnexpectedArgument},
    {"RETR 4294967295", Verb::kRetr, Fault::kNone, "", 4294967295U},
    {"RETR 4294967296", Verb::kRetr, Fault::kBadNumber},
    {"RETR 99999999999999999999999999", Verb::kRetr, Fault::kBadNumber},
    {"RETR 0x1", Verb::kRetr, Fault::kBadNumber},
    {"RETR", Verb::kRetr, Fault::kMissingArgument},
    {"DELE 1", Verb::kDele, Fault::kNone, "", 1},
    {"NOOP", Verb::kNoop, Fault::kNone},
    {"RSET", Verb::kRset, Fault::kNone},
    {"qUiT", Verb::kQuit, Fault::kNone},
    {"TOP 1 0", Verb::kTop, Fault::kNone, "", 1, 0},
    {"TOP 2  10", Verb::kTop, Fault::kNone, "", 2, 10},
    {"TOP 1", Verb::kTop, Fault::kMissingArgument},
    {"TOP 1 -1", Verb::kTop, Fault::kBadNumber},
    {"TOP 1 1 1", Verb::kTop, Fault::kUnexpectedArgument},
    {"UIDL", Verb::kUidl, Fault::kNone},
    {"UIDL 3", Verb::kUidl, Fault::kNone, "", 3},
    {"CAPA", Verb::kCapa, Fault::kNone},
    {"", Verb::kUnknown, Fault::kUnknownCommand},
    {" STAT", Verb::kUnknown, Fault::kUnknownCommand},
    {"STATS", Verb::kUnknown, Fault::kUnknownCommand},
    {"STA", Verb::kUnknown, Fault::kUnknownCommand},
    {"APOP alice 0123", Verb::kUnknown, Fault::kUnknownCommand},
    {"STAT\r", Verb::kUnknown, Fault::kBadOctet},
    {"NO\xC3\xA9P", Verb::kUnknown, Fault::kBadOctet},
    {"STAT \xC3", Verb::kStat, Fault::kBadOctet},
};

// RFC 1939 and RFC 2449: which lines are commands, and what of them.
TEST(Pop3Command, Table) {
  for (const Row& row : kRows) {
    const Pop3Command command = parse_pop3_command(row.line);
    EXPECT_EQ(command.verb, row.verb) << row.line;
    EXPECT_EQ(command.fault, row.fault) << row.line;
    EXPECT_EQ(command.text, row.text) << row.line;
    EXPECT_EQ(command.message, row.message) << row.line;
    EXPECT_EQ(command.lines, row.lines) << row.line;
  }
}

// RFC 2449, section 4: 255 octets with CRLF is the longest line.
TEST(Pop3Command, LineLengthEdge) {
  const std::string longest = "PASS " + std::string(kPop3TextLimit, 'x');
  ASSERT_EQ(longest.size() + 2, kPop3LineLimit);
  EXPECT_EQ(parse_pop3_command(longest).fault, Fault::kNone);
  EXPECT_EQ(parse_pop3_command(longest + "x").fault, Fault::kLineTooLong);
}

TEST(Pop3Command, NulIsNeverPartOfAPassword) {
  EXPECT_EQ(parse_pop3_command(std::string_view("PASS a\0b", 8)).fault, Fault::kBadOctet);
}

bool is_whole(std::string_view line, const Pop3Command& command) {
  if (command.fault != Fault::kNone) return command.text.empty() && command.message == 0;
  if (command.verb == Verb::kUnknown) return false;
  const bool needs_text = command.verb == Verb::kUser || command.verb == Verb::kPass;
  const bool inside =
      command.text.empty() || (command.text.data() >= line.data() &&
                               command.text.data() + command.text.size() <= line.data() + line.size());
  return inside && needs_text == !command.text.empty();
}

// Every tail of up to 5 octets over the octets that matter, behind every keyword: the parser answers, and its
// answer is whole.
TEST(Pop3Command, EveryShortLine) {
  const std::string_view alphabet("a0 9.\r\0\xFF", 8);
  std::vector<std::string> tails{""};
  for (size_t begin = 0, round = 0; round < 5; ++round) {
    const size_t end = tails.size();
    for (; begin < end; ++begin) {
      for (const char octet : alphabet) tails.push_back(tails[begin] + octet);
    }
  }
  for (const std::string_view keyword : {"", "USER", "PASS", "STAT", "LIST", "TOP", "UIDL", "QUIT"}) {
    for (const std::string& tail : tails) {
      const std::string line = std::string(keyword) + tail;
      ASSERT_TRUE(is_whole(line, parse_pop3_command(line))) << testing::PrintToString(line);
    }
  }
}

}  // namespace
}  // namespace postern::daemon
