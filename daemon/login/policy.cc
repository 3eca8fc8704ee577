// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/login/policy.h"

namespace postern::daemon {

std::string_view reason_code(LoginReason reason) {
  switch (reason) {
    case LoginReason::kAllowed:
      return "allowed";
    case LoginReason::kUnknownAccount:
      return "unknown-account";
    case LoginReason::kWrongPassword:
      return "wrong-password";
    case LoginReason::kRefusedPlace:
      return "refused-place";
    case LoginReason::kNoMailbox:
      return "no-mailbox";
    case LoginReason::kAccountUnreadable:
      return "account-unreadable";
    case LoginReason::kNoCertificate:
      return "no-certificate";
    case LoginReason::kOtherAccount:
      return "other-account";
  }
  return "unknown-account";
}

}  // namespace postern::daemon
