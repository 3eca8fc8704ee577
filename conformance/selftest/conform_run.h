// SPDX-License-Identifier: BSD-2-Clause
// run_conform: the runner, run as anybody would, and what its event stream said.
#ifndef POSTERN_CONFORMANCE_SELFTEST_CONFORM_RUN_H_
#define POSTERN_CONFORMANCE_SELFTEST_CONFORM_RUN_H_

#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "conformance/runner/case.h"

namespace postern::conformance {

struct ConformRun {
  int exit_code = -1;
  std::string output;
  std::vector<nlohmann::json> events;

  // ids: the rows with one of `verdicts`.
  std::set<std::string> ids(const std::set<std::string>& verdicts) const;
  size_t results() const;
  // no_namespace: this machine lets us make no private network; the test is skipped, loudly.
  bool no_namespace() const;
};

// run_conform: `postern-conform run ARGUMENTS`, with `environment` (NAME=VALUE) added.
ConformRun run_conform(const std::vector<std::string>& arguments,
                       const std::vector<std::string>& environment = {});

// Programs and folders of the build.
std::string naive_decide(const std::string& behaviour);
std::string straw_adapter();

// suite: the tables of this build.
const Suite& suite();

// rows_where: the ids of the rows, of the table given or of any, for which `holds`.
std::set<std::string> rows_where(const std::string& table, const std::function<bool(const Case&)>& holds);

// The marks of a row that the six bugs are about.
bool has_domain_name(const Case& c);
bool has_zero_pattern_at_entry(const Case& c);
bool ends_without_boundary(const Case& c);

// minus: what is in `a` and not in `b`.
std::set<std::string> minus(const std::set<std::string>& a, const std::set<std::string>& b);

}  // namespace postern::conformance

#endif  // POSTERN_CONFORMANCE_SELFTEST_CONFORM_RUN_H_
