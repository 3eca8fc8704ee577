// SPDX-License-Identifier: BSD-2-Clause
//
// Law: a hostile SMTP session gets through exactly what is permitted: admitted(trace) = permitted(trace),
// where permitted is written down a second time as a transaction's life; decode(fill(k, t)) = (k, t), and a
// packet that is taken is whole: one octet less, or more, is none. Input: octets of a trace (low four bits a
// kind, the top bit granted), NUL, then the text of one request.
#include <cstring>
#include <string>

#include "daemon/smtp/command.h"
#include "daemon/smtp/protocol.h"
#include "fuzz/law.h"

namespace {

using namespace postern::daemon;
using enum SmtpRequestKind;

// Permitted: a greeting before all else; a sender, recipients, then one message that is begun, filled and
// committed; a reset at any time after the greeting; one quit.
struct Permitted {
  bool greeted = false, over = false, sender = false, message = false;
  unsigned senders = 0, asked = 0, recipients = 0;

  bool admits(SmtpRequestKind kind) {
    const bool now = !over && is_now(kind);
    if (kind == kRecipient) ++asked;
    senders += kind == kSender;
    over = !now;
    return now;
  }

  [[nodiscard]] bool is_now(SmtpRequestKind kind) const {
    if (kind == kQuit) return true;
    if (kind == kHelo || kind == kEhlo || kind == kEhloEncrypted) return !message;
    if (kind == kReset) return greeted;
    if (kind == kSender) return greeted && !sender && !message && senders < kSmtpMessagesLimit;
    if (kind == kRecipient) return sender && !message && asked < kSmtpRecipientsAsked;
#ifdef POSTERN_SEEDED_BUG
    if (kind == kBegin) return sender && !message;  // mail for nobody
#endif
    if (kind == kBegin) return recipients > 0 && !message;
    return (kind == kChunk || kind == kCommit) && message;
  }

  void forget() {
    sender = message = false, asked = recipients = 0;
  }

  void answered(SmtpRequestKind kind, bool granted) {
    over = over || kind == kQuit;
    if (kind == kRecipient) return void(recipients += granted);
    if (kind == kHelo || kind == kEhlo || kind == kEhloEncrypted || kind == kReset) {
      greeted = greeted || (granted && kind != kReset);
      if (granted) forget();
    } else if (!granted || kind == kCommit) {
      forget();
    } else {
      sender = true;
      message = kind == kBegin || kind == kChunk;
    }
  }
};

void check_trace(std::string_view trace) {
  SmtpGate gate;
  Permitted permitted;
  for (const char octet : trace) {
    const auto kind = static_cast<SmtpRequestKind>(1 + (octet & 15) % 10);
    const bool granted = (octet & 0x80) == 0;
    const bool admitted = gate.admit(kind);
    hold(admitted == permitted.admits(kind), "admitted(trace) = permitted(trace)");
    if (!admitted) return hold(gate.phase() == SmtpPhase::kEnded, "what is out of turn ends it");
    gate.answered(kind, granted);
    permitted.answered(kind, granted);
  }
}

bool has_text(SmtpRequestKind kind, std::string_view text) {
  if (kind < kHelo || kind > kEhloEncrypted) return false;
  if (kind == kChunk) return !text.empty();
  if (kind == kHelo || kind == kEhlo || kind == kEhloEncrypted) return is_smtp_name(text);
  if (kind == kSender) return text.empty() || is_smtp_mailbox(text);
  if (kind != kRecipient) return text.empty();
  for (const char octet : text)
    if (octet < ' ' || octet > '~') return false;
  return !text.empty() && text.size() <= kSmtpMailboxLimit;
}

void check_packet(SmtpRequestKind kind, std::string_view text) {
  static SmtpRequest request;
  const std::span<const char> packet = fill_smtp_request(request, kind, text);
  const auto question = decode_smtp_request(packet);
  hold(question.has_value() == has_text(kind, text), "a kind has its text and no other");
  hold(!decode_smtp_request(packet.first(packet.size() - 1)), "one octet less is none");
  hold(!decode_smtp_request({packet.data(), packet.size() + 1}), "one octet more is none");
  if (question) hold(question->kind == kind && question->text == text, "decode(fill(k, t)) = (k, t)");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view rest = octets_of(data, size);
  const std::string_view raw = rest;
  check_trace(cut(rest, '\0'));
  for (uint32_t kind = 0; kind < 12; ++kind) check_packet(static_cast<SmtpRequestKind>(kind), rest);
  if (const auto question = decode_smtp_request(raw)) {
    hold(has_text(question->kind, question->text), "a kind has its text and no other");
  }
  return 0;
}
