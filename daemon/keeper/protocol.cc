// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/keeper/protocol.h"

#include <string.h>

#include <algorithm>

namespace postern::daemon {
namespace {

bool names_a_message(RequestKind kind) {
  return kind == RequestKind::kDescribe || kind == RequestKind::kOpen || kind == RequestKind::kRemove;
}

bool is_known(uint32_t kind) {
  return kind >= static_cast<uint32_t>(RequestKind::kLogin) &&
         kind <= static_cast<uint32_t>(RequestKind::kExternal);
}

// is_text: `length` octets without NUL, and nothing but NULs behind them.
bool is_text(std::span<const char> field, size_t length) {
  if (length > field.size()) return false;
  const auto end = field.begin() + static_cast<std::ptrdiff_t>(length);
  return std::find(field.begin(), end, '\0') == end &&
         std::all_of(end, field.end(), [](char c) { return c == '\0'; });
}

bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

bool is_whole(const Request& request) {
  if (!is_known(request.kind)) return false;
  const auto kind = static_cast<RequestKind>(request.kind);
  if (names_a_message(kind) != (request.message != 0)) return false;
  const bool login = kind == RequestKind::kLogin;
  if (login != (request.password_length != 0)) return false;
  if (kind != RequestKind::kExternal && login != (request.account_length != 0)) return false;
  return is_text(request.account, request.account_length) &&
         is_text(request.password, request.password_length);
}

bool is_whole(const Reply& reply) {
  if (!is_known(reply.kind)) return false;
  if (reply.status < static_cast<uint32_t>(ReplyStatus::kOk)) return false;
  if (reply.status > static_cast<uint32_t>(ReplyStatus::kTemporary)) return false;
  if (reply.unique_id_length > kUniqueIdLimit || !is_text(reply.unique_id, reply.unique_id_length))
    return false;
  return is_printable(unique_id_of(reply));
}

}  // namespace

bool decode_request(std::span<const char> packet, Request& request) {
  if (packet.size() != sizeof request) return false;
  ::memcpy(&request, packet.data(), sizeof request);
  return is_whole(request);
}

std::optional<Reply> decode_reply(std::span<const char> packet) {
  Reply reply;
  if (packet.size() != sizeof reply) return std::nullopt;
  ::memcpy(&reply, packet.data(), sizeof reply);
  if (!is_whole(reply)) return std::nullopt;
  return reply;
}

Request make_request(RequestKind kind, uint32_t message) {
  Request request;
  request.kind = static_cast<uint32_t>(kind);
  request.message = message;
  return request;
}

bool fill_login(Request& request, std::string_view account, std::string_view password) {
  if (account.empty() || account.size() > kPop3TextLimit) return false;
  if (password.empty() || password.size() > kPop3TextLimit) return false;
  request = make_request(RequestKind::kLogin);
  request.account_length = static_cast<uint32_t>(account.size());
  request.password_length = static_cast<uint32_t>(password.size());
  std::copy(account.begin(), account.end(), request.account);
  std::copy(password.begin(), password.end(), request.password);
  return true;
}

bool fill_external(Request& request, std::string_view account) {
  if (account.size() > kPop3TextLimit) return false;
  request = make_request(RequestKind::kExternal);
  request.account_length = static_cast<uint32_t>(account.copy(request.account, kPop3TextLimit));
  return true;
}

std::string_view account_of(const Request& request) {
  return {request.account, request.account_length};
}

std::string_view password_of(const Request& request) {
  return {request.password, request.password_length};
}

std::string_view unique_id_of(const Reply& reply) {
  return {reply.unique_id, reply.unique_id_length};
}

void wipe(Request& request) {
  explicit_bzero(&request, sizeof request);
}

}  // namespace postern::daemon
