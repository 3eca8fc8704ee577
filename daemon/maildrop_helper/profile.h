// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <sys/types.h>

#include <string_view>

#include "daemon/sys/sandbox.h"

namespace postern::daemon {

// What the helper writes into kHelperReady when it can work; anything else says why not.
inline constexpr std::string_view kHelperWorks = "role=maildrop-helper event=ready\n";

// Descriptors of the helper in its cage. Its filter names them. 0 is /dev/null, 2 is as 1.
inline constexpr int kHelperReady = 1;     // a pipe to the dispatcher, which lets go of it when it has read;
                                           // of a unit of its own: the log
inline constexpr int kHelperSpool = 3;     // the spool; before it is opened: the settings
inline constexpr int kHelperLog = 4;       // where log lines go
inline constexpr int kHelperRequests = 5;  // Unix-Deliver's questions
inline constexpr int kHelperLifeline = 6;  // readable when the dispatcher is gone, or wants it gone
inline constexpr int kHelperNames = 7;     // its child that knows names
inline constexpr int kHelperNewFile = 8;   // the next that is free: what openat(2) answers

// maildrop_helper_profile: names are looked at in the spool alone, and given there alone, by linkat(2); only
// a file just made with O_TMPFILE can be given away, to group `group`, with mode 0660 (MD-2). One group a
// process.
[[nodiscard]] const SandboxProfile& maildrop_helper_profile(gid_t group);

// kHelperNamesProfile: reads what the name service reads, and talks to local daemons.
extern const SandboxProfile kHelperNamesProfile;

}  // namespace postern::daemon
