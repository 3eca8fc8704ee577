// SPDX-License-Identifier: BSD-2-Clause
// The pure layer: any implementation of the decision, as a program. One JSON object per line in
// ({"id", "list", "ip", "names"}), one out ({"id", "verdict", …} or {"id", "unimplemented": "reason"}).
#ifndef POSTERN_CONFORMANCE_RUNNER_PURE_LAYER_H_
#define POSTERN_CONFORMANCE_RUNNER_PURE_LAYER_H_

#include <string>
#include <vector>

#include "conformance/runner/case.h"
#include "conformance/runner/process.h"
#include "conformance/runner/recorder.h"

namespace postern::conformance {

struct PureOptions {
  std::string program;          // as a shell would read it
  Milliseconds deadline{5000};  // per row
};

// run_pure: puts every access-domain case to the program, one at a time, and records the outcomes. A program
// that dies or hangs is started anew for the next row.
void run_pure(const std::vector<Case>& cases, const PureOptions& options, Recorder& recorder);

}  // namespace postern::conformance

#endif  // POSTERN_CONFORMANCE_RUNNER_PURE_LAYER_H_
