// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/smtp/data.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace postern::daemon {
namespace {

struct Text {
  std::string octets;
  void put(char octet) { octets.push_back(octet); }
};

struct Decoded {
  bool done = false;
  size_t used = 0;
  bool good = false;
  std::string message;
  friend bool operator==(const Decoded&, const Decoded&) = default;
};

Decoded decode(std::string_view octets, size_t part = 1'000'000) {
  SmtpDataDecoder decoder;
  Text text;
  size_t used = 0;
  while (used < octets.size() && !decoder.done()) used += decoder.feed(octets.substr(used, part), text);
  const bool good = decoder.fault() == SmtpDataFault::kNone;
  return {decoder.done(), used, good, good ? text.octets : ""};
}

// The naive reading of RFC 5321, sections 2.3.8 and 4.5.2, on whole texts.
Decoded literally(const std::string& octets) {
  const std::string whole = "\r\n" + octets;
  const size_t end = whole.find("\r\n.\r\n");
  Decoded decoded{end != std::string::npos, octets.size(), true, ""};
  if (decoded.done) decoded.used = end + 3;
  const std::string body = whole.substr(2, decoded.done ? end : std::string::npos);
  std::string message;
  for (size_t i = 0; i < body.size(); ++i) {
    if (body.substr(i, 2) == "\r\n") {
      message += '\n';
      ++i;
    } else if (body[i] == '\0' || body[i] == '\n') {
      decoded.good = false;
    } else if (body[i] == '\r' && i + 1 < body.size()) {
      decoded.good = false;
    } else if (body[i] == '.' && (i == 0 || (i >= 2 && body.substr(i - 2, 2) == "\r\n"))) {
      continue;
    } else if (body[i] != '\r') {
      message += body[i];
    }
  }
  if (decoded.good) decoded.message = message;
  return decoded;
}

// Every text of up to 7 octets of the five that matter, fed whole and octet by octet.
TEST(SmtpData, AllShortTextsEndWhereTheLetterOfTheRfcSays) {
  constexpr std::array<char, 5> kOctets{'\r', '\n', '.', '\0', 'x'};
  size_t ends = 0;
  size_t texts = 1;
  for (size_t length = 0; length <= 7; ++length, texts *= kOctets.size()) {
    for (size_t number = 0; number < texts; ++number) {
      std::string text;
      for (size_t i = 0, rest = number; i < length; ++i, rest /= kOctets.size())
        text += kOctets[rest % kOctets.size()];
      const Decoded expected = literally(text);
      ASSERT_EQ(decode(text), expected) << testing::PrintToString(text);
      ASSERT_EQ(decode(text, 1), expected) << testing::PrintToString(text);
      ends += expected.done ? 1U : 0U;
    }
  }
  EXPECT_GT(ends, 700U);
}

// The forms by which messages were smuggled through servers that took them for an end: none ends the message,
// and each makes it refused.
TEST(SmtpData, NoFormOfSmugglingEndsAMessage) {
  using namespace std::string_literals;
  const std::array<std::string, 10> forms{"\n.\n",   "\n.\r",   "\r.\n",   "\r.\r",         "\n.\r\n",
                                          "\r.\r\n", "\r\n.\n", "\r\n.\r", "\r\r\n.\r\r\n", "\r\n\0.\r\n"s};
  for (const std::string& form : forms) {
    const std::string text = "Subject: a\r\n\r\nb" + form + "MAIL FROM:<admin@example.org>\r\n";
    EXPECT_FALSE(decode(text).done) << testing::PrintToString(form);
    const Decoded whole = decode(text + "\r\n.\r\n");
    EXPECT_TRUE(whole.done);
    EXPECT_FALSE(whole.good) << testing::PrintToString(form);
  }
}

TEST(SmtpData, DotsComeBack) {
  EXPECT_EQ(decode("..\r\n...a\r\nb.\r\n.\r\n").message, ".\n..a\nb.\n");
  EXPECT_EQ(decode(".\r\nNOOP\r\n").used, 3U);
}

TEST(SmtpData, ALineHasALimit) {
  const std::string line(kSmtpTextLineLimit - 2, 'x');
  EXPECT_TRUE(decode(line + "\r\n.\r\n").good);
  EXPECT_TRUE(decode("." + line + "\r\n.\r\n").good);
  EXPECT_FALSE(decode(line + "x\r\n.\r\n").good);
}

TEST(SmtpData, TheSizeIsThatOnTheWire) {
  SmtpDataDecoder decoder;
  Text text;
  (void)decoder.feed("..a\r\nb\r\n.\r\n", text);
  EXPECT_EQ(decoder.octets(), 7U);
}

}  // namespace
}  // namespace postern::daemon
