// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/postoffice/queue_text.h"

#include <gtest/gtest.h>

namespace postern::daemon {
namespace {

constexpr char kId[] = "0123456789abcdef-00c0ffee";

Envelope sample() {
  return {kId, 1'732'440'000, 12, "bob@example.org", {"alice", "carol@example.org"}};
}

std::string printed(const Envelope& envelope) {
  auto text = print_envelope(envelope);
  return text ? text.value() : "refused: " + text.error().text();
}

TEST(QueueText, AnEnvelopeIsReadableText) {
  EXPECT_EQ(printed(sample()), std::string("postern-queue 1\nsize 00000000000000000012\nid ") + kId +
                                   "\narrived 1732440000\nsender bob@example.org\nrecipient alice\n"
                                   "recipient carol@example.org\n\n");
}

TEST(QueueText, WhatIsPrintedIsReadBack) {
  for (const char* sender : {"", "bob@example.org", "\"a b\"@example.org"}) {
    Envelope envelope = sample();
    envelope.sender = sender;
    const std::string text = printed(envelope);
    const auto parsed = parse_envelope(text + "message", "q");
    ASSERT_TRUE(parsed.ok()) << parsed.error().text();
    EXPECT_EQ(parsed.value().envelope, envelope);
    EXPECT_EQ(parsed.value().length, text.size());
  }
}

TEST(QueueText, TheSizeDoesNotMoveTheMessage) {
  Envelope envelope = sample();
  envelope.size = UINT64_MAX;
  EXPECT_EQ(printed(envelope).size(), printed(sample()).size());
}

// Every change of one octet is refused or means something else: nothing is read loosely.
TEST(QueueText, EveryOctetOfAnEnvelopeCounts) {
  const std::string text = printed(sample());
  for (std::size_t i = 0; i < text.size(); ++i) {
    for (unsigned octet = 0; octet < 256; ++octet) {
      std::string other = text;
      other[i] = static_cast<char>(octet);
      const auto parsed = parse_envelope(other, "q");
      if (!parsed.ok()) continue;
      EXPECT_EQ(printed(parsed.value().envelope), other.substr(0, parsed.value().length))
          << i << ' ' << octet;
    }
  }
}

TEST(QueueText, AnEnvelopeCutShortIsNone) {
  const std::string text = printed(sample());
  for (std::size_t i = 0; i < text.size(); ++i)
    EXPECT_FALSE(parse_envelope(text.substr(0, i), "q").ok()) << i;
}

TEST(QueueText, WhatIsNoEnvelopeIsNotPrinted) {
  const auto refused = [](auto change) {
    Envelope envelope = sample();
    change(envelope);
    return !print_envelope(envelope).ok();
  };
  EXPECT_TRUE(refused([](Envelope& e) { e.id = "../../etc/passwd"; }));
  EXPECT_TRUE(refused([](Envelope& e) { e.sender = "a\nrecipient root"; }));
  EXPECT_TRUE(refused([](Envelope& e) { e.sender = std::string(255, 'a'); }));
  EXPECT_TRUE(refused([](Envelope& e) { e.recipients = {}; }));
  EXPECT_TRUE(refused([](Envelope& e) { e.recipients = {"alice", "alice"}; }));
  EXPECT_TRUE(refused([](Envelope& e) { e.recipients = {"../alice"}; }));
  EXPECT_TRUE(refused([](Envelope& e) {
    for (int i = 0; i < 100; ++i) e.recipients.push_back("r" + std::to_string(i));
  }));
}

RecipientState sample_state() {
  return {RecipientStatus::kWaiting, 3, 1'732'440'600, AppendRecord{1, 2, 3, 4}, "4.2.0 maildrop is locked"};
}

TEST(QueueText, StatesAreReadBackAndTheLastOneCounts) {
  const RecipientState done{RecipientStatus::kDone, 4, 0, std::nullopt, ""};
  const std::string text = print_state(1, sample_state()).value() + print_state(0, sample_state()).value() +
                           print_state(1, done).value();
  const ParsedStates parsed = parse_states(text, 3);
  EXPECT_EQ(parsed.length, text.size());
  EXPECT_EQ(parsed.states[0], sample_state());
  EXPECT_EQ(parsed.states[1], done);
  EXPECT_EQ(parsed.states[2], RecipientState{});
}

// G4: a record that a crash has torn, at whichever octet, never was; what stands before it stands.
TEST(QueueText, ATornRecordNeverWas) {
  const std::string first = print_state(0, sample_state()).value();
  RecipientState next = sample_state();
  next.status = RecipientStatus::kDone;
  const std::string second = print_state(0, next).value();
  for (std::size_t i = 0; i < second.size(); ++i) {
    for (const std::string& rest :
         {std::string(), std::string(second.size() - i, '\0'), std::string(" \n")}) {
      const ParsedStates parsed = parse_states(first + second.substr(0, i) + rest, 1);
      EXPECT_EQ(parsed.states[0], sample_state()) << i;
      EXPECT_EQ(parsed.length, first.size()) << i;
    }
  }
}

TEST(QueueText, ARecordWithAWrongOctetIsNone) {
  const std::string text = print_state(0, sample_state()).value();
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string other = text;
    other[i] = static_cast<char>(other[i] ^ 1);
    EXPECT_EQ(parse_states(other, 1).length, 0U) << i;
  }
}

TEST(QueueText, ARecipientThatThereIsNotHasNoState) {
  EXPECT_EQ(parse_states(print_state(1, sample_state()).value(), 1).length, 0U);
  EXPECT_FALSE(print_state(100, sample_state()).ok());
  RecipientState two_lines = sample_state();
  two_lines.reason = "a\nstate 0 done";
  EXPECT_FALSE(print_state(0, two_lines).ok());
}

}  // namespace
}  // namespace postern::daemon
