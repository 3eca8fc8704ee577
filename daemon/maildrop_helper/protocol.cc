// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/maildrop_helper/protocol.h"

#include <algorithm>
#include <cstring>

namespace postern::daemon {
namespace {

constexpr std::string_view kTroubles[] = {"none",     "malformed", "no-look-up",
                                          "no-space", "system",    "helper-is-gone"};
static_assert(std::size(kTroubles) == static_cast<std::size_t>(kLastMaildropTrouble) + 1);

}  // namespace

MaildropOutcome MaildropAnswer::outcome() const noexcept {
  if (trouble != MaildropTrouble::kNone) return MaildropOutcome::kTemporary;
  if (reason == MaildropReason::kNoMaildrop) return MaildropOutcome::kCreated;
  return reason == MaildropReason::kGoodMaildrop ? MaildropOutcome::kExists : MaildropOutcome::kRefused;
}

std::string_view MaildropAnswer::text() const noexcept {
  if (trouble != MaildropTrouble::kNone) return kTroubles[static_cast<std::size_t>(trouble)];
  return permission::reason_text(reason).code;
}

std::optional<MaildropQuestion> make_question(std::uint64_t ticket, std::string_view login) {
  if (ticket == 0 || permission::login_name_fault(login)) return std::nullopt;
  MaildropQuestion question;
  question.ticket = ticket;
  question.length = login.size();
  std::copy(login.begin(), login.end(), question.login);
  return question;
}

std::optional<MaildropQuestion> decode_question(std::span<const char> packet) {
  MaildropQuestion question;
  if (packet.size() != sizeof question) return std::nullopt;
  std::memcpy(&question, packet.data(), sizeof question);
  if (question.ticket == 0 || question.length == 0 || question.length > kMaxLoginName) return std::nullopt;
  const auto is_nul = [](char c) { return c == '\0'; };
  const char* const begin = question.login;
  const char* const end = begin + question.length;
  if (std::any_of(begin, end, is_nul)) return std::nullopt;
  if (!std::all_of(end, begin + kMaxLoginName, is_nul)) return std::nullopt;
  return question;
}

std::optional<MaildropAnswer> decode_answer(std::span<const char> packet) {
  MaildropAnswer answer;
  if (packet.size() != sizeof answer) return std::nullopt;
  std::memcpy(&answer, packet.data(), sizeof answer);
  if (answer.trouble > kLastMaildropTrouble || answer.reason > permission::kLastMaildropReason)
    return std::nullopt;
  if (std::ranges::any_of(answer.zero, [](std::uint8_t octet) { return octet != 0; })) return std::nullopt;
  const bool is_there =
      answer.outcome() == MaildropOutcome::kCreated || answer.outcome() == MaildropOutcome::kExists;
  return is_there == (answer.user != 0) ? std::optional(answer) : std::nullopt;
}

std::string_view login_of(const MaildropQuestion& question) noexcept {
  return {question.login, question.length};
}

}  // namespace postern::daemon
