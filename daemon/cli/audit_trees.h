// SPDX-License-Identifier: BSD-2-Clause
#ifndef POSTERN_DAEMON_CLI_AUDIT_TREES_H_
#define POSTERN_DAEMON_CLI_AUDIT_TREES_H_

#include <string>
#include <vector>

namespace postern::daemon {

// audit_trees_main: `postern audit-trees --config FILE`: everything in the three trees, and as root also what
// root reads (DT-4). Exit 0 nothing is wrong, 78 each finding was printed, or the configuration's own status.
int audit_trees_main(const std::vector<std::string>& arguments);

}  // namespace postern::daemon

#endif  // POSTERN_DAEMON_CLI_AUDIT_TREES_H_
