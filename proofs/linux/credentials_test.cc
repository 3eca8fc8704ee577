// SPDX-License-Identifier: BSD-2-Clause
//
// PV-2 rests on what the kernel does. Here every credential call, from every state that a few calls from root
// lead to, is made in a thread of its own on the running kernel, and the state it leaves is compared with
// core/permission_model's, every field of it.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <vector>

#include "proofs/linux/process.h"
#include "proofs/linux/starts.h"

namespace postern::proofs {
namespace {

using permission::Call;
using permission::CallError;
using permission::CapabilitySet;
using permission::Credentials;
using permission::Transition;

// ---- Comparison ----------------------------------------------------------------------------------------

// agrees makes `call` and compares; it changes this thread.
bool agrees(const Credentials& before, const Call& call) {
  const Transition expected = apply(before, call);
  const int got = perform(call);
  const Credentials after = credentials_here();
  if (got == errno_of(expected.error) && after == expected.after) return true;
  std::fprintf(stderr, "call %d (%lx, %lx, %lx)\n", static_cast<int>(call.name), call.argument[0],
               call.argument[1], call.argument[2]);
  show("before", 0, before);
  show("model ", errno_of(expected.error), expected.after);
  show("kernel", got, after);
  return false;
}

// all_agree goes to a start, every step of it compared as well, and makes each call from there. A thread of
// its own is for those that change something; a call that wrongly does spoils the state, and is found at
// once.
bool all_agree(const Calls& start, const Calls& calls) {
  Credentials state = credentials_here();
  for (const Call& step : start) {
    if (!agrees(state, step)) return false;
    state = credentials_here();
  }
  return std::ranges::all_of(calls, [&](const Call& call) {
    const auto one = [&] { return agrees(state, call); };
    return apply(state, call).after == state ? one() : in_thread(one);
  });
}

// compare prints the line of the ledger.
void compare(const char* key, const std::vector<Calls>& starts, const Calls& calls) {
  std::size_t wrong = 0;
  for (const Calls& start : starts) {
    if (!in_thread([&] { return all_agree(start, calls); })) ++wrong;
  }
  EXPECT_EQ(wrong, 0U);
  std::printf("ledger: %s: %zu starts x %zu calls on this kernel, %zu starts with a mismatch\n", key,
              starts.size(), calls.size(), wrong);
}

// PV-2: the model that judges the drop is this kernel.
TEST(KernelCredentials, EveryCallFromEveryStart) {
  const char* key = "kernel credentials";
  if (!is_root_enough(key)) GTEST_SKIP() << kTakesRoot;
  const CapabilitySet all = credentials_here().permitted;
  const Calls calls = every_call(all);
  std::vector<Calls> starts = every_start(all);
  // Before Linux 6.4 a call that asks for nothing new puts a file-system id back, and not in the model:
  // transitions.h says so.
  if (kernel_is_at_least(6, 4)) std::ranges::copy(file_system_starts(), std::back_inserter(starts));
  EXPECT_EQ(starts.size(), kernel_is_at_least(6, 4) ? 189U : 162U);
  EXPECT_EQ(calls.size(), 264U);
  compare(key, starts, calls);
}

TEST(KernelCredentials, EveryIdCallFromEveryPairOfUserAndGroupIds) {
  const char* key = "kernel ids";
  if (!is_root_enough(key)) GTEST_SKIP() << kTakesRoot;
  const Calls calls = id_calls();
  const std::vector<Calls> starts = every_pair();
  EXPECT_EQ(starts.size(), 729U);
  EXPECT_EQ(calls.size(), 176U);
  compare(key, starts, calls);
}

}  // namespace
}  // namespace postern::proofs
