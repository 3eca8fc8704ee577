// SPDX-License-Identifier: BSD-2-Clause
// Which rows a command is about.
#ifndef POSTERN_CONFORMANCE_RUNNER_SELECT_H_
#define POSTERN_CONFORMANCE_RUNNER_SELECT_H_

#include <string>
#include <vector>

#include "conformance/runner/case.h"

namespace postern::conformance {

// Selection: a row is taken if it matches one of each kind that is not empty.
struct Selection {
  std::vector<std::string> ids;        // ids or globs
  std::vector<std::string> sentences;  // "AD-3" or a glob
  std::vector<std::string> groups;     // "spec", "dialect:*"
  std::vector<std::string> tables;

  bool is_everything() const { return ids.empty() && sentences.empty() && groups.empty() && tables.empty(); }
};

std::vector<Case> select(const std::vector<Case>& cases, const Selection& selection);

}  // namespace postern::conformance

#endif  // POSTERN_CONFORMANCE_RUNNER_SELECT_H_
