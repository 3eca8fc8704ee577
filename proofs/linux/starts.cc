// SPDX-License-Identifier: BSD-2-Clause
#include "proofs/linux/starts.h"

namespace postern::proofs {

using permission::CallName;
using permission::CapabilitySet;
using permission::Groups;
using permission::Id;

namespace {

constexpr Id kIdsOrUnchanged[] = {permission::kRoot, kMta, kUser, permission::kUnchanged};

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

}  // namespace

Calls id_calls() {
  Calls calls;
  add_calls_of(calls, CallName::kSetuid, CallName::kSetreuid, CallName::kSetresuid, CallName::kSetfsuid);
  add_calls_of(calls, CallName::kSetgid, CallName::kSetregid, CallName::kSetresgid, CallName::kSetfsgid);
  return calls;
}

Calls every_call(CapabilitySet all) {
  Calls calls = id_calls();
  for (const Groups& groups :
       {permission::groups_of(), permission::groups_of(kMta), permission::groups_of(kUser, kMta)})
    calls.push_back(setgroups_of(groups));
  add_capability_calls(calls, all);
  add_prctl_calls(calls);
  return calls;
}

std::vector<Calls> beginnings(permission::CapabilitySet all) {
  const permission::CapabilitySet chown = set_of(permission::Capability::kChown);
  return {
      {},
      {call_of(CallName::kKeepCapabilities, 1)},
      {call_of(CallName::kSetSecurebits, permission::securebit::kNoSetuidFixup)},
      {call_of(CallName::kSetSecurebits, permission::kDroppedSecurebits)},
      {call_of(CallName::kCapset, all, all, chown), call_of(CallName::kRaiseAmbient, chown)},
      {call_of(CallName::kDropBounding, all)},
  };
}

std::vector<Shape> every_shape() {
  std::vector<Shape> shapes;
  for (const Id real : kIds)
    for (const Id effective : kIds)
      for (const Id saved : kIds) shapes.push_back({real, effective, saved});
  return shapes;
}

Calls start_of(Calls beginning, const Shape& user, const Shape& group) {
  beginning.push_back(call_of(CallName::kSetresgid, group[0], group[1], group[2]));
  beginning.push_back(call_of(CallName::kSetresuid, user[0], user[1], user[2]));
  return beginning;
}

std::vector<Calls> every_start(CapabilitySet all) {
  std::vector<Calls> starts;
  for (const Calls& beginning : beginnings(all))
    for (const Shape& user : every_shape()) starts.push_back(start_of(beginning, user, crosswise(user)));
  return starts;
}

std::vector<Calls> file_system_starts() {
  std::vector<Calls> starts;
  for (const Shape& user : every_shape()) {
    starts.push_back(start_of({}, user, crosswise(user)));
    starts.back().push_back(call_of(CallName::kSetfsgid, user[2]));
    starts.back().push_back(call_of(CallName::kSetfsuid, user[2]));
  }
  return starts;
}

std::vector<Calls> every_pair() {
  std::vector<Calls> starts;
  for (const Shape& user : every_shape())
    for (const Shape& group : every_shape()) starts.push_back(start_of({}, user, group));
  return starts;
}

}  // namespace postern::proofs
