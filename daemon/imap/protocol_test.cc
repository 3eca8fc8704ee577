// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/imap/protocol.h"

#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <string>

namespace postern::daemon {
namespace {

using enum ImapRequestKind;

// honest: a request such as the rule's kind has.
ImapQuestion honest(const ImapRule& rule) {
  ImapQuestion question;
  ImapRequestHead& head = question.head;
  head.kind = static_cast<uint32_t>(rule.kind);
  if ((rule.fields & (kHasIndex | kHasNumber | kHasRange)) != 0) head.first = 3;
  if ((rule.fields & kHasRange) != 0) head.count = 2;
  if ((rule.fields & kHasFlags) != 0) head.flags = kImapSeen;
  if ((rule.fields & kHasKeywords) != 0) head.keywords = 5;
  if ((rule.fields & kHasSize) != 0) head.octets = 100, head.date = -1;
  if (rule.modes != 0) head.mode = 1;
  if ((rule.fields & kHasText) != 0) question.text = "Sent";
  if ((rule.fields & (kHasMore | kMayHaveMore)) != 0) question.more = "more";
  return question;
}

std::string packet_of(const ImapQuestion& question) {
  static ImapRequest request;
  const auto octets = fill_imap_request(request, question);
  return octets ? std::string(octets->data(), octets->size()) : std::string();
}

bool is_request(const std::string& packet) {
  return decode_imap_request(packet).has_value();
}

TEST(ImapProtocol, RequestsComeBack) {
  for (const ImapRule& rule : kImapTable) {
    const std::string packet = packet_of(honest(rule));
    const auto question = decode_imap_request(packet);
    ASSERT_TRUE(question) << rule.name;
    EXPECT_EQ(question->kind(), rule.kind);
    EXPECT_EQ(question->text, honest(rule).text);
    EXPECT_EQ(question->more, honest(rule).more);
    EXPECT_FALSE(is_request(packet + "x")) << rule.name;
    for (std::size_t i = 0; i < packet.size(); ++i)
      EXPECT_FALSE(is_request(packet.substr(0, i))) << rule.name;
  }
}

// Each word of the head is held: with all bits set, no kind that lacks the field takes it.
TEST(ImapProtocol, WhatAKindHasNotIsZero) {
  const auto spoilt = [](const ImapRule& rule, std::size_t at, std::size_t size) {
    std::string packet = packet_of(honest(rule));
    std::fill_n(packet.begin() + static_cast<std::ptrdiff_t>(at), size, '\x7f');
    return is_request(packet);
  };
  for (const ImapRule& rule : kImapTable) {
    const bool sized = (rule.fields & kHasSize) != 0;
    EXPECT_EQ(spoilt(rule, offsetof(ImapRequestHead, first), 4),
              (rule.fields & (kHasIndex | kHasNumber | kHasRange)) != 0);
    EXPECT_FALSE(spoilt(rule, offsetof(ImapRequestHead, count), 4) &&
                 (rule.fields & (kHasRange | kHasRows)) != kHasRange);
    EXPECT_FALSE(spoilt(rule, offsetof(ImapRequestHead, flags), 4)) << rule.name;
    EXPECT_FALSE(spoilt(rule, offsetof(ImapRequestHead, keywords), 4)) << rule.name;
    EXPECT_FALSE(spoilt(rule, offsetof(ImapRequestHead, mode), 4)) << rule.name;
    EXPECT_EQ(spoilt(rule, offsetof(ImapRequestHead, octets), 8), sized) << rule.name;
    EXPECT_EQ(spoilt(rule, offsetof(ImapRequestHead, date), 8), sized) << rule.name;
  }
}

TEST(ImapProtocol, RangesAreWithinBounds) {
  const auto range = [](ImapRequestKind kind, uint32_t first, uint32_t count) {
    ImapQuestion question;
    question.head.kind = static_cast<uint32_t>(kind);
    question.head.first = first;
    question.head.count = count;
    return is_request(packet_of(question));
  };
  EXPECT_TRUE(range(kRows, 1, kImapRowsLimit));
  EXPECT_FALSE(range(kRows, 1, kImapRowsLimit + 1));
  EXPECT_FALSE(range(kRows, 0, 1));
  EXPECT_FALSE(range(kRows, 1, 0));
  EXPECT_TRUE(range(kExpunge, 1, UINT32_MAX));
  EXPECT_FALSE(range(kExpunge, 2, UINT32_MAX));
  EXPECT_TRUE(range(kFolder, 0, 0));
  EXPECT_FALSE(range(kOpen, 0, 0));
}

TEST(ImapProtocol, TextsHaveNoNulButAMessage) {
  ImapQuestion question = honest(kImapTable[1]);
  question.head.kind = static_cast<uint32_t>(kSelect);
  question.head.first = 0;
  question.text = std::string_view("a\0b", 3);
  EXPECT_FALSE(is_request(packet_of(question)));
  question.head.kind = static_cast<uint32_t>(kAppendData);
  EXPECT_TRUE(is_request(packet_of(question)));
  const std::string much(kImapTextLimit + 1, 'x');
  question.text = std::string_view(much).substr(1);
  EXPECT_TRUE(is_request(packet_of(question)));
  question.text = much;
  EXPECT_EQ(packet_of(question), "");
}

std::string reply_packet(ImapRequestKind kind, uint32_t count, std::string_view text = {}) {
  static ImapReply reply;
  reply.head = {};
  reply.head.kind = static_cast<uint32_t>(kind);
  reply.head.status = static_cast<uint32_t>(ImapStatus::kOk);
  reply.head.count = count;
  for (uint32_t i = 0; i < count; ++i) reply.rows[i] = {i + 1, i + 10, kImapSeen, 1, 100, 7};
  const auto octets = fill_imap_reply(reply, text);
  return {octets.data(), octets.size()};
}

std::optional<ImapReplyView> decoded(const std::string& packet) {
  static ImapReply room[2];
  std::memcpy(room, packet.data(), packet.size());
  return decode_imap_reply({reinterpret_cast<const char*>(room), packet.size()});
}

TEST(ImapProtocol, RepliesComeBack) {
  const std::string rows = reply_packet(kRows, 3);
  auto reply = decoded(rows);
  ASSERT_TRUE(reply);
  ASSERT_EQ(reply->rows.size(), 3U);
  EXPECT_EQ(reply->rows[2].uid, 12U);
  EXPECT_FALSE(decoded(rows + "x"));
  EXPECT_FALSE(decoded(rows.substr(0, rows.size() - 1)));
  reply = decoded(reply_packet(kFolder, 0, "Sent"));
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->text, "Sent");
  EXPECT_FALSE(decoded(reply_packet(kFolder, 0, "Se\nnt")));
  EXPECT_FALSE(decoded(reply_packet(kFolder, 0, "")));
  EXPECT_FALSE(decoded(reply_packet(kSelect, 0, "Sent")));
  EXPECT_TRUE(decoded(reply_packet(kExpunge, 0)));
}

TEST(ImapProtocol, ARefusalHasNothingElse) {
  std::string packet = reply_packet(kSelect, 0);
  packet[offsetof(ImapReplyHead, status)] = static_cast<char>(ImapStatus::kNoFolder);
  EXPECT_TRUE(decoded(packet));
  packet[offsetof(ImapReplyHead, uid_next)] = 1;
  EXPECT_FALSE(decoded(packet));
}

// admits: whether a gate that `before` has gone through, all of it granted, admits `kind`.
bool admits(std::initializer_list<ImapRequestKind> before, ImapRequestKind kind) {
  ImapGate gate;
  for (const ImapRequestKind asked : before) {
    EXPECT_TRUE(gate.admit(asked)) << static_cast<int>(asked);
    gate.answered(asked, true);
  }
  return gate.admit(kind);
}

TEST(ImapGate, NothingButLoginAndQuitBeforeLogin) {
  for (const ImapRule& rule : kImapTable) {
    const bool login = rule.kind == kLogin || rule.kind == kExternal;
    const bool before = rule.kind == kExpect || rule.kind == kShown;
    EXPECT_EQ(admits({}, rule.kind), login || before || rule.kind == kQuit) << rule.name;
    if (!login && !before) continue;
    EXPECT_FALSE(admits({kLogin}, rule.kind)) << rule.name;
    EXPECT_FALSE(admits({kExternal}, rule.kind)) << rule.name;
    EXPECT_EQ(admits({rule.kind}, rule.kind), false) << rule.name;
  }
}

TEST(ImapGate, WhatIsOpenForReadingIsNotChanged) {
  for (const ImapRequestKind kind : {kStore, kExpunge, kDefine}) {
    EXPECT_TRUE(admits({kLogin, kSelect}, kind));
    EXPECT_FALSE(admits({kLogin, kExamine}, kind));
    EXPECT_FALSE(admits({kLogin}, kind));
    EXPECT_FALSE(admits({kLogin, kSelect, kUnselect}, kind));
  }
}

TEST(ImapGate, ATransferIsFinishedBeforeAnythingElse) {
  for (const ImapRule& rule : kImapTable) {
    const bool ends = rule.kind == kCancel || rule.kind == kQuit;
    EXPECT_EQ(admits({kLogin, kSelect, kCopyBegin}, rule.kind),
              ends || rule.kind == kCopyTake || rule.kind == kCopyCommit);
    EXPECT_EQ(admits({kLogin, kAppendBegin, kAppendData}, rule.kind),
              ends || rule.kind == kAppendData || rule.kind == kAppendCommit);
  }
  EXPECT_TRUE(admits({kLogin, kSelect, kCopyBegin, kCopyTake, kCopyCommit}, kRows));
  EXPECT_TRUE(admits({kLogin, kAppendBegin, kCancel}, kCreate));
}

TEST(ImapGate, ThreeLogins) {
  ImapGate gate;
  for (uint32_t i = 0; i < kImapLogins; ++i) {
    EXPECT_TRUE(gate.admit(kLogin));
    gate.answered(kLogin, false);
  }
  EXPECT_FALSE(gate.admit(kLogin));
  EXPECT_EQ(gate.phase(), ImapPhase::kEnded);
}

// RFC 3501, section 6.3.1: after a SELECT that failed no mailbox is selected.
TEST(ImapGate, ARefusedSelectLeavesNoFolder) {
  ImapGate gate;
  for (const ImapRequestKind kind : {kLogin, kSelect}) {
    EXPECT_TRUE(gate.admit(kind));
    gate.answered(kind, true);
  }
  EXPECT_TRUE(gate.admit(kSelect));
  gate.answered(kSelect, false);
  EXPECT_EQ(gate.phase(), ImapPhase::kIn);
  EXPECT_FALSE(gate.admit(kRows));
}

}  // namespace
}  // namespace postern::daemon
