// SPDX-License-Identifier: BSD-2-Clause
// Somebody, and objects that are nearly right.
#pragma once

#include "fuzz/permission.h"

namespace fuzz {

inline Credentials somebody(Octets& input) {
  Credentials is = dropped();
  is.user = input.ids();
  is.group = input.ids();
  is.groups = input.groups();
  return is;
}

// near: `right`, or that with one thing about it otherwise.
inline Object near(Object right, Octets& input) {
  constexpr std::uint16_t kModes[] = {0660, 0600, 0700, 0550, 0755, 03775, 02775, 01777};
  switch (input.octet() % 8) {
    case 0:
      right.kind = static_cast<Kind>(input.octet() % 6);
      break;
    case 1:
      right.owner = input.id();
      break;
    case 2:
      right.group = input.id();
      break;
    case 3:
      right.mode = kModes[input.octet() % std::size(kModes)];
      break;
    case 4:
      right.mode = input.mode();
      break;
    case 5:
      right.names = input.octet() % 3U;
      break;
    default:
      break;
  }
  return right;
}

}  // namespace fuzz
