// SPDX-License-Identifier: BSD-2-Clause
// How a listener learns that somebody has logged in.
//
// All keepers of a module share one end of a datagram pair; the listener has the other, and never writes.
// The kernel puts the sender's process id beside each note, so a keeper can speak of its own connection
// alone: one that lies is no longer counted as a stranger, and no more than that. Sessions have no such
// descriptor. The address is the listener's own knowledge.
#pragma once

#include <sys/types.h>

#include <optional>

#include "daemon/sys/result.h"
#include "daemon/sys/sockets.h"

namespace postern::daemon {

// login_notes_pair makes the channel: `first` to write (for a second at most), `second` to read.
[[nodiscard]] Result<SocketPair> login_notes_pair();

// note_login: the keeper that calls this has let somebody in. A listener that has ended is not told, and that
// is no error: nobody counts any more.
[[nodiscard]] Result<void> note_login(int notes);

// take_login_note reads one note, without waiting: the process id of the keeper; nothing if there is none.
[[nodiscard]] std::optional<pid_t> take_login_note(int notes);

// The system call of take_login_note. That of note_login is log_line's.
#define POSTERN_CALLS_OF_LOGIN_NOTES POSTERN_CALLS_OF_NAMED_MESSAGES

}  // namespace postern::daemon
