// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/cli/line_stream.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>
#include <array>
#include <string>
#include <vector>

namespace postern::daemon {
namespace {

using Got = LineReader::Got;

// Pipe: both ends, closed at the end of the test.
class Pipe {
 public:
  Pipe() { EXPECT_EQ(::pipe2(ends_.data(), O_CLOEXEC), 0); }
  ~Pipe() {
    close_writer();
    ::close(ends_[0]);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  int reader() const { return ends_[0]; }
  int writer() const { return ends_[1]; }
  void send(const std::string& octets) const {
    ASSERT_EQ(::write(ends_[1], octets.data(), octets.size()), static_cast<ssize_t>(octets.size()));
  }
  void close_writer() {
    if (ends_[1] >= 0) ::close(ends_[1]);
    ends_[1] = -1;
  }
  std::string received() const {
    std::array<char, 4096> octets;
    const ssize_t got = ::read(ends_[0], octets.data(), octets.size());
    return got < 0 ? "read failed" : std::string(octets.data(), static_cast<std::size_t>(got));
  }

 private:
  std::array<int, 2> ends_{-1, -1};
};

// What a reader with the limit of 8 octets makes of `input`: lines, "!" for one too long.
std::vector<std::string> lines_of(const std::string& input) {
  Pipe in;
  in.send(input);
  in.close_writer();
  LineWriter nowhere(-1);
  LineReader reader(in.reader(), 8);
  std::vector<std::string> lines;
  for (Got got = reader.next(nowhere); got != Got::kEnd; got = reader.next(nowhere)) {
    EXPECT_NE(got, Got::kError);
    lines.push_back(got == Got::kTooLong ? "!" : std::string(reader.line()));
  }
  return lines;
}

using Lines = std::vector<std::string>;

TEST(LineReader, CutsLines) {
  EXPECT_EQ(lines_of(""), Lines());
  EXPECT_EQ(lines_of("a\nb\n"), (Lines{"a", "b"}));
  EXPECT_EQ(lines_of("\n\na"), (Lines{"", "", "a"}));
}

TEST(LineReader, SkipsWhatIsTooLongAndReportsItOnce) {
  EXPECT_EQ(lines_of("12345678\n123456789\nb\n"), (Lines{"12345678", "!", "b"}));
  EXPECT_EQ(lines_of("123456789"), (Lines{"!"}));
  EXPECT_EQ(lines_of(std::string(60000, 'x') + "\nb"), (Lines{"!", "b"}));
}

TEST(LineReader, SkipsALineLongerThanOneRead) {
  Pipe in;
  LineWriter nowhere(-1);
  LineReader reader(in.reader(), 8);
  in.send(std::string(10, 'x'));
  EXPECT_EQ(reader.next(nowhere), Got::kTooLong);
  in.send(std::string(10, 'y'));
  in.send("z\nok\n");
  EXPECT_EQ(reader.next(nowhere), Got::kLine);
  EXPECT_EQ(reader.line(), "ok");
  in.send("0123456789");
  in.close_writer();
  EXPECT_EQ(reader.next(nowhere), Got::kTooLong);
  EXPECT_EQ(reader.next(nowhere), Got::kEnd);
}

// A client that waits for its answer before it sends on must get it.
TEST(LineReader, FlushesBeforeItMayWait) {
  Pipe in;
  Pipe out;
  LineWriter writer(out.writer());
  LineReader reader(in.reader(), 8);
  in.send("a\nb\n");
  ASSERT_EQ(reader.next(writer), Got::kLine);
  writer.append("first\n");
  ASSERT_EQ(reader.next(writer), Got::kLine);
  EXPECT_EQ(writer.pending(), "first\n") << "no wait, no flush";
  in.close_writer();
  EXPECT_EQ(reader.next(writer), Got::kEnd);
  EXPECT_EQ(out.received(), "first\n");
}

TEST(LineReader, ReportsAReadError) {
  LineWriter nowhere(-1);
  LineReader reader(-1, 8);
  EXPECT_EQ(reader.next(nowhere), Got::kError);
}

TEST(LineWriter, RemembersAFailedWrite) {
  const int full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
  ASSERT_GE(full, 0);
  LineWriter writer(full);
  EXPECT_TRUE(writer.flush()) << "nothing to write";
  writer.append("x");
  EXPECT_FALSE(writer.flush());
  EXPECT_TRUE(writer.failed());
  EXPECT_FALSE(writer.flush());
  ::close(full);
}

}  // namespace
}  // namespace postern::daemon
