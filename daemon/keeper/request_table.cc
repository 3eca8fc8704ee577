// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/keeper/request_table.h"

namespace postern::daemon {
namespace {

bool is_now(When when, KeeperPhase phase) {
  switch (when) {
    case When::kBeforeLogin:
      return phase == KeeperPhase::kBeforeLogin;
    case When::kAfterLogin:
      return phase == KeeperPhase::kAfterLogin;
    case When::kBeforeEnd:
      return phase != KeeperPhase::kEnded;
  }
  return false;
}

bool is_last(RequestKind kind) {
  return kind == RequestKind::kUpdate || kind == RequestKind::kQuit;
}

}  // namespace

bool RequestGate::admit(RequestKind kind) {
  for (size_t i = 0; i < kRequestTable.size(); ++i) {
    const RequestRule& rule = kRequestTable[i];
    if (rule.kind != kind) continue;
    if (!is_now(rule.when, phase_) || counts_[i] == rule.at_most) break;
    ++counts_[i];
    if (is_last(kind)) phase_ = KeeperPhase::kEnded;
    return true;
  }
  phase_ = KeeperPhase::kEnded;
  return false;
}

void RequestGate::logged_in() {
  if (phase_ == KeeperPhase::kBeforeLogin) phase_ = KeeperPhase::kAfterLogin;
}

}  // namespace postern::daemon
