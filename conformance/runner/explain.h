// SPDX-License-Identifier: BSD-2-Clause
// list and explain: the table for people.
#ifndef POSTERN_CONFORMANCE_RUNNER_EXPLAIN_H_
#define POSTERN_CONFORMANCE_RUNNER_EXPLAIN_H_

#include <iosfwd>
#include <vector>

#include "conformance/runner/case.h"

namespace postern::conformance {

// list_cases: one line per case, or one JSON object.
void list_cases(const std::vector<Case>& cases, bool json, std::ostream& out);

// explain_case: one case in full, with the words of the sentences that it cites.
void explain_case(const Case& c, const Suite& suite, std::ostream& out);

}  // namespace postern::conformance

#endif  // POSTERN_CONFORMANCE_RUNNER_EXPLAIN_H_
