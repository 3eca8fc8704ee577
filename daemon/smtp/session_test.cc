// SPDX-License-Identifier: BSD-2-Clause
// The session against a keeper that has the real keeper's table and no files: what is answered, and that the
// keeper is never asked out of turn.
#include "daemon/smtp/session.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string>
#include <vector>

#include "daemon/session/encryption_fixture.h"
#include "daemon/sys/fd.h"

namespace postern::daemon {
namespace {

// TableKeeper knows alice, carol and r0 to r199. `committed` has the messages that were acknowledged.
class TableKeeper final : public SmtpKeeperPort {
 public:
  Result<SmtpAnswer> ask(SmtpRequestKind kind, std::string_view text) override {
    if (dead) return Error{};
    if (!gate.admit(kind)) {
      ++out_of_turn;
      return Error{};
    }
    const SmtpAnswer answer = answer_to(kind, text);
    gate.answered(kind, answer.status == SmtpStatus::kOk);
    if (gate.phase() == SmtpPhase::kIdle) {
      recipients = 0;
      message.clear();
    }
    return answer;
  }

  SmtpGate gate;
  std::vector<std::string> committed;
  std::string message;
  unsigned recipients = 0;
  unsigned out_of_turn = 0;
  bool dead = false;
  SmtpStatus begin = SmtpStatus::kOk;
  SmtpStatus chunk = SmtpStatus::kOk;
  SmtpStatus commit = SmtpStatus::kOk;

 private:
  SmtpAnswer answer_to(SmtpRequestKind kind, std::string_view text) {
    if (kind == SmtpRequestKind::kRecipient) return {recipient(text), {}};
    if (kind == SmtpRequestKind::kBegin) return {begin, {}};
    if (kind == SmtpRequestKind::kChunk) {
      message += text;
      return {chunk, {}};
    }
    if (kind != SmtpRequestKind::kCommit) return {SmtpStatus::kOk, {}};
    message += text;
    if (chunk != SmtpStatus::kOk) return {chunk, {}};
    if (commit == SmtpStatus::kOk) committed.push_back(message);
    return {commit, "0123456789abcdef-00c0ffee"};
  }
  SmtpStatus recipient(std::string_view mailbox) {
    const MailboxParts parts = split_mailbox(mailbox);
    if (parts.domain != "here") return SmtpStatus::kElsewhere;
    if (parts.local != "alice" && parts.local != "carol" && !parts.local.starts_with('r'))
      return SmtpStatus::kUnknown;
    return ++recipients > 100 ? SmtpStatus::kTooMany : SmtpStatus::kOk;
  }
};

// Talk is one session on a socket pair.
class Talk {
 public:
  explicit Talk(TableKeeper& keeper, uint64_t limit = 1000) : keeper_(keeper), limit_(limit) {
    int ends[2] = {-1, -1};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    server_.reset(ends[0]);
    client_.reset(ends[1]);
  }
  // whole gives the session all of `input` in one piece, and returns all it answers.
  std::string whole(std::string_view input) {
    EXPECT_EQ(::write(client_.get(), input.data(), input.size()), static_cast<ssize_t>(input.size()));
    EXPECT_EQ(::shutdown(client_.get(), SHUT_WR), 0);
    {
      ClientStream stream(server_.get(), kSmtpLines);
      NoEncryption none;
      SmtpSession(stream, keeper_, none.encryption, "here", limit_).run();
    }
    server_.reset();
    std::string answers;
    std::array<char, 65536> part;
    for (ssize_t got = 0; (got = ::read(client_.get(), part.data(), part.size())) > 0;)
      answers.append(part.data(), static_cast<std::size_t>(got));
    return answers;
  }

 private:
  TableKeeper& keeper_;
  uint64_t limit_;
  Fd server_;
  Fd client_;
};

// codes: the first digits of each answer's last line.
std::string codes(const std::string& answers) {
  std::string all;
  for (std::size_t i = 0; i < answers.size(); i = answers.find('\n', i) + 1)
    if (answers[i + 3] == ' ') all += answers.substr(i, 3) + " ";
  return all;
}

const std::string kBegin = "EHLO c\r\nMAIL FROM:<b@x>\r\nRCPT TO:<alice@here>\r\n";

// converse: a client that waits for the answer to DATA, as it must: a child plays the session.
std::string converse(TableKeeper& keeper, const std::vector<std::string>& pieces, uint64_t limit = 1000) {
  int ends[2] = {-1, -1};
  EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  std::array<int, 2> report{};
  EXPECT_EQ(::pipe(report.data()), 0);
  if (::fork() == 0) {
    (void)::close(ends[1]);
    ClientStream stream(ends[0], kSmtpLines);
    NoEncryption none;
    SmtpSession(stream, keeper, none.encryption, "here", limit).run();
    std::string told = std::to_string(keeper.out_of_turn) + "\n";
    for (const std::string& message : keeper.committed) told += message + "\f";
    ::_exit(::write(report[1], told.data(), told.size()) == static_cast<ssize_t>(told.size()) ? 0 : 1);
  }
  (void)::close(ends[0]);
  (void)::close(report[1]);
  const Fd client(ends[1]);
  const Fd told(report[0]);
  std::string heard;
  char octet = 0;
  for (const std::string& piece : pieces) {
    EXPECT_EQ(::send(client.get(), piece.data(), piece.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(piece.size()));
    while (heard.find("\r\n354 ") == std::string::npos && heard.find("\r\n45") == std::string::npos &&
           ::read(client.get(), &octet, 1) == 1)
      heard += octet;
    while (!heard.ends_with("\n") && ::read(client.get(), &octet, 1) == 1) heard += octet;
  }
  EXPECT_EQ(::shutdown(client.get(), SHUT_WR), 0);
  while (::read(client.get(), &octet, 1) == 1) heard += octet;
  std::string report_text;
  while (::read(told.get(), &octet, 1) == 1) report_text += octet;
  return codes(heard) + "| " + report_text;
}

TEST(SmtpSession, AMessageIsTaken) {
  TableKeeper keeper;
  EXPECT_EQ(converse(keeper, {kBegin + "DATA\r\n", "Subject: a\r\n\r\n..b\r\n.\r\nQUIT\r\n"}),
            "220 250 250 250 354 250 221 | 0\nSubject: a\n\n.b\n\f");
}

TEST(SmtpSession, SmuggledCommandsAreTextAndTheMessageIsRefused) {
  for (const char* form :
       {"\n.\n", "\n.\r", "\r.\n", "\r.\r", "\n.\r\n", "\r.\r\n", "\r\n.\n", "\r\n.\r", "\r\r\n.\r\r\n"}) {
    TableKeeper keeper;
    const std::string smuggled = std::string("a") + form + "MAIL FROM:<root@here>\r\n";
    EXPECT_EQ(converse(keeper, {kBegin + "DATA\r\n", smuggled + "\r\n.\r\nQUIT\r\n"}),
              "220 250 250 250 354 554 221 | 0\n");
  }
}

TEST(SmtpSession, WhatFailsIsSaidAndTheNextMessageIsTaken) {
  TableKeeper full;
  full.chunk = SmtpStatus::kFull;
  EXPECT_EQ(converse(full, {kBegin + "DATA\r\n", "a\r\n.\r\nNOOP\r\n"}), "220 250 250 250 354 452 250 | 0\n");
  std::string large;
  while (large.size() <= kSmtpChunkLimit) large.append(900, 'x').append("\r\n");
  TableKeeper full_in_the_middle;
  full_in_the_middle.chunk = SmtpStatus::kFull;
  EXPECT_EQ(converse(full_in_the_middle, {kBegin + "DATA\r\n", large + ".\r\nNOOP\r\n"}, 100'000),
            "220 250 250 250 354 452 250 | 0\n");
  TableKeeper no_room;
  no_room.begin = SmtpStatus::kFull;
  EXPECT_EQ(converse(no_room, {kBegin + "DATA\r\n"}), "220 250 250 250 452 | 0\n");
  TableKeeper not_synced;
  not_synced.commit = SmtpStatus::kTemporary;
  EXPECT_EQ(converse(not_synced, {kBegin + "DATA\r\n", "a\r\n.\r\nQUIT\r\n"}),
            "220 250 250 250 354 451 221 | 0\n");
  TableKeeper keeper;
  EXPECT_EQ(converse(keeper, {kBegin + "DATA\r\n", "a\nb\r\n.\r\n" + kBegin + "QUIT\r\n"}),
            "220 250 250 250 354 554 250 250 250 221 | 0\n");
}

TEST(SmtpSession, AMessageOverTheLimitIsRefused) {
  TableKeeper keeper;
  EXPECT_EQ(codes(Talk(keeper, 10).whole("EHLO c\r\nMAIL FROM:<b@x> SIZE=11\r\n")), "220 250 552 ");
  const std::string eight(8, 'x');
  EXPECT_EQ(converse(keeper, {kBegin + "DATA\r\n", eight + "\r\n.\r\nQUIT\r\n"}, 10),
            "220 250 250 250 354 250 221 | 0\n" + eight + "\n\f");
  TableKeeper another;
  EXPECT_EQ(converse(another, {kBegin + "DATA\r\n", eight + "x\r\n.\r\nQUIT\r\n"}, 10),
            "220 250 250 250 354 552 221 | 0\n");
}

TEST(SmtpSession, ALineEndedByLfAloneIsNoCommand) {
  TableKeeper keeper;
  EXPECT_EQ(codes(Talk(keeper).whole("EHLO c\nEHLO c\r\nMAIL FROM:<a@x>\nRCPT TO:<alice@here>\r\n")),
            "220 500 250 500 503 ");
}

TEST(SmtpSession, NobodyElsesMailIsTaken) {
  TableKeeper keeper;
  EXPECT_EQ(
      codes(Talk(keeper).whole("EHLO c\r\nMAIL FROM:<>\r\nRCPT TO:<a@elsewhere>\r\nRCPT TO:<nobody@here>\r\n"
                               "DATA\r\n")),
      "220 250 250 550 550 554 ");
}

TEST(SmtpSession, OctetsBehindDataEndTheConnection) {
  TableKeeper keeper;
  EXPECT_EQ(codes(Talk(keeper).whole(kBegin + "DATA\r\na\r\n.\r\n")), "220 250 250 250 421 ");
  EXPECT_TRUE(keeper.committed.empty());
}

TEST(SmtpSession, Limits) {
  TableKeeper keeper;
  std::string many = "EHLO c\r\nMAIL FROM:<>\r\n";
  for (int i = 0; i < 101; ++i) many += "RCPT TO:<r" + std::to_string(i) + "@here>\r\n";
  const std::string answers = codes(Talk(keeper).whole(many));
  EXPECT_EQ(answers.substr(answers.size() - 8), "250 452 ");
  TableKeeper another;
  std::string wrong;
  for (unsigned i = 0; i < 2 * kSmtpErrorLimit; ++i) wrong += "GET / HTTP/1.1\r\n";
  const std::string told = codes(Talk(another).whole(wrong));
  EXPECT_EQ(told.size(), 4 * (1 + kSmtpErrorLimit + 1));
  EXPECT_TRUE(told.ends_with("500 421 "));
}

TEST(SmtpSession, ADeadKeeperIsATemporaryFailure) {
  TableKeeper keeper;
  keeper.dead = true;
  EXPECT_EQ(codes(Talk(keeper).whole("EHLO c\r\nMAIL FROM:<>\r\n")), "220 421 ");
}

// Every conversation of up to four lines of these eleven: the keeper is never asked out of turn, each line
// has one answer, and 354 comes only after a hello, a sender and a known recipient.
TEST(SmtpSession, EveryShortConversation) {
  const std::array<std::string, 11> lines{
      "EHLO c", "HELO c", "MAIL FROM:<b@x>", "RCPT TO:<alice@here>", "RCPT TO:<x@here>", "DATA", "RSET",
      "NOOP",   "VRFY a", "DATA x",          "MAIL FROM:<"};
  std::size_t data = 0;
  for (std::size_t number = 0; number < 11 * 11 * 11 * 11; ++number) {
    std::vector<std::string> said;
    for (std::size_t i = 0, rest = number; i < 4; ++i, rest /= 11) said.push_back(lines[rest % 11]);
    TableKeeper keeper;
    int ends[2] = {-1, -1};
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    const Fd server(ends[0]);
    Fd client(ends[1]);
    ASSERT_EQ(::shutdown(client.get(), SHUT_WR), 0);  // a message begun ends at once
    std::string heard(4096, '\0');
    {
      ClientStream stream(server.get(), kSmtpLines);
      NoEncryption none;
      SmtpSession session(stream, keeper, none.encryption, "here", 1000);
      for (const std::string& line : said)
        if (!session.handle(line)) break;
      stream.flush();
    }
    const ssize_t got = ::recv(client.get(), heard.data(), heard.size(), MSG_DONTWAIT);
    heard.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    ASSERT_EQ(keeper.out_of_turn, 0U) << testing::PrintToString(said);
    ASSERT_TRUE(keeper.committed.empty());
    if (heard.find("354 ") == std::string::npos) continue;
    ++data;
    bool hello = false, sender = false, recipient = false;
    for (const std::string& line : said) {
      if (line == "EHLO c" || line == "HELO c") hello = true;
      if (line.ends_with("LO c") || line == "RSET") sender = recipient = false;
      sender = sender || (hello && line == "MAIL FROM:<b@x>");
      recipient = recipient || (sender && line == "RCPT TO:<alice@here>");
    }
    ASSERT_TRUE(recipient) << testing::PrintToString(said);
  }
  EXPECT_EQ(data, 2U);
}

}  // namespace
}  // namespace postern::daemon
