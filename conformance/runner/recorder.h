// SPDX-License-Identifier: BSD-2-Clause
// Recorder: takes the outcome of each case, judges it, holds it against the expectations, emits the events,
// and knows the exit code at the end.
#ifndef POSTERN_CONFORMANCE_RUNNER_RECORDER_H_
#define POSTERN_CONFORMANCE_RUNNER_RECORDER_H_

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "conformance/runner/events.h"
#include "conformance/runner/expectations.h"
#include "conformance/runner/judge.h"

namespace postern::conformance {

struct RunInfo {
  std::string layer;  // "pure" or "live"
  std::string server_name;
  std::string server_version;
  std::string replay;  // the command line up to the row's id
  bool whole = true;   // no selection was given: stale expectations can be told
};

class Recorder {
 public:
  // `events` outlives the recorder.
  Recorder(EventStream& events, Expectations expectations, Claims claims, RunInfo info);

  const Claims& claims() const { return claims_; }
  EventStream& events() { return events_; }

  void start(size_t rows, const std::string& spec_dir);

  // record: one result. `variant` tells two results of one row apart; usually empty.
  void record(const Case& c, const Outcome& outcome, const std::string& variant = "");

  // harness_error: something broke that belongs to no row.
  void harness_error(const std::string& what);

  // finish: emits the summary and returns the exit code. Precedence 2, 3, 1, 4, 0 (2 never comes here).
  ExitCode finish();

 private:
  ExitCode conclude() const;
  void check_stale();

  EventStream& events_;
  Expectations expectations_;
  Claims claims_;
  RunInfo info_;
  std::chrono::steady_clock::time_point began_;
  std::map<Verdict, size_t> counts_;
  std::map<std::string, std::map<std::string, size_t>> choices_;
  std::vector<std::string> problems_;
  size_t unexpected_ = 0;
  size_t harness_errors_ = 0;
  size_t decided_ = 0;  // rows that reached pass or fail
};

}  // namespace postern::conformance

#endif  // POSTERN_CONFORMANCE_RUNNER_RECORDER_H_
