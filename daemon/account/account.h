// SPDX-License-Identifier: BSD-2-Clause
// An account as its file has it: one readable text of `key = value` lines. Pure; no file is touched here.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/sys/result.h"

namespace postern::daemon {

// Account is what one file in postoffice/accounts says. Keys of the file:
//   password = HASH            once; what crypt(3) made of the password
//   delivery = mailbox | maildrop:USER    at most once; mailbox if it is not there (MD-0)
//   access = ENTRY             one line per entry, in order, blank ones counted (AD-G2); none: from anywhere
struct Account {
  std::string password_hash;
  std::string maildrop_user;        // empty: the account has a mailbox
  std::vector<std::string> access;  // values as written, blanks around them dropped; may be malformed

  [[nodiscard]] bool has_mailbox() const { return maildrop_user.empty(); }
  friend bool operator==(const Account&, const Account&) = default;
};

// kAccountNameLimit: octets of an account name.
inline constexpr std::size_t kAccountNameLimit = 64;

// is_account_name: whether `name` can be an account's: 1 to 64 of a-z, 0-9 and . _ - + @, the first a letter
// or digit. Every such name is one path component that is neither hidden nor "." nor "..".
[[nodiscard]] bool is_account_name(std::string_view name);

// parse_account reads the text of an account file; `file` is for errors, which name file:line and the cure.
// Malformed access entries are taken as they are: they are judged by who uses the list (AD-G8).
[[nodiscard]] Result<Account> parse_account(std::string_view text, std::string_view file);

// print_account makes the text that parse_account reads back as an equal account, blanks around access
// entries dropped (AD-G2). An error if a value cannot be one line (it holds LF or NUL). The result holds the
// hash: wipe() it after use.
[[nodiscard]] Result<std::string> print_account(const Account& account);

// check_access_list refuses a list with a malformed entry, as whoever writes one must (AD-G8). The error
// names each such entry (0-based), the reason's code, the offset and the cure.
[[nodiscard]] Result<void> check_access_list(std::span<const std::string> access);

// wipe overwrites an account's hash and empties the rest.
void wipe(Account& account);

}  // namespace postern::daemon
