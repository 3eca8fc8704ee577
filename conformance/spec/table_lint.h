// SPDX-License-Identifier: BSD-2-Clause
// What must hold between the rows of the spec tables and the sentences of SPEC.md; spec-lint prints what does
// not.
#ifndef POSTERN_CONFORMANCE_SPEC_TABLE_LINT_H_
#define POSTERN_CONFORMANCE_SPEC_TABLE_LINT_H_

#include <compare>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "conformance/spec/model_table.h"
#include "conformance/spec/sentences.h"
#include "conformance/spec/table.h"

namespace postern::conformance {

// Finding: one thing that is amiss: where, what and the cure.
struct Finding {
  std::string file;
  std::string row;  // a row, point or sentence id
  std::string what;
  std::string cure;
};

// to_string: "file: row: what. cure."
std::string to_string(const Finding& finding);

// LintInput: all that is held against each other.
struct LintInput {
  AccessDomainTable access_domain;
  LoginTable login;
  ModelTables model;
  std::vector<Sentence> sentences;
  std::set<std::string> test_names;
};

// lint_tables: every finding, in order of file and row; empty = all is well.
std::vector<Finding> lint_tables(const LintInput& input);

// Counts: how many rows, and of which.
struct Counts {
  size_t access_domain = 0;
  size_t login = 0;
  size_t privileges = 0;
  size_t trees = 0;
  size_t maildrop = 0;
  size_t encryption = 0;
  size_t live = 0;
  std::map<std::string, size_t> by_sentence;
  std::map<std::string, size_t> by_group;
};

Counts count_rows(const LintInput& input);

}  // namespace postern::conformance

#endif  // POSTERN_CONFORMANCE_SPEC_TABLE_LINT_H_
