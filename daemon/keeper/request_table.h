// SPDX-License-Identifier: BSD-2-Clause
// Which request is permitted when, and how often. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "daemon/keeper/protocol.h"

namespace postern::daemon {

enum class KeeperPhase : uint8_t { kBeforeLogin, kAfterLogin, kEnded };

// When: the phases a request may come in.
enum class When : uint8_t { kBeforeLogin, kAfterLogin, kBeforeEnd };

inline constexpr uint32_t kAsOftenAsAsked = UINT32_MAX;
inline constexpr uint32_t kLoginLimit = 3;

// RequestRule is one line of the table.
struct RequestRule {
  RequestKind kind;
  std::string_view name;
  When when;
  uint32_t at_most;
};

// kRequestTable is all that a keeper answers to. What is not here, not now, or once too often, ends it.
inline constexpr std::array<RequestRule, 9> kRequestTable{{
    {RequestKind::kLogin, "login", When::kBeforeLogin, kLoginLimit},
    {RequestKind::kDescribe, "describe", When::kAfterLogin, kAsOftenAsAsked},
    {RequestKind::kOpen, "open", When::kAfterLogin, kAsOftenAsAsked},
    {RequestKind::kRemove, "remove", When::kAfterLogin, kAsOftenAsAsked},  // each message once
    {RequestKind::kUpdate, "update", When::kAfterLogin, 1},
    {RequestKind::kQuit, "quit", When::kBeforeEnd, 1},
    {RequestKind::kExpect, "expect", When::kBeforeLogin, 1},
    {RequestKind::kShown, "shown", When::kBeforeLogin, 1},
    {RequestKind::kExternal, "external", When::kBeforeLogin, kLoginLimit},
}};

// RequestGate holds a connection's requests against the table.
class RequestGate {
 public:
  // admit counts the request; false: it is out of turn, and the gate has closed for good.
  [[nodiscard]] bool admit(RequestKind kind);

  // logged_in opens the second phase. Requires the first.
  void logged_in();

  [[nodiscard]] KeeperPhase phase() const { return phase_; }

 private:
  KeeperPhase phase_ = KeeperPhase::kBeforeLogin;
  std::array<uint32_t, kRequestTable.size()> counts_{};
};

}  // namespace postern::daemon
