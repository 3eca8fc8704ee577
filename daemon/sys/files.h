// SPDX-License-Identifier: BSD-2-Clause
// Files and descriptors: opened so that nobody else's link, device or directory can be meant instead.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/sys/fd.h"
#include "daemon/sys/result.h"

namespace postern::daemon {

// read_file returns the content of a regular file (or one of /proc) of at most `limit` octets.
// Follows no symbolic link at the end of the path.
[[nodiscard]] Result<std::string> read_file(const char* path, std::size_t limit);

// read_all returns what is left to read of `file`, at most `limit` octets; `path` is for messages.
[[nodiscard]] Result<std::string> read_all(int file, std::size_t limit, std::string_view path);

// read_at returns `length` octets of `file` from `offset` on, fewer at its end; its place stays. `path`
// and `exit` are for the Error.
[[nodiscard]] Result<std::string> read_at(int file, std::uint64_t offset, std::size_t length,
                                          std::string_view path, Exit exit = Exit::kSystem);

// write_all writes every octet or answers an Error.
[[nodiscard]] Result<void> write_all(int file, std::string_view octets, std::string_view path);

// write_back writes the octets of `file` back to its disk and waits for that: an error of the disk, or that
// it is full, shows now. It syncs nothing.
[[nodiscard]] Result<void> write_back(int file, std::string_view path);

// check_owned_by_root answers whether every step of `path` is root's and writable by root alone (DT-3): the
// path as it is given, each symbolic link on it, and what the links lead to. A root-owned sticky directory
// passes: root's entries in it cannot be renamed away.
[[nodiscard]] Result<void> check_owned_by_root(const std::string& path);

// open_directory opens a directory for look-ups below it (O_RDONLY, no symbolic link at the end).
[[nodiscard]] Result<Fd> open_directory(const char* path);

// list_directory returns the names in an open directory, sorted, "." and ".." left out. `path` and
// `exit` are for the Error.
[[nodiscard]] Result<std::vector<std::string>> list_directory(int directory, std::string_view path,
                                                              Exit exit = Exit::kSystem);

// open_program opens a regular file for reading. Error if it is not exactly of this owner, group and mode, or
// has several names (DT-2, DT-4).
[[nodiscard]] Result<Fd> open_program(const char* path, uid_t uid, gid_t gid, mode_t mode);

// open_kept opens a regular file for reading. Error if it has one of the bits of `forbidden` in its mode, or
// if it is a link.
[[nodiscard]] Result<Fd> open_kept(const char* path, mode_t forbidden);

// open_log opens the log file for appending, makes it 0600 if there is none, and refuses what is not a
// regular file of one name.
[[nodiscard]] Result<Fd> open_log(const char* path);

// open_standard_descriptors makes sure that 0, 1 and 2 are open: a later open must not become one of them.
[[nodiscard]] Result<void> open_standard_descriptors();

// move_descriptor gives `from` the number `to`, and what had that is closed. `to` may be its
// own.
[[nodiscard]] Result<void> move_descriptor(Fd from, int to);

// close_all_from closes every descriptor from `first` on.
[[nodiscard]] Result<void> close_all_from(unsigned first);

// close_all_except closes every descriptor from 3 on that is not in `keep` (at most 32; -1 is passed over).
[[nodiscard]] Result<void> close_all_except(std::span<const int> keep);

// sealed_file returns a memory file of exactly these octets that nobody can change any more. Its name shows
// in /proc. `executable`: it may be executed, where the system allows executing memory files.
[[nodiscard]] Result<Fd> sealed_file(const char* name, std::string_view octets, bool executable);

// read_sealed returns the content of such a file; Error if it can still be changed or is not `size` octets.
[[nodiscard]] Result<std::string> read_sealed(int file, std::size_t size);

// lock_file returns an empty memory file for record locks.
[[nodiscard]] Result<Fd> lock_file(const char* name);

}  // namespace postern::daemon
