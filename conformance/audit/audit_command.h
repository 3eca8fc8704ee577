// SPDX-License-Identifier: BSD-2-Clause
#ifndef POSTERN_CONFORMANCE_AUDIT_AUDIT_COMMAND_H_
#define POSTERN_CONFORMANCE_AUDIT_AUDIT_COMMAND_H_

#include <iosfwd>
#include <string>
#include <vector>

#include "conformance/audit/judge_process.h"

namespace postern::conformance {

// audit_main: `postern-conform audit --pid N …` with the words behind `audit`: every process of a running
// server, judged (PV-2 to PV-6). Prints a table or, with --json, one object a process. Returns the exit code:
// 0 nothing is wrong, 1 each finding was printed, 2 usage, 3 the server cannot be looked at.
int audit_main(const std::vector<std::string>& arguments);

// print_table, print_json: what audit_main prints.
void print_table(const std::vector<JudgedProcess>& all, std::ostream& out);
void print_json(const std::vector<JudgedProcess>& all, std::ostream& out);

}  // namespace postern::conformance

#endif  // POSTERN_CONFORMANCE_AUDIT_AUDIT_COMMAND_H_
