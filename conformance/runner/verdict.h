// SPDX-License-Identifier: BSD-2-Clause
// Verdict: what became of one row. The eleven are never folded into fewer.
#ifndef POSTERN_CONFORMANCE_RUNNER_VERDICT_H_
#define POSTERN_CONFORMANCE_RUNNER_VERDICT_H_

#include <array>
#include <optional>
#include <string_view>

namespace postern::conformance {

enum class Verdict {
  kPass,            // the answer is the row's
  kFail,            // it is another
  kRefusedAtWrite,  // a malformed list was refused where it is written (AD-G8): a pass of a malformed row
  kChoice,          // a dialect row: the server's choice is reported
  kYes,             // a hardening or extension row that the server does not claim: it does it all the same
  kNo,              // the same: it does not
  kUnimplemented,   // the server, or its adapter, cannot express the row
  kSkipped,         // the row cannot be acted out on this machine; the reason is given
  kHarnessError,    // the harness or the adapter broke: nothing is known about the server
  kTimeOut,         // no answer within the deadline
  kCrash,           // the program or a process of the server died
};

inline constexpr std::array kAllVerdicts = {
    Verdict::kPass,    Verdict::kFail,         Verdict::kRefusedAtWrite, Verdict::kChoice,
    Verdict::kYes,     Verdict::kNo,           Verdict::kUnimplemented,  Verdict::kSkipped,
    Verdict::kTimeOut, Verdict::kHarnessError, Verdict::kCrash};

// verdict_name: the word used in events, reports and expectation files.
std::string_view verdict_name(Verdict verdict);

// verdict_named: the inverse; nothing if no verdict has that name.
std::optional<Verdict> verdict_named(std::string_view name);

// is_trouble: the run fails unless an expectation file says that this was expected.
constexpr bool is_trouble(Verdict verdict) {
  return verdict == Verdict::kFail || verdict == Verdict::kTimeOut || verdict == Verdict::kCrash;
}

// ExitCode: the contract with scripts; see --help.
enum class ExitCode { kAsExpected = 0, kUnexpected = 1, kUsage = 2, kHarness = 3, kNothingRan = 4 };

}  // namespace postern::conformance

#endif  // POSTERN_CONFORMANCE_RUNNER_VERDICT_H_
