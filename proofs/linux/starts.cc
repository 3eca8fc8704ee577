// SPDX-License-Identifier: BSD-2-Clause
#include "proofs/linux/starts.h"

namespace postern::proofs {

using permission::CallName;
using permission::Id;

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

}  // namespace postern::proofs
