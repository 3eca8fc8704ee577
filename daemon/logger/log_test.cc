// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/logger/log.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <string>

#include "daemon/logger/logger.h"
#include "daemon/sys/clock.h"
#include "daemon/sys/processes.h"
#include "daemon/sys/sockets.h"

namespace postern::daemon {
namespace {

std::string text(const LogLine& line) {
  return std::string(line.view());
}

TEST(LogLine, FieldsInOrder) {
  EXPECT_EQ(text(LogLine("pop3-keeper", "login").with("step", std::uint64_t{4}).with("verdict", "allow")),
            "role=pop3-keeper event=login step=4 verdict=allow");
}

TEST(LogLine, ValuesOutsideTheSafeSetAreQuoted) {
  EXPECT_EQ(text(LogLine("r", "e").with("a", "x y").with("b", "").with("c", "1.2.3.4:5")),
            "role=r event=e a=\"x y\" b=\"\" c=1.2.3.4:5");
}

TEST(LogLine, WhatAClientSaidIsEscaped) {
  EXPECT_EQ(text(LogLine("r", "e").said("user", "a\"b\\c\r\nrole=x\x7f\xff")),
            "role=r event=e user=\"a\\x22b\\x5cc\\x0d\\x0arole=x\\x7f\\xff\"");
}

// Every single octet: the line stays one line of printable ASCII and no octet ends the quotation.
TEST(LogLine, EveryOctetIsEscapedOrPlain) {
  for (int octet = 0; octet < 256; ++octet) {
    const char c = static_cast<char>(octet);
    const std::string line = text(LogLine("r", "e").said("u", std::string_view(&c, 1)));
    const std::string inside = line.substr(18, line.size() - 19);
    EXPECT_EQ(line.substr(0, 18), "role=r event=e u=\"");
    EXPECT_EQ(inside.find('"'), std::string::npos) << octet;
    for (const char out : line) EXPECT_TRUE(out >= 0x20 && out < 0x7f) << octet;
  }
}

TEST(LogLine, LongTextsAreCutAndSaySo) {
  EXPECT_TRUE(text(LogLine("r", "e").said("u", std::string(200, 'a'))).ends_with("aaa\"..."));
  LogLine line("r", "e");
  for (int i = 0; i < 100; ++i) line.with("key", "a value that is long enough");
  EXPECT_LE(line.view().size(), kMaxLogLine);
  EXPECT_TRUE(line.view().ends_with("..."));
}

TEST(Stamp, IsUtc) {
  std::array<char, kUtcStampLength> stamp{};
  write_utc_stamp(stamp, 951'782'399, 7);
  EXPECT_EQ(std::string(stamp.data(), stamp.size()), "2000-02-28T23:59:59.007Z");
  write_utc_stamp(stamp, 951'782'400, 999);
  EXPECT_EQ(std::string(stamp.data(), stamp.size()), "2000-02-29T00:00:00.999Z");
}

TEST(Logger, MakesOneLineOfWhateverItGets) {
  const std::string line = printed_line("a=1\nforged\x01", 42);
  EXPECT_EQ(line.substr(kUtcStampLength), " pid=42 a=1?forged?\n");
}

TEST(Logger, WritesWhatIsSentWithTheSendersPid) {
  auto lines = datagram_pair();
  ASSERT_TRUE(lines.ok());
  ASSERT_TRUE(name_senders(lines->second.get()).ok());
  std::array<int, 2> log{};
  ASSERT_EQ(pipe(log.data()), 0);
  const pid_t logger = fork();
  if (logger == 0) {
    if (!Signals::note_termination().ok()) _exit(1);
    _exit(run_logger(lines->second.get(), log[1]).ok() ? 0 : 2);
  }
  ASSERT_TRUE(log_line(lines->first.get(), LogLine("test", "hello")).ok());
  pollfd ready{log[0], POLLIN, 0};
  ASSERT_EQ(poll(&ready, 1, 5000), 1);
  std::array<char, 256> got{};
  const ssize_t length = read(log[0], got.data(), got.size());
  ASSERT_EQ(kill(logger, SIGSTOP), 0);  // what is sent before the end is written before it
  ASSERT_TRUE(log_line(lines->first.get(), LogLine("test", "last")).ok());
  ASSERT_EQ(kill(logger, SIGTERM), 0);
  ASSERT_EQ(kill(logger, SIGCONT), 0);
  int status = -1;
  ASSERT_EQ(waitpid(logger, &status, 0), logger);
  EXPECT_EQ(status, 0);
  std::array<char, 256> rest{};
  const ssize_t more = read(log[0], rest.data(), rest.size());
  EXPECT_NE(std::string(rest.data(), more > 0 ? static_cast<std::size_t>(more) : 0).find("event=last"),
            std::string::npos);
  ASSERT_GT(length, 0);
  const std::string line(got.data(), static_cast<std::size_t>(length));
  EXPECT_EQ(line.substr(kUtcStampLength), " pid=" + std::to_string(getpid()) + " role=test event=hello\n");
}

}  // namespace
}  // namespace postern::daemon
