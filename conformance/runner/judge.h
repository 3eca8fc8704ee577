// SPDX-License-Identifier: BSD-2-Clause
// judge: the one place where an outcome becomes a verdict. Pure.
#ifndef POSTERN_CONFORMANCE_RUNNER_JUDGE_H_
#define POSTERN_CONFORMANCE_RUNNER_JUDGE_H_

#include <set>
#include <string>

#include "conformance/runner/case.h"
#include "conformance/runner/outcome.h"
#include "conformance/runner/verdict.h"

namespace postern::conformance {

// Claims: what the program or server says of itself (the answer to `describe`), and so is held to.
struct Claims {
  std::set<std::string> gives = {"verdict"};  // which fields of the answer are compared
  bool hardening = false;                     // [H] rows are pass or fail, not yes or no
  bool extension = false;                     // [X] rows likewise
  bool our_dialect = false;                   // [D] rows must choose as SPEC.md does

  bool gives_field(const std::string& field) const { return gives.contains(field); }
};

struct Judgement {
  Verdict verdict = Verdict::kHarnessError;
  std::string choice;  // dialect rows: the id of the choice
  std::string expected;
  std::string got;
};

// judge: the verdict on `outcome` for `c`, from a server that claims `claims`.
Judgement judge(const Case& c, const Claims& claims, const Outcome& outcome);

// describe_expected: the row's answer in words, with the fields that are compared.
std::string describe_expected(const Case& c, const Claims& claims);

}  // namespace postern::conformance

#endif  // POSTERN_CONFORMANCE_RUNNER_JUDGE_H_
