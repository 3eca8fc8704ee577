// SPDX-License-Identifier: BSD-2-Clause
// Unix-Deliver's side of the maildrop helper.
#pragma once

#include <cstdint>
#include <string_view>

#include "daemon/maildrop_helper/protocol.h"
#include "daemon/sys/sandbox.h"

namespace postern::daemon {

// ask_maildrop_helper asks for a maildrop for `login` and waits for the answer, at most until `deadline_nsec`
// (CLOCK_MONOTONIC, clock.h). `helper` is the asker's end of the helper's socket, -1 if there is none; one
// process at a time may ask on it. Answers that were meant for an earlier question are passed over.
// Whatever is not known is a temporary failure: a dead helper, silence, an answer that makes no sense
// (kHelperIsGone). Text that is no login name is refused without asking. Allocates nothing.
// created or exists says nothing of later: open the maildrop without following links, and look at it (MD-5).
[[nodiscard]] MaildropAnswer ask_maildrop_helper(int helper, std::string_view login,
                                                 std::uint64_t deadline_nsec);

// The system calls it makes (and clock_gettime where that is one).
#define POSTERN_CALLS_OF_ASKING_THE_HELPER \
  POSTERN_CALL(sendto), POSTERN_CALL(recvfrom), POSTERN_CALL(ppoll), POSTERN_CALL(clock_gettime)

}  // namespace postern::daemon
