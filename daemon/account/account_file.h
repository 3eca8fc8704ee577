// SPDX-License-Identifier: BSD-2-Clause
// Reading an account's file, as a keeper does: nothing is written here.
#pragma once

#include <optional>
#include <string_view>

#include "daemon/account/account.h"

namespace postern::daemon {

// kAccountFileLimit: octets of an account file.
inline constexpr std::size_t kAccountFileLimit = 16U << 20;

// read_account reads the file `name` in the directory `accounts`. nullopt: there is no such account, or no
// account can have that name. An Error: the file cannot be read, is no regular file, or is malformed.
[[nodiscard]] Result<std::optional<Account>> read_account(int accounts, std::string_view name);

}  // namespace postern::daemon
