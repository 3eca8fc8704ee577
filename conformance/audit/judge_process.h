// SPDX-License-Identifier: BSD-2-Clause
// Each process of a server, judged by the permission model (PV-2 to PV-6). Pure.
#ifndef POSTERN_CONFORMANCE_AUDIT_JUDGE_PROCESS_H_
#define POSTERN_CONFORMANCE_AUDIT_JUDGE_PROCESS_H_

#include <map>
#include <string>
#include <vector>

#include "conformance/audit/process_facts.h"
#include "core/permission_model/file_access.h"
#include "core/permission_model/role.h"

namespace postern::conformance {

// RootsPath: what root executes or parses: / and every step down to it (DT-3).
struct RootsPath {
  std::string path;
  std::vector<permission::Object> chain;
};

// AuditSite: whose ids the processes should have, the roles of programs by name, and what is root's to read.
struct AuditSite {
  permission::Site ids{};
  std::map<std::string, permission::Role> roles;
  std::vector<RootsPath> roots;
};

// our_roles: postern's programs.
std::map<std::string, permission::Role> our_roles();

// JudgedProcess: with its role, every reason why it is not as it must be, and the ways back to root.
struct JudgedProcess {
  SeenProcess process;
  permission::Role role = permission::Role::kDispatcher;
  std::vector<permission::PrivilegeReason> findings;
  unsigned ways_back = 0;
  unsigned ways_meant = 0;  // the maildrop helper's two (PV-5)
  bool conforms() const { return findings.empty() && ways_back == ways_meant; }
};

// judge: the first of `tree` is the dispatcher. Who is the child of its own program is that program's child:
// of a listener the keeper (which holds files and no connection) or else the session, of the deliver
// supervisor a deliver, of the maildrop helper its resolver. A program without a role is judged by what it
// holds: a listener, a session, or a keeper. Which of them can ask the maildrop helper is not to be seen in
// /proc, and not judged.
std::vector<JudgedProcess> judge(const std::vector<SeenProcess>& tree, const AuditSite& site);

}  // namespace postern::conformance

#endif  // POSTERN_CONFORMANCE_AUDIT_JUDGE_PROCESS_H_
