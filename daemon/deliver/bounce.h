// SPDX-License-Identifier: BSD-2-Clause
// The message that tells a sender what was not delivered. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "daemon/postoffice/queue_text.h"

namespace postern::daemon {

// bounce_text returns a whole message, lines ended by LF: to `envelope.sender`, from the mail system of
// `host`, about every recipient whose state is kFailed, with its reason. `host` names the mail system.
[[nodiscard]] std::string bounce_text(const Envelope& envelope, const std::vector<RecipientState>& states,
                                      std::string_view host);

}  // namespace postern::daemon
