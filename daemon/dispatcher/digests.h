// SPDX-License-Identifier: BSD-2-Clause
// The list of what may be started, and the octets that match it (DT-2).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "daemon/config/settings.h"
#include "daemon/sys/processes.h"
#include "daemon/sys/result.h"

namespace postern::daemon {

// ModuleDigest is one line of the list: the SHA-256 of a file of the executables tree, as sha256sum(1) writes
// it.
struct ModuleDigest {
  std::string hex;   // 64 digits, lower case
  std::string name;  // "postern-pop3"
};

// parse_digests reads such a list. Pure. Error with file:line for anything that is no such line, a name with
// a
// '/' in it, or a name twice.
[[nodiscard]] Result<std::vector<ModuleDigest>> parse_digests(std::string_view text, std::string_view file);

// sha256_hex returns the digest of `octets` in 64 lower-case digits; Error if the library cannot.
[[nodiscard]] Result<std::string> sha256_hex(std::string_view octets);

// load_program reads a module of the executables tree, holds it against the list, and seals the very octets
// that were checked in a memory file. `digests` null: there is no list (an ordinary user's choice). Error as
// well if the file is not the MTA's, of another mode than 0550, or has several names (DT-2, DT-4).
[[nodiscard]] Result<Program> load_program(const Settings& settings, std::string_view name,
                                           const std::vector<ModuleDigest>* digests);

}  // namespace postern::daemon
