// SPDX-License-Identifier: BSD-2-Clause
//
// The calls that change credentials, and exec: core/permission_model and the Coq model of which the theorems
// on the drop speak (PV-2), in every field of the state. proofs/linux holds the same calls against the
// running kernel.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <vector>

#include "proofs/linux/starts.h"
#include "proofs/oracle/credentials.h"

namespace postern::proofs {
namespace {

using permission::Call;
using permission::CallError;
using permission::CallName;
using permission::CapabilitySet;
using permission::Credentials;
using permission::Id;
using permission::ProgramFile;
using permission::Transition;

// every_program: of each owner and group, with each set-id bit, and capabilities of all kinds.
Calls every_program() {
  const CapabilitySet chown = set_of(permission::Capability::kChown);
  std::vector<ProgramFile> capable(1);
  for (const CapabilitySet permitted : {CapabilitySet{0}, chown, permission::kAllCapabilities}) {
    for (const bool effective : {false, true})
      capable.push_back(
          {.has_capabilities = true, .permitted = permitted, .inheritable = chown, .effective = effective});
  }
  Calls calls;
  for (ProgramFile file : capable) {
    for (const unsigned mode : {00755U, 02755U, 02745U, 04755U, 06755U}) {
      for (const Id owner : kIds) {
        file.mode = static_cast<std::uint16_t>(mode);
        file.owner = file.group = owner;
        calls.push_back({CallName::kExec, {}, {}, file});
        file.on_nosuid = true;
        calls.push_back({CallName::kExec, {}, {}, file});
        file.on_nosuid = false;
      }
    }
  }
  return calls;
}

// every_state: where each start leads from root, also with no_new_privs.
std::vector<Credentials> every_state() {
  std::vector<Calls> starts = every_start(permission::kAllCapabilities);
  std::ranges::copy(file_system_starts(), std::back_inserter(starts));
  std::vector<Credentials> states;
  for (const Calls& start : starts) {
    Credentials state;
    for (const Call& call : start) state = apply(state, call).after;
    states.push_back(state);
    state.no_new_privs = true;
    states.push_back(state);
  }
  return states;
}

struct Counts {
  unsigned long compared = 0, refused = 0, differ = 0;
};

void compare(const Credentials& before, const Call& call, Counts& counts) {
  const Transition is = apply(before, call);
  const std::optional<Credentials> must = oracle::call_answer(before, call);
  ++counts.compared;
  if (!must) ++counts.refused;
  if (must ? is.error == CallError::kNone && is.after == *must : is.error == CallError::kPermission) return;
  if (++counts.differ < 10)
    ADD_FAILURE() << "call " << static_cast<int>(call.name) << " (" << call.argument[0] << ", "
                  << call.argument[1] << ", " << call.argument[2] << ") from uid " << before.user.real << " "
                  << before.user.effective << " " << before.user.saved
                  << (must ? ": the model allows it" : ": the model refuses it");
}

TEST(ExhaustiveCredentials, EveryCallFromEveryStateAsTheModel) {
  Calls calls = every_call(permission::kAllCapabilities);
  std::erase_if(calls, [](const Call& call) { return !oracle::has_call(call); });
  for (const Call& program : every_program()) calls.push_back(program);
  const std::vector<Credentials> states = every_state();
  EXPECT_EQ(calls.size(), 470U);
  EXPECT_EQ(states.size(), 378U);
  Counts counts;
  for (const Credentials& state : states)
    for (const Call& call : calls) compare(state, call, counts);
  EXPECT_EQ(counts.differ, 0U);
  std::printf("ledger: exhaustive credentials: %zu states x %zu calls, %lu refused, %lu differ\n",
              states.size(), calls.size(), counts.refused, counts.differ);
}

}  // namespace
}  // namespace postern::proofs
