// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/smtp/keeper_port.h"

#include <array>
#include <utility>

#include "daemon/keeper/packet.h"

namespace postern::daemon {
namespace {

constexpr int kPatienceMs = 120'000;  // a sync may take its time

}  // namespace

Result<SmtpAnswer> SmtpChannelKeeper::ask(SmtpRequestKind kind, std::string_view text) {
  if (text.size() > kSmtpChunkLimit) return keeper_failed("a request too long");
  if (const auto earlier = std::exchange(unheard_, std::nullopt)) {
    Result<SmtpAnswer> answer = take_answer(*earlier);
    if (!answer || answer->status != SmtpStatus::kOk) return keeper_failed("a greeting or a sender refused");
  }
  Result<void> sent = send_question(channel_, fill_smtp_request(request_, kind, text));
  if (!sent) return sent.take_error();
  if (!is_greeting(kind) && kind != SmtpRequestKind::kSender) return take_answer(kind);
  unheard_ = kind;
  return SmtpAnswer{SmtpStatus::kOk, {}};
}

Result<SmtpAnswer> SmtpChannelKeeper::take_answer(SmtpRequestKind kind) {
  std::array<char, sizeof(SmtpReply) + 1> room{};
  Result<AnswerPacket> packet = receive_answer_packet(channel_, room, kPatienceMs);
  if (!packet) return packet.take_error();
  const std::optional<SmtpReply> reply = decode_smtp_reply({room.data(), packet->length});
  if (!reply || reply->kind != static_cast<uint32_t>(kind))
    return keeper_failed("the keeper's answer is none");
  return SmtpAnswer{static_cast<SmtpStatus>(reply->status), std::string(reply->id)};
}

}  // namespace postern::daemon
