// SPDX-License-Identifier: BSD-2-Clause
// What core answers to a row of privileges.json, trees.json, maildrop.json and encryption.json: for the
// compiler (spec-gen writes a static_assert per row with it) as for the tests.
#ifndef POSTERN_CONFORMANCE_SPEC_MODEL_ROW_H_
#define POSTERN_CONFORMANCE_SPEC_MODEL_ROW_H_

#include <span>

#include "core/permission_model/exec.h"
#include "core/permission_model/maildrop_rules.h"
#include "core/permission_model/role.h"
#include "core/permission_model/tree.h"
#include "core/tls_policy.h"

namespace postern::conformance {

// Whose ids they are in the tables; no number means anything.
inline constexpr permission::Id kTableMta = 64100;
inline constexpr permission::Id kTableNsgroup = 64101;
inline constexpr permission::Id kTableMail = 64108;
inline constexpr permission::Id kTableUser = 64110;   // an ordinary user
inline constexpr permission::Id kTableOther = 64111;  // another one, and a group of neither
inline constexpr permission::Id kTableNobody = 65534;
inline constexpr permission::Id kTableMinimum = 64000;  // the lowest uid that may have a maildrop
inline constexpr permission::MaildropSite kTableSpool{kTableMta, kTableMail, kTableMinimum};

constexpr permission::Site table_site(bool started_as_root) {
  return {kTableMta, kTableNsgroup, kTableMail, kTableNobody, kTableNobody, started_as_root};
}

// kReplace: in place of wishes, to take away the name of the last object of the chain and put something
// there.
inline constexpr unsigned kReplace = 8;

// Privileges: what is said of a process after its calls.
struct Privileges {
  bool answered;  // every call answered as expected
  permission::PrivilegeReason reason;
  unsigned ways_back;
  friend constexpr bool operator==(const Privileges&, const Privileges&) = default;
};

constexpr Privileges privileges_after(permission::Role role, permission::ProcessFacts process,
                                      const permission::Reach& reach, bool started_as_root,
                                      std::span<const permission::Call> calls,
                                      std::span<const permission::CallError> answers) {
  bool answered = calls.size() == answers.size();
  for (std::size_t i = 0; answered && i < calls.size(); ++i) {
    const permission::Transition made = permission::apply(process.credentials, calls[i]);
    answered = made.error == answers[i];
    process.credentials = made.after;
  }
  return {answered, role_conforms(role, process, table_site(started_as_root)),
          ways_back(process.credentials, reach)};
}

constexpr permission::TreeReason tree_answer(permission::Tree tree, bool top, const permission::Object& is) {
  return tree_conforms(tree, top, is, kTableMta, kTableNsgroup);
}

constexpr permission::AccessVerdict access_answer(const permission::Credentials& who,
                                                  std::span<const permission::Object> chain,
                                                  unsigned wishes) {
  return wishes == kReplace ? replace(who, chain) : access(who, chain, wishes);
}

}  // namespace postern::conformance

#endif  // POSTERN_CONFORMANCE_SPEC_MODEL_ROW_H_
