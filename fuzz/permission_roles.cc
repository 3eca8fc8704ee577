// SPDX-License-Identifier: BSD-2-Clause
//
// Law: who conforms to its role (PV-3 to PV-6): a capability or an id 0 is the helper's alone; a connection
// and files together are the listener's or the resolver's; who can ask the helper is none that has a
// connection; deliver alone is in group mail; all but the helper are down for good. A fault is named if and
// only if there is one. Input: a role, whether the daemon was started as root, and what differs from a
// process that is right.
#include "fuzz/permission_roles.h"

namespace {

using namespace fuzz;

constexpr Site kSite{kMta, kMta, kMail, kUser, 1001};

PrivilegeReason verdict(Role role, const ProcessFacts& is, const Site& site) {
#ifdef POSTERN_SEEDED_BUG
  if (role == Role::kKeeper && is.connected) return PrivilegeReason::kConforms;  // PV-6 forgotten
#endif
  return role_conforms(role, is, site);
}

void check_conforming(Role role, const ProcessFacts& is) {
  const Credentials& has = is.credentials;
  const bool helper = role == Role::kMaildropHelper;
  hold(helper || (has.user.real != kRoot && (has.effective | has.permitted | has.ambient) == 0),
       "only the helper");
  hold(helper || ways_back(has, {}) == 0, "no way back");
  hold(has.no_new_privs && is.seccomp == 2 && is.threads == 1 && !is.dumpable, "confined");
  hold(!is.connected || !is.files || role == Role::kListener || role == Role::kResolver, "PV-6");
  hold(rule_of(role).identity == Identity::kMtaInMail || !has.groups.contains(kMail), "PV-4");
  hold(!is.helper_channel || !is.connected, "who can ask the helper has no connection");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Octets input(octets_of(data, size));
  const auto role = static_cast<Role>(input.octet() % kRoles);
  Site site = kSite;
  site.started_as_root = !input.flag();
  ProcessFacts is = right(role, site);
  hold(role_conforms(role, is, site) == PrivilegeReason::kConforms, "what is right conforms");
  while (input.more()) change(is, input);
  const PrivilegeReason reason = verdict(role, is, site);
  if (reason == PrivilegeReason::kConforms) check_conforming(role, is);
  bool faulty = false;
  for (int i = 1; i <= static_cast<int>(kLastPrivilegeReason); ++i)
    faulty |= has_fault(static_cast<PrivilegeReason>(i), role, is, site);
  hold(faulty == (reason != PrivilegeReason::kConforms), "a fault is named if and only if there is one");
  hold(!faulty || !reason_text(reason).cure.empty(), "it has a cure");
  return 0;
}
