// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/maildrop_helper/protocol.h"

#include <algorithm>
#include <cstring>

namespace postern::daemon {
namespace {

struct ReasonRow {
  MaildropReason reason;
  MaildropOutcome outcome;
  std::string_view text;
};

// In the order of the enumeration.
constexpr ReasonRow kReasons[] = {
    {MaildropReason::kNone, MaildropOutcome::kCreated, "none"},
    {MaildropReason::kMalformed, MaildropOutcome::kRefused, "malformed"},
    {MaildropReason::kNotALoginName, MaildropOutcome::kRefused, "not-a-login-name"},
    {MaildropReason::kUnknownUser, MaildropOutcome::kRefused, "unknown-user"},
    {MaildropReason::kRoot, MaildropOutcome::kRefused, "root"},
    {MaildropReason::kServiceUser, MaildropOutcome::kRefused, "service-user"},
    {MaildropReason::kUidTooLow, MaildropOutcome::kRefused, "uid-too-low"},
    {MaildropReason::kSymbolicLink, MaildropOutcome::kRefused, "symbolic-link"},
    {MaildropReason::kDirectory, MaildropOutcome::kRefused, "directory"},
    {MaildropReason::kNotRegular, MaildropOutcome::kRefused, "not-regular"},
    {MaildropReason::kSeveralNames, MaildropOutcome::kRefused, "several-names"},
    {MaildropReason::kForeignOwner, MaildropOutcome::kRefused, "foreign-owner"},
    {MaildropReason::kWrongGroup, MaildropOutcome::kRefused, "wrong-group"},
    {MaildropReason::kWrongMode, MaildropOutcome::kRefused, "wrong-mode"},
    {MaildropReason::kSpool, MaildropOutcome::kRefused, "spool"},
    {MaildropReason::kNoLookUp, MaildropOutcome::kTemporary, "no-look-up"},
    {MaildropReason::kNoSpace, MaildropOutcome::kTemporary, "no-space"},
    {MaildropReason::kSystem, MaildropOutcome::kTemporary, "system"},
    {MaildropReason::kHelperIsGone, MaildropOutcome::kTemporary, "helper-is-gone"},
};

constexpr bool is_in_order() {
  for (std::size_t i = 0; i < std::size(kReasons); ++i)
    if (static_cast<std::size_t>(kReasons[i].reason) != i) return false;
  return std::size(kReasons) == static_cast<std::size_t>(kLastMaildropReason) + 1;
}
static_assert(is_in_order());

const ReasonRow& row_of(MaildropReason reason) {
  return kReasons[static_cast<std::size_t>(reason)];
}

}  // namespace

// MD-4
bool is_login_name(std::string_view text) noexcept {
  return !permission::login_name_fault(text);
}

std::optional<MaildropQuestion> make_question(std::uint64_t ticket, std::string_view login) {
  if (ticket == 0 || !is_login_name(login)) return std::nullopt;
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
  if (answer.reason > kLastMaildropReason) return std::nullopt;
  const bool good = answer.outcome == belongs_to(answer.reason) ||
                    (answer.outcome == MaildropOutcome::kExists && answer.reason == MaildropReason::kNone);
  return good ? std::optional(answer) : std::nullopt;
}

std::string_view login_of(const MaildropQuestion& question) noexcept {
  return {question.login, question.length};
}

MaildropOutcome belongs_to(MaildropReason reason) noexcept {
  return row_of(reason).outcome;
}

std::string_view reason_text(MaildropReason reason) noexcept {
  return row_of(reason).text;
}

}  // namespace postern::daemon
