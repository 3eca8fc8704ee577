// SPDX-License-Identifier: BSD-2-Clause
// What an SMTP session may ask its keeper, when, how often, and what it is told. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace postern::daemon {

enum class SmtpRequestKind : uint32_t {
  kHelo = 1,   // what the client calls itself, by HELO
  kEhlo,       // the same, by EHLO
  kSender,     // mailbox of the reverse path; empty: the null path
  kRecipient,  // mailbox of a forward path -> is there such an account
  kBegin,      // -> a message is begun: its file, its Received line
  kChunk,      // octets of the message, copied as they are
  kCommit,     // octets of the message, none or its last -> it is acknowledged: the reply has its queue id
  kReset,      // forgets sender, recipients and message
  kQuit,       // ends the keeper; the last answer
  kEhloEncrypted,  // as kEhlo, after STARTTLS: for the Received line, and no right comes of it
};

// is_greeting: the client says what it calls itself.
constexpr bool is_greeting(SmtpRequestKind kind) {
  return kind == SmtpRequestKind::kHelo || kind == SmtpRequestKind::kEhlo ||
         kind == SmtpRequestKind::kEhloEncrypted;
}

inline constexpr size_t kSmtpChunkLimit = 32'768;

// SmtpRequest is one packet to the keeper: kind, length, and as many octets. Only those are sent.
struct SmtpRequest {
  uint32_t kind = 0;
  uint32_t length = 0;
  char octets[kSmtpChunkLimit] = {};
};
inline constexpr size_t kSmtpRequestHead = 2 * sizeof(uint32_t);

enum class SmtpStatus : uint32_t {
  kOk = 1,
  kUnknown,    // kRecipient: no such account
  kElsewhere,  // kRecipient: not ours to deliver, and nothing is relayed
  kTooMany,    // kRecipient: the message has its hundred
  kFull,       // no room on the disk
  kTooLarge,   // over message-size-limit
  kTemporary,  // something of ours failed; the log has it
};

inline constexpr size_t kQueueIdLength = 25;

// SmtpReply is one packet to the session.
struct SmtpReply {
  uint32_t kind = 0;    // of the request
  uint32_t status = 0;  // SmtpStatus
  char id[28] = {};     // kCommit's kOk: the queue id, zero behind it
};

// SmtpQuestion is a request as it was received; `text` borrows from the packet.
struct SmtpQuestion {
  SmtpRequestKind kind = SmtpRequestKind::kQuit;
  std::string_view text;
};

// decode_smtp_request reads one packet. Total; an answer only for a request that is whole in every octet: a
// known kind, exactly as long as it says, text exactly where the kind has text, and such as the kind's is (a
// name, a mailbox: smtp/command.h). A chunk is 1 to 32768 octets of any kind, a commit's text 0 to as many.
[[nodiscard]] std::optional<SmtpQuestion> decode_smtp_request(std::span<const char> packet);

// fill_smtp_request makes a request and returns the octets to send. Requires text.size() <= kSmtpChunkLimit.
[[nodiscard]] std::span<const char> fill_smtp_request(SmtpRequest& request, SmtpRequestKind kind,
                                                      std::string_view text);

// decode_smtp_reply reads one packet on the session's side, as strictly.
[[nodiscard]] std::optional<SmtpReply> decode_smtp_reply(std::span<const char> packet);

// SmtpPhase: how far a transaction has come.
enum class SmtpPhase : uint8_t { kNew, kIdle, kSender, kRecipients, kMessage, kEnded };

// phases makes a set of phases.
constexpr uint8_t phases(auto... phase) {
  return static_cast<uint8_t>(((1U << static_cast<unsigned>(phase)) | ...));
}

inline constexpr uint32_t kSmtpUnlimited = UINT32_MAX;
inline constexpr uint32_t kSmtpMessagesLimit = 1000;   // in one connection
inline constexpr uint32_t kSmtpRecipientsAsked = 200;  // in one transaction

// SmtpRule is one line of the table: in which phases a request may come, how often in a connection and in a
// transaction, and which phase follows when it was granted and when not (nullopt: it stays).
struct SmtpRule {
  SmtpRequestKind kind;
  std::string_view name;
  uint8_t when;
  uint32_t in_connection;
  uint32_t in_transaction;
  std::optional<SmtpPhase> granted;
  std::optional<SmtpPhase> refused;
};

inline constexpr uint8_t kBetweenMessages =
    phases(SmtpPhase::kIdle, SmtpPhase::kSender, SmtpPhase::kRecipients);

// kSmtpTable is all that a keeper answers to. What is not here, not now, or once too often, ends it.
inline constexpr std::array<SmtpRule, 10> kSmtpTable{{
    {SmtpRequestKind::kHelo, "helo", kBetweenMessages | phases(SmtpPhase::kNew), kSmtpUnlimited,
     kSmtpUnlimited, SmtpPhase::kIdle, std::nullopt},
    {SmtpRequestKind::kEhlo, "ehlo", kBetweenMessages | phases(SmtpPhase::kNew), kSmtpUnlimited,
     kSmtpUnlimited, SmtpPhase::kIdle, std::nullopt},
    {SmtpRequestKind::kSender, "sender", phases(SmtpPhase::kIdle), kSmtpMessagesLimit, 1, SmtpPhase::kSender,
     SmtpPhase::kIdle},
    {SmtpRequestKind::kRecipient, "recipient", phases(SmtpPhase::kSender, SmtpPhase::kRecipients),
     kSmtpUnlimited, kSmtpRecipientsAsked, SmtpPhase::kRecipients, std::nullopt},
    {SmtpRequestKind::kBegin, "begin", phases(SmtpPhase::kRecipients), kSmtpMessagesLimit, 1,
     SmtpPhase::kMessage, SmtpPhase::kIdle},
    {SmtpRequestKind::kChunk, "chunk", phases(SmtpPhase::kMessage), kSmtpUnlimited, kSmtpUnlimited,
     SmtpPhase::kMessage, SmtpPhase::kIdle},  // all of them within message-size-limit
    {SmtpRequestKind::kCommit, "commit", phases(SmtpPhase::kMessage), kSmtpMessagesLimit, 1, SmtpPhase::kIdle,
     SmtpPhase::kIdle},
    {SmtpRequestKind::kReset, "reset", kBetweenMessages | phases(SmtpPhase::kMessage), kSmtpUnlimited,
     kSmtpUnlimited, SmtpPhase::kIdle, std::nullopt},
    {SmtpRequestKind::kQuit, "quit", kBetweenMessages | phases(SmtpPhase::kNew, SmtpPhase::kMessage), 1, 1,
     SmtpPhase::kEnded, SmtpPhase::kEnded},
    {SmtpRequestKind::kEhloEncrypted, "ehlo-encrypted", kBetweenMessages | phases(SmtpPhase::kNew),
     kSmtpUnlimited, kSmtpUnlimited, SmtpPhase::kIdle, std::nullopt},
}};

// SmtpGate holds a connection's requests against the table.
class SmtpGate {
 public:
  // admit counts the request; false: it is out of turn, and the gate has closed for good.
  [[nodiscard]] bool admit(SmtpRequestKind kind);

  // answered moves on after an admitted request was granted or refused.
  void answered(SmtpRequestKind kind, bool granted);

  [[nodiscard]] SmtpPhase phase() const { return phase_; }

 private:
  SmtpPhase phase_ = SmtpPhase::kNew;
  std::array<uint32_t, kSmtpTable.size()> in_connection_{};
  std::array<uint32_t, kSmtpTable.size()> in_transaction_{};
};

}  // namespace postern::daemon
