// SPDX-License-Identifier: BSD-2-Clause
//
// Law: whatever calls and execs follow one another: a refused call changes nothing; what is effective is
// permitted; the bounding set only shrinks; no_new_privs stays, and so do locks; and once a process is
// irrevocably unprivileged (PV-2) it is for good, with no way back to root. Input: where it starts, then
// calls with their arguments.
#include "core/permission_model/privileges.h"
#include "fuzz/permission.h"

namespace {

using namespace fuzz;

Transition made_of(Credentials old, const Call& call) {
#ifdef POSTERN_SEEDED_BUG
  if (call.name == CallName::kExec) old.no_new_privs = false;  // a set-uid file is honoured all the same
  Transition made = apply(old, call);
  if (call.name == CallName::kExec) made.after.no_new_privs = true;
  return made;
#else
  return apply(old, call);
#endif
}

void check_step(const Credentials& old, const Transition& made) {
  const Credentials& now = made.after;
  hold(made.error == CallError::kNone || now == old, "a refused call changes nothing");
  hold((now.effective & ~now.permitted) == 0, "what is effective is permitted");
  hold((now.ambient & ~now.permitted) == 0 || (old.ambient & ~old.permitted) != 0,
       "what is ambient is permitted");
  hold((now.bounding & ~old.bounding) == 0, "the bounding set only shrinks");
  hold(now.no_new_privs || !old.no_new_privs, "no_new_privs stays");
  hold((old.securebits & securebit::kLocks & ~now.securebits) == 0, "locks stay");
}

bool is_down(const Credentials& is) {
  return irrevocably_unprivileged(is, kMta, kMta, groups_of(kMta)) == PrivilegeReason::kConforms;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Octets input(octets_of(data, size));
  Credentials is = start(input);
  for (bool was_down = is_down(is); input.more();) {
    const Transition made = made_of(is, call(input));
    check_step(is, made);
    const bool down = is_down(made.after);
    hold(down || !was_down, "the drop is irrevocable");
    hold(!down || ways_back(made.after, {}) == 0, "who is down has no way back");
    is = made.after;
    was_down = down;
  }
  return 0;
}
