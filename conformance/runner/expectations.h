// SPDX-License-Identifier: BSD-2-Clause
// Expectations: where a known server is known to differ, and why; a JSON file kept with its adapter.
//   {"server": "dovecot", "expectations": [{"rows": "ad-g5-*", "verdict": "fail", "reason": "…"}]}
// `rows` is an id or a glob over ids; "choice" (optional) pins the choice of dialect rows.
#ifndef POSTERN_CONFORMANCE_RUNNER_EXPECTATIONS_H_
#define POSTERN_CONFORMANCE_RUNNER_EXPECTATIONS_H_

#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include "conformance/runner/judge.h"

namespace postern::conformance {

// ExpectationError: the file breaks its own rules. what() is "file: where: what. cure".
class ExpectationError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct Expectation {
  std::string rows;
  Verdict verdict = Verdict::kPass;
  std::string choice;
  std::string reason;
  size_t matched = 0;  // rows of this run that it spoke for
};

class Expectations {
 public:
  Expectations() = default;

  // load: reads and lints `file`: no unknown or repeated key, a reason of more than a word in each entry, no
  // glob twice, no verdict that needs no expectation unless it pins something. Throws ExpectationError.
  static Expectations load(const std::filesystem::path& file);

  const std::string& server() const { return server_; }

  // find: the one entry that speaks for `id`, counted as used; null if none does. Two that do throw
  // ExpectationError: the reader must not have to guess.
  const Expectation* find(const std::string& id);

  // stale: the entries that spoke for no row of the run.
  std::vector<Expectation> stale() const;

 private:
  std::string file_;
  std::string server_;
  std::vector<Expectation> entries_;
};

// is_expected: whether `judgement` is what `expectation` (may be null) says, or is no trouble without one.
bool is_expected(const Judgement& judgement, const Expectation* expectation);

}  // namespace postern::conformance

#endif  // POSTERN_CONFORMANCE_RUNNER_EXPECTATIONS_H_
