// SPDX-License-Identifier: BSD-2-Clause
// A process that is right, and what can be otherwise about it.
#pragma once

#include "core/permission_model/role.h"
#include "fuzz/permission.h"

namespace fuzz {

inline ProcessFacts right(Role role, const Site& site) {
  const Expected must = expected_of(role, site);
  ProcessFacts is{dropped()};
  is.credentials.user = all_four(must.user);
  is.credentials.group = all_four(must.group);
  is.credentials.groups = must.groups.value_or(groups_of(kUser));
  is.credentials.effective = is.credentials.permitted = must.capabilities;
  return is;
}

// change makes one thing about it otherwise.
inline void change(ProcessFacts& is, Octets& input) {
  Credentials& has = is.credentials;
  CapabilitySet* const sets[] = {&has.effective, &has.permitted, &has.inheritable, &has.ambient,
                                 &has.bounding};
  Id* const ids[] = {&has.user.real,  &has.user.effective,  &has.user.saved,  &has.user.file_system,
                     &has.group.real, &has.group.effective, &has.group.saved, &has.group.file_system};
  bool* const flags[] = {&has.no_new_privs, &is.dumpable, &is.listens,
                         &is.connected,     &is.files,    &is.helper_channel};
  const std::uint8_t which = input.octet();
  switch (which % 8) {
    case 0:
      *sets[which / 8U % std::size(sets)] = input.capabilities();
      break;
    case 1:
      *ids[which / 8U % std::size(ids)] = input.id();
      break;
    case 2:
      has.groups = input.groups();
      break;
    case 3:
      is.seccomp = input.octet() % 3;
      break;
    case 4:
      is.threads = input.octet() % 3;
      break;
    default:
      *flags[which / 8U % std::size(flags)] ^= true;
  }
}

}  // namespace fuzz
