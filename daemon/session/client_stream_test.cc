// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/session/client_stream.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <thread>

#include "daemon/sys/clock.h"
#include "daemon/sys/sockets.h"

namespace postern::daemon {
namespace {

constexpr LineRule kRule{100, false};
constexpr std::uint64_t kSoon = 50'000'000;  // nanoseconds

class Stream : public testing::Test {
 protected:
  void SetUp() override {
    auto pair = stream_pair();
    ASSERT_TRUE(pair.ok());
    ends_ = std::move(pair).value();
  }
  LineEvent next(ClientStream& stream) {
    std::string_view line;
    return stream.read_line(line, monotonic_nsec() + kSoon);
  }
  void say(std::string_view text) {
    ASSERT_EQ(send(ends_.first.get(), text.data(), text.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(text.size()));
  }
  SocketPair ends_;
};

TEST_F(Stream, SilenceIsATimeOut) {
  ClientStream stream(ends_.second.get(), kRule);
  EXPECT_EQ(next(stream), LineEvent::kTimedOut);
  say("NOOP\r\n");
  EXPECT_EQ(next(stream), LineEvent::kLine);
}

// Who sends an octet now and then has no longer for it.
TEST_F(Stream, ALineThatDripsIsATimeOut) {
  ClientStream stream(ends_.second.get(), kRule);
  std::thread client([this] {
    while (send(ends_.first.get(), "x", 1, MSG_NOSIGNAL) == 1) usleep(1000);
  });
  LineEvent event = LineEvent::kTooLong;
  std::string_view line;
  const std::uint64_t deadline = monotonic_nsec() + kSoon;
  while (event == LineEvent::kTooLong) event = stream.read_line(line, deadline);
  EXPECT_EQ(event, LineEvent::kTimedOut);
  ASSERT_EQ(shutdown(ends_.second.get(), SHUT_RDWR), 0);
  client.join();
}

// Who takes nothing of an answer is given up, and what is put from then on costs no wait.
TEST_F(Stream, AClientThatTakesNothingIsGivenUp) {
  ClientStream stream(ends_.second.get(), kRule, kSoon);
  const std::string answer(1'000'000, 'x');  // more than any socket holds
  alarm(60);
  for (int i = 0; i < 100 && !stream.broken(); ++i) stream.put(answer);
  EXPECT_TRUE(stream.broken());
  EXPECT_EQ(next(stream), LineEvent::kClosed);
  alarm(0);
}

// Who takes some of it has as long again, however slow.
TEST_F(Stream, AClientThatTakesLittleIsWaitedFor) {
  ClientStream stream(ends_.second.get(), kRule, 60'000'000'000U);
  const std::string answer(1'000'000, 'x');
  std::size_t taken = 0;
  std::thread client([&] {
    char some[5000];
    for (ssize_t length = 0; (length = read(ends_.first.get(), some, sizeof some)) > 0;)
      taken += static_cast<std::size_t>(length);
  });
  stream.put(answer);
  stream.flush();
  EXPECT_FALSE(stream.broken());
  ends_.second.reset();
  client.join();
  EXPECT_EQ(taken, answer.size());
}

// A line that never ends takes no more memory, and is told as one too long when it ends.
TEST_F(Stream, ALineWithoutEndIsReadAndForgotten) {
  ClientStream stream(ends_.second.get(), kRule);
  std::thread client([this] {
    for (int i = 0; i < 1000; ++i) say(std::string(1000, 'x'));
    say("\r\nNOOP\r\n");
  });
  std::string_view line;
  const std::uint64_t deadline = monotonic_nsec() + 60'000'000'000U;
  EXPECT_EQ(stream.read_line(line, deadline), LineEvent::kTooLong);
  EXPECT_EQ(stream.read_line(line, deadline), LineEvent::kLine);
  EXPECT_EQ(line, "NOOP");
  client.join();
}

}  // namespace
}  // namespace postern::daemon
