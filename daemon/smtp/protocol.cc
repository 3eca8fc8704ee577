// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/smtp/protocol.h"

#include <string.h>

#include <algorithm>

#include "daemon/session/words.h"
#include "daemon/smtp/command.h"

namespace postern::daemon {
namespace {

bool is_mailbox_or_name(std::string_view text) {
  return !text.empty() && text.size() <= kSmtpMailboxLimit && is_printable(text);
}

// has_its_text: whether `text` is such as a request of this kind has.
bool has_its_text(SmtpRequestKind kind, std::string_view text) {
  switch (kind) {
    case SmtpRequestKind::kHelo:
    case SmtpRequestKind::kEhlo:
    case SmtpRequestKind::kEhloEncrypted:
      return is_smtp_name(text);
    case SmtpRequestKind::kSender:
      return text.empty() || is_smtp_mailbox(text);
    case SmtpRequestKind::kRecipient:
      return is_mailbox_or_name(text);
    case SmtpRequestKind::kChunk:
      return !text.empty();
    case SmtpRequestKind::kCommit:
      return true;
    case SmtpRequestKind::kBegin:
    case SmtpRequestKind::kReset:
    case SmtpRequestKind::kQuit:
      return text.empty();
  }
  return false;
}

bool is_known(uint32_t kind) {
  return kind >= static_cast<uint32_t>(SmtpRequestKind::kHelo) &&
         kind <= static_cast<uint32_t>(SmtpRequestKind::kEhloEncrypted);
}

bool is_whole(const SmtpReply& reply) {
  if (!is_known(reply.kind) || reply.status < static_cast<uint32_t>(SmtpStatus::kOk)) return false;
  if (reply.status > static_cast<uint32_t>(SmtpStatus::kTemporary)) return false;
  const bool has_id = reply.kind == static_cast<uint32_t>(SmtpRequestKind::kCommit) &&
                      reply.status == static_cast<uint32_t>(SmtpStatus::kOk);
  const std::string_view id(reply.id, sizeof reply.id);
  const auto is_zero = [](char c) { return c == '\0'; };
  if (!has_id) return std::ranges::all_of(id, is_zero);
  return std::ranges::all_of(id.substr(0, kQueueIdLength), [](char c) { return c > ' ' && c <= '~'; }) &&
         std::ranges::all_of(id.substr(kQueueIdLength), is_zero);
}

std::size_t row_of(SmtpRequestKind kind) {
  const auto* rule = std::ranges::find(kSmtpTable, kind, &SmtpRule::kind);
  return static_cast<std::size_t>(rule - kSmtpTable.begin());
}

}  // namespace

std::optional<SmtpQuestion> decode_smtp_request(std::span<const char> packet) {
  uint32_t head[2] = {};
  if (packet.size() < kSmtpRequestHead || packet.size() > sizeof(SmtpRequest)) return std::nullopt;
  ::memcpy(head, packet.data(), sizeof head);
  const std::string_view text(packet.data() + kSmtpRequestHead, packet.size() - kSmtpRequestHead);
  if (!is_known(head[0]) || head[1] != text.size()) return std::nullopt;
  const auto kind = static_cast<SmtpRequestKind>(head[0]);
  if (!has_its_text(kind, text)) return std::nullopt;
  return SmtpQuestion{kind, text};
}

std::span<const char> fill_smtp_request(SmtpRequest& request, SmtpRequestKind kind, std::string_view text) {
  request.kind = static_cast<uint32_t>(kind);
  request.length = static_cast<uint32_t>(text.copy(request.octets, kSmtpChunkLimit));
  return {reinterpret_cast<const char*>(&request), kSmtpRequestHead + request.length};
}

std::optional<SmtpReply> decode_smtp_reply(std::span<const char> packet) {
  SmtpReply reply;
  if (packet.size() != sizeof reply) return std::nullopt;
  ::memcpy(&reply, packet.data(), sizeof reply);
  if (!is_whole(reply)) return std::nullopt;
  return reply;
}

bool SmtpGate::admit(SmtpRequestKind kind) {
  const std::size_t row = row_of(kind);
  if (row < kSmtpTable.size()) {
    const SmtpRule& rule = kSmtpTable[row];
    const bool is_now = (rule.when & phases(phase_)) != 0;
    if (is_now && in_connection_[row] < rule.in_connection && in_transaction_[row] < rule.in_transaction) {
      ++in_connection_[row];
      ++in_transaction_[row];
      return true;
    }
  }
  phase_ = SmtpPhase::kEnded;
  return false;
}

void SmtpGate::answered(SmtpRequestKind kind, bool granted) {
  const std::size_t row = row_of(kind);
  if (row == kSmtpTable.size() || phase_ == SmtpPhase::kEnded) return;
  const auto next = granted ? kSmtpTable[row].granted : kSmtpTable[row].refused;
  if (!next) return;
  phase_ = *next;
  if (phase_ == SmtpPhase::kIdle) in_transaction_.fill(0);
}

}  // namespace postern::daemon
