// SPDX-License-Identifier: BSD-2-Clause
// How a listener learns who tries to log in, and who has.
//
// All keepers of a module share one end of a datagram pair; the listener has the other, and never writes.
// The kernel puts the sender's process id beside each note, so a keeper can speak of its own connection
// alone: one that lies is no longer counted as a stranger, or has tries counted or forgotten for the address
// it serves, and no more than that. Sessions have no such descriptor. The address is the listener's own
// knowledge.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>

#include "daemon/sys/result.h"
#include "daemon/sys/sockets.h"

namespace postern::daemon {

// login_notes_pair makes the channel: `first` to write (for a second at most), `second` to read.
[[nodiscard]] Result<SocketPair> login_notes_pair();

enum class LoginNoteKind : std::uint32_t { kTry = 1, kLoggedIn };

// LoginNote is one note. `account`: as RefusalCounts names it.
struct LoginNote {
  LoginNoteKind kind{};
  std::uint32_t account = 0;
  bool operator==(const LoginNote&) const = default;
};

// note_login: the keeper that calls this is about to check a login, or has let somebody in. A listener that
// has ended is not told, and that is no error: nobody counts any more.
[[nodiscard]] Result<void> note_login(int notes, const LoginNote& note);

// TakenNote is a note, and the process id of the keeper that wrote it.
struct TakenNote {
  pid_t keeper = 0;
  LoginNote note;
};

// take_login_note reads one note, without waiting; nothing if there is none. Of a message that is none
// `keeper` is 0.
[[nodiscard]] std::optional<TakenNote> take_login_note(int notes);

// The system call of take_login_note. That of note_login is log_line's.
#define POSTERN_CALLS_OF_LOGIN_NOTES POSTERN_CALLS_OF_NAMED_MESSAGES

}  // namespace postern::daemon
