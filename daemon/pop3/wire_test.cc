// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/pop3/wire.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace postern::daemon {
namespace {

struct StringSink {
  std::string text;
  void put(char octet) { text.push_back(octet); }
};

std::string retr(std::string_view file) {
  StringSink sink;
  WireEncoder<StringSink> encoder(sink);
  encoder.add(file);
  encoder.finish();
  return sink.text;
}

std::string top(std::string_view file, uint32_t lines) {
  StringSink sink;
  WireEncoder<StringSink> encoder(sink, lines);
  encoder.add(file);
  encoder.finish();
  return sink.text;
}

uint64_t wire_size(std::string_view file) {
  WireSize size;
  size.add(file);
  return size.total();
}

// client_view: what a client of RFC 1939, section 3, makes of an answer's body; "?" if it is not one.
std::string client_view(std::string_view answer) {
  std::string message;
  while (true) {
    const size_t end = answer.find("\r\n");
    if (end == std::string_view::npos) return "?";
    std::string_view line = answer.substr(0, end);
    answer.remove_prefix(end + 2);
    if (line == ".") return answer.empty() ? message : "?";
    if (!line.empty() && line.front() == '.') line.remove_prefix(1);
    message.append(line).append("\r\n");
  }
}

// crlf: the naive conversion that both classes are held to.
std::string crlf(std::string_view file) {
  std::string out;
  for (size_t i = 0; i < file.size(); ++i) {
    if (file[i] == '\n' && (i == 0 || file[i - 1] != '\r')) out.push_back('\r');
    out.push_back(file[i]);
  }
  if (!out.empty() && out.back() != '\n') out.append("\r\n");
  return out;
}

TEST(Wire, StuffsDotsAndEndsLines) {
  EXPECT_EQ(retr(""), ".\r\n");
  EXPECT_EQ(retr("a\n.\nb"), "a\r\n..\r\nb\r\n.\r\n");
  EXPECT_EQ(retr("..x\r\n"), "...x\r\n.\r\n");
}

TEST(Wire, TopGivesHeaderEmptyLineAndThatManyLines) {
  const std::string_view mail = "A: 1\nB: 2\n\none\n.two\nthree\n";
  EXPECT_EQ(top(mail, 0), "A: 1\r\nB: 2\r\n\r\n.\r\n");
  EXPECT_EQ(top(mail, 2), "A: 1\r\nB: 2\r\n\r\none\r\n..two\r\n.\r\n");
  EXPECT_EQ(top(mail, 99), retr(mail));
  EXPECT_EQ(top("A: 1\r\n\r\none\r\ntwo\r\n", 1), "A: 1\r\n\r\none\r\n.\r\n");
  EXPECT_EQ(top("no body", 0), "no body\r\n.\r\n");
}

// Every file of up to 7 octets over the octets that matter: the client gets the file, line ends as CRLF, and
// exactly as many octets as LIST promised.
TEST(Wire, EverySmallFileArrivesWholeAndIsAsLongAsPromised) {
  const std::string_view alphabet = "a.\r\n";
  std::vector<std::string> files{""};
  for (size_t begin = 0, round = 0; round < 7; ++round) {
    const size_t end = files.size();
    for (; begin < end; ++begin) {
      for (const char octet : alphabet) files.push_back(files[begin] + octet);
    }
  }
  ASSERT_EQ(files.size(), 21845U);
  for (const std::string& file : files) {
    const std::string message = client_view(retr(file));
    ASSERT_EQ(message, crlf(file)) << testing::PrintToString(file);
    ASSERT_EQ(message.size(), wire_size(file)) << testing::PrintToString(file);
  }
}

// How the file is cut into reads changes nothing.
TEST(Wire, CutsDoNotShow) {
  const std::string_view file = "H: x\r\n\n.a\r\n\r.b\n..";
  for (size_t cut = 0; cut <= file.size(); ++cut) {
    StringSink sink;
    WireEncoder<StringSink> encoder(sink);
    encoder.add(file.substr(0, cut));
    encoder.add(file.substr(cut));
    encoder.finish();
    WireSize size;
    size.add(file.substr(0, cut));
    size.add(file.substr(cut));
    EXPECT_EQ(sink.text, retr(file));
    EXPECT_EQ(size.total(), wire_size(file));
  }
}

}  // namespace
}  // namespace postern::daemon
