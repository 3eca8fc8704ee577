// SPDX-License-Identifier: BSD-2-Clause
//
// role.h: the processes of the daemon, and what each may be and hold (PV-3 to PV-6).
#pragma once

#include "privileges.h"

namespace postern::permission {

// Role: one kind of process of the tree that daemon/README.md draws.
enum class Role : std::uint8_t {
  kDispatcher,
  kMaildropHelper,
  kNameResolver,  // the helper's child: login name to uid
  kDeliverSupervisor,
  kDeliver,
  kTls,
  kResolver,
  kLogger,
  kLimits,
  kListener,
  kSession,
  kKeeper,
};
inline constexpr std::size_t kRoles = 12;

// Identity: whose ids a role has.
enum class Identity : std::uint8_t { kMta, kMtaInMail, kRootInMail, kNameResolver };

// RoleRule: what the role may hold. `connected`: a socket whose other end is outside the daemon.
struct RoleRule {
  Role role;
  std::string_view name;
  Identity identity;
  bool listens;
  bool connected;
  bool files;
  bool helper_channel;
};

inline constexpr std::array<RoleRule, kRoles> kRoleRules = {{
    // PV-3: keeps the listening sockets for its modules; never a connection.
    {Role::kDispatcher, "dispatcher", Identity::kMta, true, false, true, false},
    // PV-5, MD-4: the one exception, and who can ask it.
    {Role::kMaildropHelper, "maildrop-helper", Identity::kRootInMail, false, false, true, true},
    {Role::kNameResolver, "name-resolver", Identity::kNameResolver, false, false, true, true},
    {Role::kDeliverSupervisor, "deliver-supervisor", Identity::kMtaInMail, false, false, true, true},
    {Role::kDeliver, "deliver", Identity::kMtaInMail, false, false, true, true},
    {Role::kTls, "tls", Identity::kMta, false, true, false, false},
    // PV-6: the named exception: asks name servers, reads the host file, holds no client socket.
    {Role::kResolver, "resolver", Identity::kMta, false, true, true, false},
    {Role::kLogger, "logger", Identity::kMta, false, false, true, false},
    {Role::kLimits, "limits", Identity::kMta, false, false, false, false},
    // Holds a connection from accept to fork and what its keepers need; reads neither.
    {Role::kListener, "listener", Identity::kMta, true, true, true, false},
    {Role::kSession, "session", Identity::kMta, false, true, false, false},
    {Role::kKeeper, "keeper", Identity::kMta, false, false, true, false},
}};

constexpr const RoleRule& rule_of(Role role) noexcept {
  return kRoleRules[static_cast<std::size_t>(role)];
}

// PV-6 holds of the rules themselves.
static_assert([] {
  for (std::size_t i = 0; i < kRoles; ++i) {
    const RoleRule& rule = kRoleRules[i];
    const bool excepted = rule.role == Role::kResolver || rule.role == Role::kListener;
    if (static_cast<std::size_t>(rule.role) != i || (rule.connected && rule.files && !excepted)) return false;
  }
  return true;
}());

// Site: whose ids they are here.
struct Site {
  Id mta_user;
  Id mta_group;
  Id mail_group;
  Id name_user;  // of the helper's child
  Id name_group;
  bool started_as_root =
      true;  // false: an ordinary user's daemon; bounding set as it is, groups but for mail
};

// ProcessFacts: one process as the kernel shows it.
struct ProcessFacts {
  Credentials credentials;
  bool dumpable = false;
  std::uint8_t seccomp = 2;  // as in /proc/PID/status: 2 is a filter
  std::uint32_t threads = 1;
  bool listens = false;
  bool connected = false;
  bool files = false;
  bool helper_channel = false;
};

constexpr Expected expected_of(Role role, const Site& site) noexcept {
  Expected must{
      .user = site.mta_user, .group = site.mta_group, .groups = groups_of(site.mta_group), .securebits = {}};
  switch (rule_of(role).identity) {
    case Identity::kMta:
      break;
    case Identity::kMtaInMail:
      must.groups = groups_of(site.mta_group, site.mail_group);
      break;
    case Identity::kRootInMail:
      must = {.user = kRoot,
              .group = site.mail_group,
              .groups = Groups{},
              .capabilities = set_of(Capability::kChown),
              .root_is_meant = true,
              .securebits = {}};
      return must;
    case Identity::kNameResolver:
      must = {.user = site.name_user,
              .group = site.name_group,
              .groups = groups_of(site.name_group),
              .securebits = {}};
      return must;
  }
  if (site.started_as_root) return must;
  // Made anew: clang does not copy an optional that was reset while compiling.
  return {.user = must.user, .group = must.group, .groups = {}, .bounding_empty = false, .securebits = {}};
}

// in_mail_unmeant: PV-4 of an ordinary user's daemon: it has the groups of whoever started it, but group mail
// is deliver's alone.
constexpr bool in_mail_unmeant(const RoleRule& rule, const Credentials& is, const Site& site) noexcept {
  return !site.started_as_root && rule.identity == Identity::kMta && site.mail_group != site.mta_group &&
         is.groups.contains(site.mail_group);
}

// has_fault: whether `reason` is true of the process in this role.
constexpr bool has_fault(PrivilegeReason reason, Role role, const ProcessFacts& is,
                         const Site& site) noexcept {
  const RoleRule& rule = rule_of(role);
  switch (reason) {
    case PrivilegeReason::kDumpable:
      return is.dumpable;
    case PrivilegeReason::kFilter:
      return is.seccomp != 2;
    case PrivilegeReason::kThreads:
      return is.threads != 1;
    case PrivilegeReason::kListens:
      return is.listens && !rule.listens;
    case PrivilegeReason::kConnected:
      return is.connected && !rule.connected;
    case PrivilegeReason::kFiles:
      return is.files && !rule.files;
    case PrivilegeReason::kHelperChannel:
      return is.helper_channel && !rule.helper_channel;
    case PrivilegeReason::kSupplementaryGroups:
      if (in_mail_unmeant(rule, is.credentials, site)) return true;
      [[fallthrough]];
    default:
      return detail::credential_fault(reason, is.credentials, expected_of(role, site));
  }
}

// role_conforms: the first reason why the process is not what its role must be, or kConforms.
constexpr PrivilegeReason role_conforms(Role role, const ProcessFacts& is, const Site& site) noexcept {
  for (int i = 1; i <= static_cast<int>(kLastPrivilegeReason); ++i) {
    const auto reason = static_cast<PrivilegeReason>(i);
    if (has_fault(reason, role, is, site)) return reason;
  }
  return PrivilegeReason::kConforms;
}

}  // namespace postern::permission
