// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <string>
#include <string_view>

#include "daemon/cli/list_file.h"

namespace postern::daemon {

struct LintReport {
  std::string text;    // one line a finding; empty where there is none
  bool any_malformed;  // the list would be refused where it is written (AD-G8)
};

// lint_report holds the findings about `list` in the form compilers have made familiar:
//   FILE:LINE: error|warning|note: code: VALUE what is so. What to do.
LintReport lint_report(const ListText& list, std::string_view file);

// lint_help is the text of `postern lint --help`: each code with its meaning and cure.
std::string lint_help();

}  // namespace postern::daemon
