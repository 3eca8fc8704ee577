// SPDX-License-Identifier: BSD-2-Clause
#ifndef POSTERN_DAEMON_CLI_ACCOUNT_H_
#define POSTERN_DAEMON_CLI_ACCOUNT_H_

#include <string>
#include <vector>

namespace postern::daemon {

// account_main does what `arguments` (those after "account") ask: add, passwd, access, list, remove, import.
// Passwords come from standard input or the terminal, never from the command line. Returns an ExitCode or one
// of <sysexits.h>; errors go to standard error with what, where and cure. Throws boost's option errors.
int account_main(const std::vector<std::string>& arguments);

}  // namespace postern::daemon

#endif  // POSTERN_DAEMON_CLI_ACCOUNT_H_
