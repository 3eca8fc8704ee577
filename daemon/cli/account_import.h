// SPDX-License-Identifier: BSD-2-Clause
#ifndef POSTERN_DAEMON_CLI_ACCOUNT_IMPORT_H_
#define POSTERN_DAEMON_CLI_ACCOUNT_IMPORT_H_

#include "daemon/cli/account_trees.h"
#include "daemon/login/password.h"

namespace postern::daemon {

struct ImportOptions {
  HashMethod method;
  bool raw = false;      // malformed lists are written all the same
  bool replace = false;  // accounts that are not imported are removed
};

// import_accounts reads JSON lines {"account","password","access":[VALUE…]} from `in` and answers each on
// `out` with {"account","status":"applied"|"refused-at-write"|"failed","detail"}. VALUE is a string or
// {"hex":"…"}. Returns kExitOk, kExitData if a line was not applied, kExitIo if reading or writing failed.
int import_accounts(int in, int out, const AccountTrees& trees, const ImportOptions& options);

}  // namespace postern::daemon

#endif  // POSTERN_DAEMON_CLI_ACCOUNT_IMPORT_H_
