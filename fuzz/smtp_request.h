// SPDX-License-Identifier: BSD-2-Clause
// What an SMTP session may ask, written down a second time as a transaction's life; and which texts.
#pragma once

#include "daemon/smtp/command.h"
#include "daemon/smtp/protocol.h"

namespace fuzz {

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

inline bool has_text(SmtpRequestKind kind, std::string_view text) {
  if (kind < kHelo || kind > kEhloEncrypted) return false;
  if (kind == kChunk) return !text.empty();
  if (kind == kCommit) return true;
  if (kind == kHelo || kind == kEhlo || kind == kEhloEncrypted) return is_smtp_name(text);
  if (kind == kSender) return text.empty() || is_smtp_mailbox(text);
  if (kind != kRecipient) return text.empty();
  for (const char octet : text)
    if (octet < ' ' || octet > '~') return false;
  return !text.empty() && text.size() <= kSmtpMailboxLimit;
}

}  // namespace fuzz
