// SPDX-License-Identifier: BSD-2-Clause
// What a row of a model's table may not be, whatever core says of it; and what
// the tables may not leave out. For table_lint.cc.
#ifndef POSTERN_CONFORMANCE_SPEC_MODEL_LINT_H_
#define POSTERN_CONFORMANCE_SPEC_MODEL_LINT_H_

#include <optional>
#include <string>
#include <vector>

#include "conformance/spec/model_table.h"

namespace postern::conformance {

struct RowFault {
  std::string what;
  std::string cure;
};

// fault_of: the first thing in which a row contradicts itself.
std::optional<RowFault> fault_of(const PrivilegeRow& row);
std::optional<RowFault> fault_of(const TreeRow& row);
std::optional<RowFault> fault_of(const MaildropRow& row);
std::optional<RowFault> fault_of(const EncryptionRow& row);

// CoverageGap: a reason, role or call that no row of the file has.
struct CoverageGap {
  const char* file;
  std::string what;
};

std::vector<CoverageGap> coverage_gaps(const ModelTables& tables);

}  // namespace postern::conformance

#endif  // POSTERN_CONFORMANCE_SPEC_MODEL_LINT_H_
