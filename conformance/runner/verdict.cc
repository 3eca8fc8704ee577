// SPDX-License-Identifier: BSD-2-Clause
#include "conformance/runner/verdict.h"

namespace postern::conformance {

std::string_view verdict_name(Verdict verdict) {
  switch (verdict) {
    case Verdict::kPass:
      return "pass";
    case Verdict::kFail:
      return "fail";
    case Verdict::kRefusedAtWrite:
      return "refused-at-write";
    case Verdict::kChoice:
      return "choice";
    case Verdict::kYes:
      return "yes";
    case Verdict::kNo:
      return "no";
    case Verdict::kUnimplemented:
      return "unimplemented";
    case Verdict::kSkipped:
      return "skipped";
    case Verdict::kHarnessError:
      return "harness-error";
    case Verdict::kTimeOut:
      return "time-out";
    case Verdict::kCrash:
      return "crash";
  }
  return "harness-error";
}

std::optional<Verdict> verdict_named(std::string_view name) {
  for (const Verdict verdict : kAllVerdicts) {
    if (verdict_name(verdict) == name) return verdict;
  }
  return std::nullopt;
}

}  // namespace postern::conformance
