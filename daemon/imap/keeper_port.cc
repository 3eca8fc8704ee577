// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/imap/keeper_port.h"

#include <string.h>

#include <utility>

#include "daemon/keeper/packet.h"

namespace postern::daemon {
namespace {

constexpr int kPatienceMs = 120'000;  // a sync may take its time

ImapQuestion question_of(ImapRequestKind kind) {
  ImapQuestion question;
  question.head.kind = static_cast<uint32_t>(kind);
  return question;
}

}  // namespace

// AD-L2: an account that can be none is asked for as well.
Result<ImapAnswer> ImapKeeperPort::login(std::string_view account, std::string_view password) {
  ImapQuestion question = question_of(ImapRequestKind::kLogin);
  question.text = sayable(account, kImapLoginLimit);
  question.more = sayable(password, kImapLoginLimit);
  if (question.more.data() != password.data()) question.text = "?";  // no password is "?" by our doing
  return ask(question);
}

Result<ImapAnswer> ImapKeeperPort::external(std::string_view account) {
  return about(ImapRequestKind::kExternal, account.empty() ? account : sayable(account, kImapLoginLimit));
}

Result<ImapAnswer> ImapKeeperPort::about(ImapRequestKind kind, std::string_view text, std::string_view more) {
  ImapQuestion question = question_of(kind);
  question.text = text;
  question.more = more;
  return ask(question);
}

Result<ImapAnswer> ImapKeeperPort::at(ImapRequestKind kind, uint32_t first) {
  ImapQuestion question = question_of(kind);
  question.head.first = first;
  return ask(question);
}

Result<ImapAnswer> ImapKeeperPort::range(ImapRequestKind kind, uint32_t first, uint32_t count) {
  ImapQuestion question = question_of(kind);
  question.head.first = first;
  question.head.count = count;
  return ask(question);
}

Result<ImapAnswer> ImapKeeperPort::store(uint32_t first, uint32_t count, ImapStoreMode mode, uint32_t flags,
                                         uint32_t keywords) {
  ImapQuestion question = question_of(ImapRequestKind::kStore);
  question.head.first = first;
  question.head.count = count;
  question.head.mode = static_cast<uint32_t>(mode);
  question.head.flags = flags;
  question.head.keywords = keywords;
  return ask(question);
}

Result<ImapAnswer> ImapKeeperPort::poll(ImapPollMode mode) {
  ImapQuestion question = question_of(ImapRequestKind::kPoll);
  question.head.mode = static_cast<uint32_t>(mode);
  return ask(question);
}

Result<ImapAnswer> ImapKeeperPort::copy_begin(std::string_view folder, ImapCopyMode mode) {
  ImapQuestion question = question_of(ImapRequestKind::kCopyBegin);
  question.head.mode = static_cast<uint32_t>(mode);
  question.text = folder;
  return ask(question);
}

Result<ImapAnswer> ImapKeeperPort::append_begin(std::string_view folder, std::string_view keywords,
                                                uint32_t flags, uint64_t octets, int64_t date) {
  ImapQuestion question = question_of(ImapRequestKind::kAppendBegin);
  question.head.flags = flags;
  question.head.octets = octets;
  question.head.date = date;
  question.text = folder;
  question.more = keywords;
  return ask(question);
}

Result<ImapAnswer> ImapKeeperPort::append_data(std::string_view octets) {
  return about(ImapRequestKind::kAppendData, octets);
}

ImapChannelKeeper::ImapChannelKeeper(int channel, int login_patience_ms)
    : channel_(channel),
      login_patience_ms_(login_patience_ms),
      room_(std::make_unique_for_overwrite<Room>()) {}

Result<ImapAnswer> ImapChannelKeeper::ask(const ImapQuestion& question) {
  const bool login =
      question.kind() == ImapRequestKind::kLogin || question.kind() == ImapRequestKind::kExternal;
  const auto packet = fill_imap_request(room_->request, question);
  if (!packet) return keeper_failed("a request too long");
  Result<void> sent = send_question(channel_, *packet);
  if (login) explicit_bzero(&room_->request, packet->size());
  if (!sent) return sent.take_error();
  const std::span<char> room(room_->answer);
  Result<AnswerPacket> got = receive_answer_packet(channel_, room, login ? login_patience_ms_ : kPatienceMs);
  if (!got) return got.take_error();
  const auto reply = decode_imap_reply(room.first(got->length));
  if (!reply || reply->head.kind != question.head.kind) return keeper_failed("the keeper's answer is none");
  ImapAnswer answer{static_cast<ImapStatus>(reply->head.status),
                    reply->head,
                    {reply->rows.begin(), reply->rows.end()},
                    std::string(reply->text),
                    std::move(got->file)};
  const bool opened = question.kind() == ImapRequestKind::kOpen && answer.ok();
  if (opened != answer.file.is_open()) return keeper_failed("the keeper's answer is none");
  return answer;
}

}  // namespace postern::daemon
