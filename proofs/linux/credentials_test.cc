// SPDX-License-Identifier: BSD-2-Clause
//
// PV-2 rests on what the kernel does. Here every credential call, from every state that a few calls from root
// lead to, is made in a thread of its own on the running kernel, and the state it leaves is compared with
// core/permission_model's, every field of it.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <vector>

#include "proofs/linux/process.h"
#include "proofs/linux/starts.h"

namespace postern::proofs {
namespace {

using permission::Call;
using permission::CallError;
using permission::CallName;
using permission::CapabilitySet;
using permission::Credentials;
using permission::Groups;
using permission::Id;
using permission::Transition;

constexpr Id kIdsOrUnchanged[] = {permission::kRoot, kMta, kUser, permission::kUnchanged};

// ---- What is called ------------------------------------------------------------------------------------

void add_calls_of(Calls& calls, CallName one, CallName two, CallName three, CallName file_system) {
  for (const Id a : kIdsOrUnchanged) {
    calls.push_back(call_of(one, a));
    calls.push_back(call_of(file_system, a));
    for (const Id b : kIdsOrUnchanged) {
      calls.push_back(call_of(two, a, b));
      for (const Id c : kIdsOrUnchanged) calls.push_back(call_of(three, a, b, c));
    }
  }
}

void add_id_calls(Calls& calls) {
  add_calls_of(calls, CallName::kSetuid, CallName::kSetreuid, CallName::kSetresuid, CallName::kSetfsuid);
  add_calls_of(calls, CallName::kSetgid, CallName::kSetregid, CallName::kSetresgid, CallName::kSetfsgid);
}

void add_capability_calls(Calls& calls, CapabilitySet all) {
  const CapabilitySet chown = set_of(permission::Capability::kChown);
  const CapabilitySet setuid = set_of(permission::Capability::kSetuid);
  const CapabilitySet sets[] = {0, chown, chown | setuid, all};
  for (const CapabilitySet a : sets) {
    if (a != 0) calls.push_back(call_of(CallName::kDropBounding, a));
    if (a == chown || a == 0) calls.push_back(call_of(CallName::kRaiseAmbient, chown));
    for (const CapabilitySet b : sets) {
      for (const CapabilitySet c : sets) calls.push_back(call_of(CallName::kCapset, a, b, c));
    }
  }
}

void add_prctl_calls(Calls& calls) {
  for (unsigned bit = 0; bit < 8; ++bit) calls.push_back(call_of(CallName::kSetSecurebits, 1U << bit));
  for (const unsigned bits : {0U, 0x0FU, 0xFFU, unsigned{permission::kDroppedSecurebits}})
    calls.push_back(call_of(CallName::kSetSecurebits, bits));
  calls.push_back(call_of(CallName::kKeepCapabilities, 0));
  calls.push_back(call_of(CallName::kKeepCapabilities, 1));
  calls.push_back(call_of(CallName::kClearAmbient));
  calls.push_back(call_of(CallName::kForbidNewPrivs));
}

// every_call: `all` are the capabilities that this root has; a container's may have fewer than there are.
Calls every_call(CapabilitySet all) {
  Calls calls;
  add_id_calls(calls);
  for (const Groups& groups :
       {permission::groups_of(), permission::groups_of(kMta), permission::groups_of(kUser, kMta)})
    calls.push_back(setgroups_of(groups));
  add_capability_calls(calls, all);
  add_prctl_calls(calls);
  return calls;
}

// ---- Where from ----------------------------------------------------------------------------------------

// every_start: each shape of the user ids after each beginning; the group ids stand crosswise to them, so
// that theirs is seen in every shape too.
std::vector<Calls> every_start(CapabilitySet all) {
  std::vector<Calls> starts;
  for (const Calls& beginning : beginnings(all))
    for (const Shape& user : every_shape()) starts.push_back(start_of(beginning, user, crosswise(user)));
  // A file-system id that is not the effective one. From there a call that asks for nothing new puts it back
  // before Linux 6.4, and not in the model: transitions.h says so.
  if (!kernel_is_at_least(6, 4)) return starts;
  for (const Shape& user : every_shape()) {
    starts.push_back(start_of({}, user, crosswise(user)));
    starts.back().push_back(call_of(CallName::kSetfsgid, user[2]));
    starts.back().push_back(call_of(CallName::kSetfsuid, user[2]));
  }
  return starts;
}

// every_pair: each shape of the user ids with each of the group ids.
std::vector<Calls> every_pair() {
  std::vector<Calls> starts;
  for (const Shape& user : every_shape())
    for (const Shape& group : every_shape()) starts.push_back(start_of({}, user, group));
  return starts;
}

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
  const std::vector<Calls> starts = every_start(all);
  EXPECT_EQ(starts.size(), kernel_is_at_least(6, 4) ? 189U : 162U);
  EXPECT_EQ(calls.size(), 264U);
  compare(key, starts, calls);
}

TEST(KernelCredentials, EveryIdCallFromEveryPairOfUserAndGroupIds) {
  const char* key = "kernel ids";
  if (!is_root_enough(key)) GTEST_SKIP() << kTakesRoot;
  Calls calls;
  add_id_calls(calls);
  const std::vector<Calls> starts = every_pair();
  EXPECT_EQ(starts.size(), 729U);
  EXPECT_EQ(calls.size(), 176U);
  compare(key, starts, calls);
}

}  // namespace
}  // namespace postern::proofs
