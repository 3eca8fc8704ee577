// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/deliver/bounce.h"

namespace postern::daemon {

std::string bounce_text(const Envelope& envelope, const std::vector<RecipientState>& states,
                        std::string_view host) {
  std::string text =
      "From: Mail system <mailer-daemon@" + std::string(host) + ">\nTo: <" + envelope.sender +
      ">\nSubject: Undelivered mail " + envelope.id +
      "\nAuto-Submitted: auto-replied\nMIME-Version: 1.0\nContent-Type: text/plain; charset=us-ascii\n\n"
      "Your message was accepted and could not be delivered to:\n\n";
  for (std::size_t i = 0; i < states.size() && i < envelope.recipients.size(); ++i)
    if (states[i].status == RecipientStatus::kFailed)
      text += "  " + envelope.recipients[i] + ": " + states[i].reason + "\n";
  return text + "\nIt is not tried again. The administrator of " + std::string(host) +
         " can look it up under the number " + envelope.id + ".\n";
}

}  // namespace postern::daemon
