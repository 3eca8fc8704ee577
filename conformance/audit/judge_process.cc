// SPDX-License-Identifier: BSD-2-Clause
#include "conformance/audit/judge_process.h"

#include <span>

namespace postern::conformance {
namespace {

using permission::PrivilegeReason;
using permission::Role;

// What a role's own forks are.
Role child_role(Role parent, const Held& held) {
  switch (parent) {
    case Role::kListener:
      return held.connected == 0 && held.files > 0 ? Role::kKeeper : Role::kSession;
    case Role::kDeliverSupervisor:
      return Role::kDeliver;
    case Role::kMaildropHelper:
      return Role::kNameResolver;
    default:
      return parent;
  }
}

Role role_by_holdings(const Held& held) {
  if (held.listening > 0) return Role::kListener;
  return held.connected > 0 ? Role::kSession : Role::kKeeper;
}

Role role_of(const SeenProcess& process, const std::map<pid_t, JudgedProcess>& judged,
             const AuditSite& site) {
  const auto parent = judged.find(static_cast<pid_t>(process.status.parent));
  if (parent != judged.end() && parent->second.process.program == process.program)
    return child_role(parent->second.role, process.held);
  const auto named = site.roles.find(process.program);
  if (named != site.roles.end()) return named->second;
  return judged.empty() ? Role::kDispatcher : role_by_holdings(process.held);
}

permission::ProcessFacts facts_of(const SeenProcess& process) {
  return {.credentials = process.status.credentials,
          .dumpable = process.dumpable,
          .seccomp = process.status.seccomp,
          .threads = process.status.threads,
          .listens = process.held.listening > 0,
          .connected = process.held.connected > 0,
          .files = process.held.files + process.held.devices > 0};
}

// Whether `who` can write the last step of a chain, or put something else at any step of it. An owner can
// give the mode that is missing.
bool can_change(const permission::Credentials& who, std::span<const permission::Object> chain) {
  using permission::AccessReason;
  for (std::size_t length = 1; length <= chain.size(); ++length) {
    const auto way = chain.first(length);
    if (way.back().owner == who.user.file_system) return true;
    if (length > 1 && permission::replace(who, way).reason == AccessReason::kAllowed) return true;
  }
  return permission::access(who, chain, permission::kWrite).reason == AccessReason::kAllowed;
}

permission::Reach reach_of(const permission::Credentials& who, const AuditSite& site) {
  permission::Reach reach;
  if (who.user.file_system == permission::kRoot) return reach;  // counted already
  for (const RootsPath& one : site.roots) reach.roots_input = reach.roots_input || can_change(who, one.chain);
  return reach;
}

}  // namespace

std::map<std::string, Role> our_roles() {
  return {{"posternd", Role::kDispatcher},
          {"postern-maildrop-helper", Role::kMaildropHelper},
          {"postern-deliver", Role::kDeliverSupervisor},
          {"postern-resolver", Role::kResolver},
          {"postern-logger", Role::kLogger},
          {"postern-tls", Role::kTls},
          {"postern-imap", Role::kListener},
          {"postern-pop3", Role::kListener},
          {"postern-smtp", Role::kListener}};
}

std::vector<JudgedProcess> judge(const std::vector<SeenProcess>& tree, const AuditSite& site) {
  std::vector<JudgedProcess> all;
  std::map<pid_t, JudgedProcess> by_pid;
  for (const SeenProcess& process : tree) {
    JudgedProcess judged{.process = process, .role = role_of(process, by_pid, site), .findings = {}};
    const permission::ProcessFacts facts = facts_of(process);
    for (int i = 1; i <= static_cast<int>(permission::kLastPrivilegeReason); ++i) {
      const auto reason = static_cast<PrivilegeReason>(i);
      if (permission::has_fault(reason, judged.role, facts, site.ids)) judged.findings.push_back(reason);
    }
    judged.ways_back = permission::ways_back(facts.credentials, reach_of(facts.credentials, site));
    judged.ways_meant = judged.role == Role::kMaildropHelper ? 2 : 0;
    by_pid.emplace(process.pid, judged);
    all.push_back(std::move(judged));
  }
  return all;
}

}  // namespace postern::conformance
