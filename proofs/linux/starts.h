// SPDX-License-Identifier: BSD-2-Clause
//
// What is compared: each call, from root and from what a few calls make of it.
#pragma once

#include <array>
#include <vector>

#include "core/permission_model/exec.h"

namespace postern::proofs {

// Ids that no account has: the kernel does not care, and no file is theirs.
inline constexpr permission::Id kMta = 64110;
inline constexpr permission::Id kUser = 64111;
inline constexpr std::array<permission::Id, 3> kIds = {permission::kRoot, kMta, kUser};

using Calls = std::vector<permission::Call>;

constexpr permission::Call call_of(permission::CallName name, std::uint64_t a = 0, std::uint64_t b = 0,
                                   std::uint64_t c = 0) {
  return {name, {a, b, c}, {}, {}};
}

constexpr permission::Call setgroups_of(const permission::Groups& groups) {
  return {permission::CallName::kSetgroups, {}, groups, {}};
}

// beginnings: each way to begin; what of root's privilege outlives the change of ids differs. `all` are the
// capabilities that this root has: a container's may have fewer than there are.
std::vector<Calls> beginnings(permission::CapabilitySet all);

// Shape: who is real, effective and saved.
using Shape = std::array<permission::Id, 3>;
std::vector<Shape> every_shape();

// start_of: a beginning, then these ids.
Calls start_of(Calls beginning, const Shape& user, const Shape& group);

// crosswise: the group ids that go with a shape of user ids, so that theirs is seen in every shape too.
constexpr Shape crosswise(const Shape& user) {
  return {user[2], user[0], user[1]};
}

// every_start: each shape of the user ids after each beginning. file_system_starts: file-system ids that are
// not the effective ones. every_pair: each shape of the user ids with each of the group ids.
std::vector<Calls> every_start(permission::CapabilitySet all);
std::vector<Calls> file_system_starts();
std::vector<Calls> every_pair();

// id_calls: each call of one kind of ids, with each id and with none. every_call: these and all others but
// exec.
Calls id_calls();
Calls every_call(permission::CapabilitySet all);

}  // namespace postern::proofs
