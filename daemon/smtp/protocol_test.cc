// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/smtp/protocol.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "daemon/smtp/addressed.h"
#include "daemon/smtp/trace.h"

namespace postern::daemon {
namespace {

constexpr std::array kKinds{SmtpRequestKind::kHelo,         SmtpRequestKind::kEhlo,  SmtpRequestKind::kSender,
                            SmtpRequestKind::kRecipient,    SmtpRequestKind::kBegin, SmtpRequestKind::kChunk,
                            SmtpRequestKind::kCommit,       SmtpRequestKind::kReset, SmtpRequestKind::kQuit,
                            SmtpRequestKind::kEhloEncrypted};

std::string text_for(SmtpRequestKind kind) {
  switch (kind) {
    case SmtpRequestKind::kHelo:
    case SmtpRequestKind::kEhlo:
    case SmtpRequestKind::kEhloEncrypted:
      return "client";
    case SmtpRequestKind::kSender:
    case SmtpRequestKind::kRecipient:
      return "a@b";
    case SmtpRequestKind::kChunk:
      return std::string("any\0\xFF octets", 13);
    default:
      return "";
  }
}

std::string packet(SmtpRequestKind kind, std::string_view text) {
  static SmtpRequest request;
  const auto octets = fill_smtp_request(request, kind, text);
  return {octets.data(), octets.size()};
}

bool is_request(const std::string& octets) {
  return decode_smtp_request({octets.data(), octets.size()}).has_value();
}

TEST(SmtpProtocol, RequestsComeBack) {
  for (const SmtpRequestKind kind : kKinds) {
    const std::string octets = packet(kind, text_for(kind));
    const auto question = decode_smtp_request({octets.data(), octets.size()});
    ASSERT_TRUE(question) << static_cast<int>(kind);
    EXPECT_EQ(question->kind, kind);
    EXPECT_EQ(question->text, text_for(kind));
  }
  EXPECT_TRUE(is_request(packet(SmtpRequestKind::kSender, "")));
  EXPECT_TRUE(is_request(packet(SmtpRequestKind::kChunk, std::string(kSmtpChunkLimit, 'x'))));
}

TEST(SmtpProtocol, WhatIsNotWholeIsNoRequest) {
  for (const SmtpRequestKind kind : kKinds) {
    const std::string octets = packet(kind, text_for(kind));
    EXPECT_FALSE(is_request(octets + "x"));
    for (std::size_t i = 0; i < octets.size(); ++i) EXPECT_FALSE(is_request(octets.substr(0, i)));
    const bool may_be_empty = text_for(kind).empty() || kind == SmtpRequestKind::kSender;
    EXPECT_EQ(is_request(packet(kind, "")), may_be_empty);
    const bool is_of_any = kind == SmtpRequestKind::kChunk || kind == SmtpRequestKind::kCommit;
    EXPECT_EQ(is_request(packet(kind, "a\r\nb")), is_of_any);
  }
  EXPECT_FALSE(is_request(packet(static_cast<SmtpRequestKind>(0), "")));
  EXPECT_FALSE(is_request(packet(static_cast<SmtpRequestKind>(10), "")));
}

TEST(SmtpProtocol, RepliesAreHeldAsStrictly) {
  SmtpReply reply{
      static_cast<uint32_t>(SmtpRequestKind::kCommit), static_cast<uint32_t>(SmtpStatus::kOk), {}};
  const auto is_reply = [&] {
    return decode_smtp_reply({reinterpret_cast<const char*>(&reply), sizeof reply}).has_value();
  };
  EXPECT_FALSE(is_reply());  // a commit has an id
  std::fill_n(reply.id, kQueueIdLength, 'a');
  EXPECT_TRUE(is_reply());
  reply.id[3] = '\n';
  EXPECT_FALSE(is_reply());
  reply = {static_cast<uint32_t>(SmtpRequestKind::kReset), static_cast<uint32_t>(SmtpStatus::kOk), {}};
  EXPECT_TRUE(is_reply());
  reply.status = 8;
  EXPECT_FALSE(is_reply());
}

// What the table means, told again from the end: whatever is asked, granted or refused, in every order of up
// to six requests, a message is committed only after a hello, a sender, a granted recipient and a begin, in
// this order and each after the last commit or reset.
struct Told {
  bool hello = false;
  bool sender = false;
  bool recipient = false;
  bool begun = false;
};

bool is_due(const Told& told, SmtpRequestKind kind) {
  switch (kind) {
    case SmtpRequestKind::kHelo:
    case SmtpRequestKind::kEhlo:
    case SmtpRequestKind::kEhloEncrypted:
      return !told.begun;
    case SmtpRequestKind::kSender:
      return told.hello && !told.sender;
    case SmtpRequestKind::kRecipient:
      return told.sender && !told.begun;
    case SmtpRequestKind::kBegin:
      return told.recipient && !told.begun;
    case SmtpRequestKind::kChunk:
    case SmtpRequestKind::kCommit:
      return told.begun;
    case SmtpRequestKind::kReset:
      return told.hello;
    case SmtpRequestKind::kQuit:
      return true;
  }
  return false;
}

void note(Told& told, SmtpRequestKind kind, bool granted) {
  const bool ends = kind == SmtpRequestKind::kCommit || kind == SmtpRequestKind::kReset || is_greeting(kind);
  const bool fails = !granted && kind != SmtpRequestKind::kRecipient && kind != SmtpRequestKind::kQuit;
  if (is_greeting(kind)) told.hello = told.hello || granted;
  if ((ends && granted) || (fails && !is_greeting(kind) && kind != SmtpRequestKind::kReset))
    told = Told{told.hello, false, false, false};
  if (!granted) return;
  if (kind == SmtpRequestKind::kSender) told.sender = true;
  if (kind == SmtpRequestKind::kRecipient) told.recipient = true;
  if (kind == SmtpRequestKind::kBegin) told.begun = true;
}

void walk(const SmtpGate& gate, const Told& told, int depth, std::size_t& commits) {
  for (const SmtpRequestKind kind : kKinds) {
    SmtpGate asked = gate;
    const bool admitted = asked.admit(kind);
    ASSERT_EQ(admitted, is_due(told, kind)) << static_cast<int>(kind) << " at depth " << depth;
    if (!admitted) {
      for (const SmtpRequestKind next : kKinds) ASSERT_FALSE(SmtpGate(asked).admit(next));
      continue;
    }
    if (kind == SmtpRequestKind::kCommit) ++commits;
    if (kind == SmtpRequestKind::kQuit || depth == 0) continue;
    for (const bool granted : {true, false}) {
      SmtpGate after = asked;
      after.answered(kind, granted);
      Told now = told;
      note(now, kind, granted);
      walk(after, now, depth - 1, commits);
    }
  }
}

TEST(SmtpGate, EveryShortConversationKeepsTheOrder) {
  std::size_t commits = 0;
  walk(SmtpGate(), Told(), 6, commits);
  EXPECT_GT(commits, 100U);
}

TEST(SmtpGate, HowOften) {
  SmtpGate gate;
  const auto ask = [&gate](SmtpRequestKind kind, bool granted = true) {
    const bool admitted = gate.admit(kind);
    gate.answered(kind, granted);
    return admitted;
  };
  EXPECT_TRUE(ask(SmtpRequestKind::kEhlo));
  for (uint32_t i = 0; i < kSmtpMessagesLimit; ++i) {
    EXPECT_TRUE(ask(SmtpRequestKind::kSender));
    EXPECT_TRUE(ask(SmtpRequestKind::kReset));
  }
  EXPECT_FALSE(ask(SmtpRequestKind::kSender));
  gate = SmtpGate();
  EXPECT_TRUE(ask(SmtpRequestKind::kEhlo) && ask(SmtpRequestKind::kSender));
  for (uint32_t i = 0; i < kSmtpRecipientsAsked; ++i) EXPECT_TRUE(ask(SmtpRequestKind::kRecipient, false));
  EXPECT_FALSE(ask(SmtpRequestKind::kRecipient));
}

TEST(SmtpTrace, TheReceivedLine) {
  Trace trace{"client.example", "192.0.2.7", "ESMTP", "mail.example.org", "ID", "2026-11-04T03:04:05.678Z"};
  EXPECT_EQ(received_line(trace),
            "Received: from client.example ([192.0.2.7])\n\tby mail.example.org (postern) with ESMTP id ID;\n"
            "\tWed, 4 Nov 2026 03:04:05 +0000\n");
  trace.address = "2001:db8::1";
  trace.utc = "2000-02-29T00:00:00.000Z";
  EXPECT_NE(received_line(trace).find("([IPv6:2001:db8::1])"), std::string::npos);
  EXPECT_NE(received_line(trace).find("Tue, 29 Feb 2000 00:00:00 +0000"), std::string::npos);
}

TEST(SmtpTrace, WhoIsMeant) {
  const std::vector<std::string> domains{"mail.example.org", "example.org"};
  using Names = std::vector<std::string>;
  EXPECT_EQ(accounts_for("Alice@Example.ORG", domains), (Names{"alice@example.org", "alice"}));
  EXPECT_EQ(accounts_for("alice@elsewhere.example", domains), (Names{"alice@elsewhere.example"}));
  EXPECT_EQ(accounts_for("Postmaster", domains), (Names{"postmaster"}));
  EXPECT_EQ(accounts_for("\"al\\ice\"@example.org", domains), (Names{"alice@example.org", "alice"}));
  EXPECT_EQ(accounts_for("\"../a\"@example.org", domains), Names{});
  EXPECT_FALSE(is_local("alice@sub.example.org", domains));
}

}  // namespace
}  // namespace postern::daemon
