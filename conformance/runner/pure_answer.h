// SPDX-License-Identifier: BSD-2-Clause
// What a program answers in the pure layer. Pure.
#ifndef POSTERN_CONFORMANCE_RUNNER_PURE_ANSWER_H_
#define POSTERN_CONFORMANCE_RUNNER_PURE_ANSWER_H_

#include <string_view>

#include "conformance/runner/outcome.h"

namespace postern::conformance {

// parse_pure_answer: what `line` says of the row `id`: kObserved, kUnimplemented, kBroken (the program
// refused the row), or kHarnessError, with what is wrong, if it is not of the protocol. Throws nothing for
// what a line holds.
Outcome parse_pure_answer(std::string_view line, std::string_view id);

}  // namespace postern::conformance

#endif  // POSTERN_CONFORMANCE_RUNNER_PURE_ANSWER_H_
