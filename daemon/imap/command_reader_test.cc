// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/imap/command_reader.h"

#include <gtest/gtest.h>

#include <string>

namespace postern::daemon {
namespace {

constexpr const char* kNames[] = {"more",    "continue", "command", "line", "append",
                                  "message", "long",     "large",   "lost"};

// told: what a reader tells of `octets`, given `at_once` at a time; message octets that follow each other
// are told once.
std::string told(std::string_view octets, size_t at_once, bool accept = true) {
  ImapCommandReader reader;
  std::string all;
  std::string message;
  while (!octets.empty()) {
    std::string_view given = octets.substr(0, at_once);
    octets.remove_prefix(given.size());
    while (!given.empty()) {
      const ImapInput input = reader.feed(given);
      if (input == ImapInput::kMore) continue;
      if (input == ImapInput::kMessage) {
        message += reader.message();
        continue;
      }
      if (!message.empty()) all += "message:" + message + ";";
      message.clear();
      all += std::string(kNames[static_cast<size_t>(input)]) + ":" + reader.text() + ";";
      if (input == ImapInput::kAppend && accept) reader.accept();
      if (input == ImapInput::kAppend && !accept) reader.refuse();
      if (input == ImapInput::kLost) return all;
    }
  }
  return all;
}

void expect_told(const std::string& octets, const std::string& expected) {
  for (const size_t at_once : {1U, 2U, 3U, 7U, 100'000U})
    EXPECT_TRUE(told(octets, at_once) == expected) << at_once << told(octets, at_once).substr(0, 200);
}

TEST(ImapCommandReader, LinesAndLiterals) {
  expect_told("a NOOP\r\nb NOOP\n", "command:a NOOP;command:b NOOP;");
  expect_told("a LOGIN {3}\r\nx\r\n {2+}\r\n}\n\r\n",
              "continue:a LOGIN {3}\r\n;command:a LOGIN {3}\r\nx\r\n {2+}\r\n}\n;");
  expect_told("a LOGIN {0}\r\n {0}\r\n\r\n",
              "continue:a LOGIN {0}\r\n;continue:a LOGIN {0}\r\n {0}\r\n;command:a LOGIN {0}\r\n {0}\r\n;");
}

TEST(ImapCommandReader, Append) {
  expect_told("a APPEND {1+}\r\nx {5}\r\nb NO\n\r\nc NOOP\r\n",
              "append:a APPEND {1+}\r\nx {5}\r\n;message:b NO\n;"
              "command:a APPEND {1+}\r\nx {5}\r\n;command:c NOOP;");
  expect_told("a APPEND x {1}\r\ny z\r\n",
              "append:a APPEND x {1}\r\n;message:y;command:a APPEND x {1}\r\n z;");
  expect_told("a APPEND x {1+}\r\ny {1+}\r\nz\r\n",
              "append:a APPEND x {1+}\r\n;message:y;lost:a APPEND x {1+}\r\n {1+};");
  EXPECT_EQ(told("a APPEND x {9}\r\nb NOOP\r\n", 99, false), "append:a APPEND x {9}\r\n;command:b NOOP;");
}

TEST(ImapCommandReader, WhatIsTooMuch) {
  const std::string line(kImapLineLimit - 2, 'x');
  expect_told(line + "\r\n", "command:" + line + ";");
  expect_told(line + "yz {6}\r\na NOOP\r\n", "long:" + line + "y;command:a NOOP;");
  expect_told(line.substr(2) + "{6+}\r\na NOOP\r\n", "lost:" + line.substr(2) + "{6+" + ";");
  // A literal's octets are not the lines', and many literals make no room for more lines.
  const std::string half(kImapLineLimit / 2, 'x');
  EXPECT_EQ(told("a ID " + half + "{2+}\r\nyy" + half + "\r\n", 99'999).substr(0, 5), "long:");
  EXPECT_EQ(told("a ID {9999+}\r\n" + std::string(9999, 'y') + half + "\r\n", 99'999).substr(0, 8),
            "command:");
  EXPECT_EQ(told("a LOGIN {65537}\r\nb NOOP\r\n", 99'999), "large:a LOGIN {65537}\r\n;command:b NOOP;");
  EXPECT_EQ(told("a LOGIN {65537+}\r\nb NOOP\r\n", 99'999), "lost:a LOGIN {65537+}\r\n;");
}

TEST(ImapCommandReader, LineThatWasAskedFor) {
  ImapCommandReader reader;
  reader.want_line();
  std::string_view octets = "DONE {5+}\r\na NOOP\r\n";
  EXPECT_EQ(reader.feed(octets), ImapInput::kLine);
  EXPECT_EQ(reader.text(), "DONE {5+}");
  EXPECT_EQ(reader.feed(octets), ImapInput::kCommand);
}

}  // namespace
}  // namespace postern::daemon
