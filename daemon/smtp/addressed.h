// SPDX-License-Identifier: BSD-2-Clause
// Whose a mail address is. Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace postern::daemon {

// accounts_for returns the account names that may be meant by `mailbox`, the likelier first; none: it is not
// ours to deliver. "alice@example.org" means an account of that whole name, whatever its domain, or "alice"
// if the domain is one of `domains`; "postmaster" alone means that account. Case is folded (ASCII), the
// quotes of a quoted local part are dropped.
[[nodiscard]] std::vector<std::string> accounts_for(std::string_view mailbox,
                                                    std::span<const std::string> domains);

// accounts_named returns the account name that is meant by a user id, if it can be one. Case is folded.
[[nodiscard]] std::vector<std::string> accounts_named(std::string_view user_id);

// is_local: whether the mailbox's domain is one of `domains`, or it has none.
[[nodiscard]] bool is_local(std::string_view mailbox, std::span<const std::string> domains);

}  // namespace postern::daemon
