// SPDX-License-Identifier: BSD-2-Clause
// Whether a login succeeds, and why. Pure: what was found out goes in, outcome and reason come out.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "core/decide.h"

namespace postern::daemon {

// LoginReason is for the log; the client is never told.
enum class LoginReason : uint8_t {
  kAllowed,
  kUnknownAccount,
  kWrongPassword,
  kRefusedPlace,       // AD: the decision has step and entry
  kNoMailbox,          // MD-0: the account is delivered to a maildrop
  kAccountUnreadable,  // its file cannot be read or is malformed
  kNoCertificate,      // EN-2: none was shown, or it has no name that counts
  kOtherAccount,       // EN-2: the client would be another than its certificate says
};

// reason_code: the reason's permanent name in the log ("refused-place").
[[nodiscard]] std::string_view reason_code(LoginReason reason);

// LoginFacts is what is known of a login before access domains are asked.
struct LoginFacts {
  bool account_known = false;
  bool account_readable = true;
  bool proven = false;  // by password or certificate; false unless the account is known and readable
  bool has_mailbox = true;
  std::span<const Entry> access;
  Client client;
  LoginReason unproven = LoginReason::kWrongPassword;  // why, if it is not proven
};

// LoginOutcome: the answer and its reason. `decision` is there if access domains were asked.
struct LoginOutcome {
  LoginReason reason = LoginReason::kUnknownAccount;
  std::optional<Decision> decision;

  [[nodiscard]] bool allowed() const { return reason == LoginReason::kAllowed; }
};

// decide_login allows a login only with a known account, its password or certificate, and an access list that
// allows (AD-L1). `lookup` gives the client's confirmed names; it is called at most once, never without such
// a proof (AD-L3), and only if the verdict depends on it (AD-C7).
template <std::invocable Lookup>
requires std::convertible_to<std::invoke_result_t<Lookup>, std::span<const Text>>
[[nodiscard]] LoginOutcome decide_login(const LoginFacts& facts, Lookup&& lookup) {
  if (!facts.account_known) return {LoginReason::kUnknownAccount, {}};
  if (!facts.account_readable) return {LoginReason::kAccountUnreadable, {}};
  if (!facts.proven) return {facts.unproven, {}};  // AD-L3
  const Decision decision = decide_lazily(facts.access, facts.client, std::forward<Lookup>(lookup));
  if (!decision.allowed()) return {LoginReason::kRefusedPlace, decision};
  if (!facts.has_mailbox) return {LoginReason::kNoMailbox, decision};  // MD-0
  return {LoginReason::kAllowed, decision};
}

}  // namespace postern::daemon
