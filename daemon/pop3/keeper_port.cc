// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/pop3/keeper_port.h"

#include <utility>

#include "daemon/keeper/channel.h"

namespace postern::daemon {
namespace {

constexpr int kPatienceMs = 60'000;

Result<Answer> ask(int channel, RequestKind kind, uint32_t message) {
  Result<void> sent = send_request(channel, make_request(kind, message));
  if (!sent) return sent.take_error();
  return receive_answer(channel, kind, kPatienceMs);
}

ReplyStatus status_of(const Reply& reply) {
  return static_cast<ReplyStatus>(reply.status);
}

Error broken() {
  return {"the keeper refused", "keeper channel", {}, 0, Exit::kTemporary};
}

}  // namespace

// AD-L2: an account that can be none is asked for as well.
Result<LoginAnswer> ChannelKeeper::login(std::string_view account, std::string_view password) {
  const std::string_view said = sayable(password, kPop3TextLimit);
  const bool can_be = said.data() == password.data();  // no password is "?" by our doing
  Request request;
  if (!fill_login(request, can_be ? sayable(account, kPop3TextLimit) : "?", said)) return broken();
  return log_in(request);
}

Result<LoginAnswer> ChannelKeeper::external(std::string_view account) {
  Request request;
  if (!fill_external(request, account.empty() ? account : sayable(account, kPop3TextLimit))) return broken();
  return log_in(request);
}

Result<LoginAnswer> ChannelKeeper::log_in(Request& request) {
  const auto kind = static_cast<RequestKind>(request.kind);
  Result<void> sent = send_request(channel_, request);
  wipe(request);
  if (!sent) return sent.take_error();
  Result<Answer> answer = receive_answer(channel_, kind, login_patience_ms_);
  if (!answer) return answer.take_error();
  const Reply& reply = answer->reply;
  return LoginAnswer{status_of(reply), reply.count, reply.octets};
}

Result<void> ChannelKeeper::expect() {
  Result<Answer> answer = ask(channel_, RequestKind::kExpect, 0);
  if (!answer) return answer.take_error();
  return {};
}

Result<bool> ChannelKeeper::shown() {
  Result<Answer> answer = ask(channel_, RequestKind::kShown, 0);
  if (!answer) return answer.take_error();
  return status_of(answer->reply) == ReplyStatus::kOk;
}

Result<MessageFacts> ChannelKeeper::describe(uint32_t message) {
  Result<Answer> answer = ask(channel_, RequestKind::kDescribe, message);
  if (!answer) return answer.take_error();
  if (status_of(answer->reply) != ReplyStatus::kOk) return broken();
  return MessageFacts{answer->reply.octets, std::string(unique_id_of(answer->reply))};
}

Result<OpenedMessage> ChannelKeeper::open(uint32_t message) {
  Result<Answer> answer = ask(channel_, RequestKind::kOpen, message);
  if (!answer) return answer.take_error();
  const ReplyStatus status = status_of(answer->reply);
  if ((status == ReplyStatus::kOk) != answer->file.is_open()) return broken();
  return OpenedMessage{status, std::move(answer->file)};
}

Result<void> ChannelKeeper::remove(uint32_t message) {
  Result<Answer> answer = ask(channel_, RequestKind::kRemove, message);
  if (!answer) return answer.take_error();
  if (status_of(answer->reply) != ReplyStatus::kOk) return broken();
  return {};
}

Result<uint32_t> ChannelKeeper::update() {
  Result<Answer> answer = ask(channel_, RequestKind::kUpdate, 0);
  if (!answer) return answer.take_error();
  if (status_of(answer->reply) != ReplyStatus::kOk) return broken();
  return answer->reply.count;
}

Result<void> ChannelKeeper::quit() {
  Result<Answer> answer = ask(channel_, RequestKind::kQuit, 0);
  if (!answer) return answer.take_error();
  return {};
}

}  // namespace postern::daemon
