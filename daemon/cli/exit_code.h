// SPDX-License-Identifier: BSD-2-Clause
#pragma once

namespace postern::daemon {

// ExitCode: what the postern command ends with: the numbers of <sysexits.h>, so that a script can tell them
// apart.
enum ExitCode : int {
  kExitOk = 0,
  kExitUsage = 64,     // EX_USAGE: the command line is wrong
  kExitData = 65,      // EX_DATAERR: some input was malformed
  kExitNoInput = 66,   // EX_NOINPUT: a named file cannot be read
  kExitSoftware = 70,  // EX_SOFTWARE: a defect of this program
  kExitIo = 74,        // EX_IOERR: reading or writing failed
};

}  // namespace postern::daemon
