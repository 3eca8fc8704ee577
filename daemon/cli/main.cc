// SPDX-License-Identifier: BSD-2-Clause
#include <csignal>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "daemon/cli/command.h"
#include "daemon/cli/exit_code.h"

// Whatever goes wrong ends in one line on standard error and a code of <sysexits.h>.
int main(int argc, char** argv) {
  // A reader that goes away is a write error (exit 74), not a silent death.
  if (std::signal(SIGPIPE, SIG_IGN) == SIG_ERR) return postern::daemon::kExitSoftware;
  try {
    return postern::daemon::run_command(std::vector<std::string>(argv + 1, argv + argc));
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "postern: %s\n", failure.what());
    return postern::daemon::kExitSoftware;
  }
}
