// SPDX-License-Identifier: BSD-2-Clause
// Outcome: what a layer saw when it acted out one case; the judge turns it into a verdict.
#ifndef POSTERN_CONFORMANCE_RUNNER_OUTCOME_H_
#define POSTERN_CONFORMANCE_RUNNER_OUTCOME_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "conformance/spec/table.h"

namespace postern::conformance {

// WireLine: one exchange with the program or server. `seconds` counts from the first line of the log.
struct WireLine {
  double seconds = 0;
  char direction = '>';  // '>' sent by the runner, '<' received, '!' a remark of the runner
  std::string octets;
};
using WireLog = std::vector<WireLine>;

// Observation: an answer. A field that the layer cannot see, or the program does not give, is not `given`.
struct Observation {
  bool allow = false;
  std::optional<int> step;
  std::optional<size_t> entry;
  std::optional<std::string> name;
  std::optional<std::vector<Malformed>> malformed;
  std::optional<bool> asked;  // the name service was asked for this client
  std::string words;          // the octets of the last answer, for a person
};

struct Outcome {
  enum class Kind {
    kObserved,
    kBroken,  // an answer that no row can expect; `detail` says what
    kUnimplemented,
    kRefusedAtWrite,
    kSkipped,
    kHarnessError,
    kTimeOut,
    kCrash
  };
  Kind kind = Kind::kHarnessError;
  std::string detail;
  Observation observation;
  WireLog wire;
  double seconds = 0;

  static Outcome of(Kind kind, std::string detail) { return {kind, std::move(detail), {}, {}, 0}; }
};

}  // namespace postern::conformance

#endif  // POSTERN_CONFORMANCE_RUNNER_OUTCOME_H_
