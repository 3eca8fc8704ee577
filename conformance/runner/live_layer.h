// SPDX-License-Identifier: BSD-2-Clause
// The live layer: real logins to a real server, from the rows' own addresses with the rows' own names.
// Stage 1 gives every account the empty list and logs in everywhere (the control of every deny); stage 2
// gives the rows' lists and logs in world by world. One start serves all rows of one set of settings.
#ifndef POSTERN_CONFORMANCE_RUNNER_LIVE_LAYER_H_
#define POSTERN_CONFORMANCE_RUNNER_LIVE_LAYER_H_

#include <string>
#include <vector>

#include "conformance/runner/adapter.h"
#include "conformance/runner/case.h"
#include "conformance/runner/login.h"
#include "conformance/runner/recorder.h"

namespace postern::conformance {

struct LiveOptions {
  std::string self;      // our own executable, for the name check
  std::string protocol;  // out of kProtocols
  size_t at_once = 16;
  Milliseconds deadline{10000};  // per login
};

// source_addresses: the addresses that `cases` need on lo.
std::set<std::string> source_addresses(const std::vector<Case>& cases);

// run_live: acts out `cases` against the server behind `adapter` and records the outcomes. Throws
// AdapterError when the adapter breaks.
void run_live(const std::vector<Case>& cases, const LiveOptions& options, const Description& server,
              const Adapter& adapter, const PrivateNetwork& network, Recorder& recorder);

}  // namespace postern::conformance

#endif  // POSTERN_CONFORMANCE_RUNNER_LIVE_LAYER_H_
