// SPDX-License-Identifier: BSD-2-Clause
// Changing accounts: what `postern account` does, and no process of the daemon.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "daemon/account/account.h"

namespace postern::daemon {

enum class WriteMode { kCreate, kReplace };

// write_account writes the file of account `name` in the directory `accounts`: whole or not at all, 0600,
// lasting when it returns. kCreate: an Error if there is such an account. The list is written as it is; who
// takes it from people calls check_access_list before (AD-G8). Requires is_account_name(name).
[[nodiscard]] Result<void> write_account(int accounts, std::string_view name, const Account& account,
                                         WriteMode mode);

// remove_account removes it; false: there is none. Requires is_account_name(name).
[[nodiscard]] Result<bool> remove_account(int accounts, std::string_view name);

// list_accounts returns the names of all accounts, sorted. What cannot be an account's name is passed over.
[[nodiscard]] Result<std::vector<std::string>> list_accounts(int accounts);

// make_mailbox makes the Maildir `name` below `mailboxes`, 0700 (DT-2); what is there already stays as it is.
[[nodiscard]] Result<void> make_mailbox(int mailboxes, std::string_view name);

}  // namespace postern::daemon
