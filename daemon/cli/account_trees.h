// SPDX-License-Identifier: BSD-2-Clause
#ifndef POSTERN_DAEMON_CLI_ACCOUNT_TREES_H_
#define POSTERN_DAEMON_CLI_ACCOUNT_TREES_H_

#include <string>

#include "daemon/sys/fd.h"
#include "daemon/sys/result.h"

namespace postern::daemon {

// AccountTrees: where accounts and mailboxes lie, opened.
struct AccountTrees {
  Fd accounts;   // postoffice/accounts
  Fd mailboxes;  // the mailbox tree
};

// TreePaths: the same as paths.
struct TreePaths {
  std::string postoffice;
  std::string mailbox;
};

// paths_below: the trees of a prefix, as postern-setup makes them.
[[nodiscard]] TreePaths paths_below(const std::string& root);

// paths_from_config takes them from a configuration file.
[[nodiscard]] Result<TreePaths> paths_from_config(const std::string& file);

// open_trees opens the trees. Root then becomes their owner, for good, before anything in them is touched:
// what the MTA user may have put there can mislead nobody but the MTA user.
[[nodiscard]] Result<AccountTrees> open_trees(const TreePaths& paths);

}  // namespace postern::daemon

#endif  // POSTERN_DAEMON_CLI_ACCOUNT_TREES_H_
