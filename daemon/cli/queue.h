// SPDX-License-Identifier: BSD-2-Clause
#ifndef POSTERN_DAEMON_CLI_QUEUE_H_
#define POSTERN_DAEMON_CLI_QUEUE_H_

#include <string>
#include <vector>

namespace postern::daemon {

// queue_main does what `arguments` (those after "queue") ask: list, show ID, retry ID. Root becomes the owner
// of the queue first. Returns an ExitCode or one of <sysexits.h>; errors go to standard error. Throws boost's
// option errors.
int queue_main(const std::vector<std::string>& arguments);

}  // namespace postern::daemon

#endif  // POSTERN_DAEMON_CLI_QUEUE_H_
