// SPDX-License-Identifier: BSD-2-Clause
// Names of folders, as clients say them, and of their directories (Maildir++). Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace postern::daemon {

inline constexpr char kFolderDelimiter = '.';
inline constexpr std::size_t kFolderNameLimit = 200;
inline constexpr std::size_t kKeywordLimit = 64;

// is_inbox: INBOX in any case (RFC 3501, section 5.1).
[[nodiscard]] bool is_inbox(std::string_view name);

// is_folder_name: whether a folder other than INBOX can have this name: parts joined by '.', none of them
// empty; printable ASCII in valid modified UTF-7 (RFC 3501, section 5.1.3; taken as it is, never decoded)
// without
// '/', '*', '%', '"' and '\'; at most 200 octets.
[[nodiscard]] bool is_folder_name(std::string_view name);

// folder_directory: the directory of folder `name` below the account's Maildir: "." for INBOX, "." and the
// name for any other. Such a text is "." or one component that is neither "." nor "..". nullopt: no folder's
// name.
[[nodiscard]] std::optional<std::string> folder_directory(std::string_view name);

// folder_of_directory: the name of the folder that the directory `component` is; empty: none (INBOX is not
// asked for). folder_directory(folder_of_directory(c)) == c for whatever has one.
[[nodiscard]] std::string_view folder_of_directory(std::string_view component);

// is_keyword: a flag that is no system flag (RFC 3501: flag-keyword): an atom of at most 64 octets.
[[nodiscard]] bool is_keyword(std::string_view name);

}  // namespace postern::daemon
