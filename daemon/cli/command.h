// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <string>
#include <vector>

namespace postern::daemon {

// run_command does what `arguments` (without the program's name) ask of the postern command, on the standard
// descriptors. Returns an ExitCode. A wrong command line is explained on standard error.
int run_command(const std::vector<std::string>& arguments);

}  // namespace postern::daemon
