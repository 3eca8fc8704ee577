// SPDX-License-Identifier: BSD-2-Clause
// What is in a Maildir, opened so that no link, device or FIFO of somebody else's is meant instead.
#pragma once

#include <dirent.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "daemon/pop3/wire.h"
#include "daemon/sys/fd.h"
#include "daemon/sys/result.h"

namespace postern::daemon {

inline constexpr char kMailboxCure[] =
    "the mailbox tree belongs to the MTA user; a mailbox has new, cur and tmp (DT-1)";

// open_part opens the directory `name` below `below`, following no symbolic link. `place` is for the Error.
[[nodiscard]] Result<Fd> open_part(int below, const char* name, const std::string& place);

// open_message: a regular file, for reading, or an Fd that is not open where there is none of that name.
[[nodiscard]] Result<Fd> open_message(int directory, const std::string& name);

using Directory = std::unique_ptr<DIR, int (*)(DIR*)>;

// walk: a fresh reader of `directory`, whose own position is not touched.
[[nodiscard]] Result<Directory> walk(int directory);

// next_name: the next name that is not hidden; empty at the end.
[[nodiscard]] Result<std::string> next_name(DIR* reader);

// next_hidden: the next name that is hidden, "." and ".." left out; empty at the end.
[[nodiscard]] Result<std::string> next_hidden(DIR* reader);

// wire_size: how many octets what is left to read of `file` has on the wire (RFC 1939, section 11).
[[nodiscard]] Result<WireSize> wire_size(int file, const std::string& name);

// is_verbatim: whether the octets of the message `base` are on the wire as they lie in the file, its line
// ends included: APPEND makes such where a message has other line ends than CRLF. POP3 mends them, as
// everywhere.
inline constexpr std::string_view kVerbatimMark = ",verbatim";
[[nodiscard]] constexpr bool is_verbatim(std::string_view base) {
  return base.ends_with(kVerbatimMark);
}

}  // namespace postern::daemon
