// SPDX-License-Identifier: BSD-2-Clause
#include "conformance/spec/model_lint.h"

#include <set>

namespace postern::conformance {
namespace {

using namespace permission;

std::optional<RowFault> fault(std::string what, std::string cure) {
  return RowFault{std::move(what), std::move(cure)};
}

// is_of_trees, is_of_trust: which reasons core can give for an entry of a tree, and for what root trusts.
bool is_of_trees(TreeReason reason) {
  return reason != TreeReason::kWritable && reason != TreeReason::kInTree;
}
bool is_of_trust(TreeReason reason) {
  return reason == TreeReason::kConforms || reason == TreeReason::kOwner || !is_of_trees(reason);
}

// needs_step: whether the answer blames a step.
bool needs_step(const TreeRow& row) {
  if (row.kind == TreeRow::Kind::kAccess) return row.access_reason != AccessReason::kAllowed;
  return row.kind == TreeRow::Kind::kTrusted && row.tree_reason != TreeReason::kConforms &&
         row.tree_reason != TreeReason::kInTree;
}

// Gaps: what of a closed list has not been seen.
class Gaps {
 public:
  explicit Gaps(const char* file) : file_(file) {}
  void saw(std::string_view code) { seen_.insert(std::string(code)); }
  void need(const char* what, std::string_view code, std::vector<CoverageGap>& gaps) const {
    if (!seen_.contains(std::string(code))) gaps.push_back({file_, what + (" " + std::string(code))});
  }

 private:
  const char* file_;
  std::set<std::string> seen_;
};

template <typename Reason>
void need_reasons(const Gaps& seen, Reason last, std::vector<CoverageGap>& gaps) {
  for (int i = 0; i <= static_cast<int>(last); ++i)
    seen.need("reason", reason_text(static_cast<Reason>(i)).code, gaps);
}

void privilege_gaps(const PrivilegeTable& table, std::vector<CoverageGap>& gaps) {
  Gaps seen("privileges.json");
  for (const PrivilegeRow& row : table.rows) {
    seen.saw(reason_text(row.reason).code);
    seen.saw(rule_of(row.role).name);
    for (const Call& call : row.calls) seen.saw(kCallWords[static_cast<size_t>(call.name)]);
  }
  // Asked of the drop's own target, not of a process that is there.
  seen.saw(reason_text(PrivilegeReason::kTargetIsRoot).code);
  seen.saw(reason_text(PrivilegeReason::kSecurebits).code);
  need_reasons(seen, kLastPrivilegeReason, gaps);
  for (const RoleRule& rule : kRoleRules) seen.need("role", rule.name, gaps);
  for (const std::string_view call : kCallWords) seen.need("call", call, gaps);
}

void tree_gaps(const TreeTable& table, std::vector<CoverageGap>& gaps) {
  Gaps seen("trees.json");
  for (const TreeRow& row : table.rows)
    seen.saw(row.kind == TreeRow::Kind::kAccess ? access_code(row.access_reason)
                                                : reason_text(row.tree_reason).code);
  need_reasons(seen, kLastTreeReason, gaps);
  for (int i = 0; i <= static_cast<int>(AccessReason::kStickyHeld); ++i)
    seen.need("reason", access_code(static_cast<AccessReason>(i)), gaps);
}

}  // namespace

std::optional<RowFault> fault_of(const PrivilegeRow& row) {
  if (row.answers.size() != row.calls.size())
    return fault("has " + std::to_string(row.calls.size()) + " calls and " +
                     std::to_string(row.answers.size()) + " answers",
                 "Write one answer per call");
  if (row.ways_back > 4) return fault("has more than four ways back", "There are four kinds");
  return std::nullopt;
}

std::optional<RowFault> fault_of(const TreeRow& row) {
  const bool trusted = row.kind == TreeRow::Kind::kTrusted;
  if (row.kind == TreeRow::Kind::kTree && !is_of_trees(row.tree_reason))
    return fault("an entry of a tree with a reason for what root trusts",
                 "Give a reason of DT-1, DT-2 or DT-4");
  if (trusted && !is_of_trust(row.tree_reason))
    return fault("what root trusts with a reason for an entry of a tree", "Give a reason of DT-3");
  if (needs_step(row) != row.at.has_value())
    return fault(row.at ? "blames a step, but nothing is wrong with one" : "blames no step",
                 row.at ? "Write null" : "Name the step, / is 0");
  if (row.at && *row.at >= row.chain.size()) return fault("the step is beyond the chain", "/ is step 0");
  if (row.kind != TreeRow::Kind::kAccess) return std::nullopt;
  if (row.wishes == 0 || (row.wishes > kReplace))
    return fault("wishes for nothing, or to replace and more", "Write replace alone, or some of the others");
  if (row.wishes == kReplace && row.chain.size() < 2)
    return fault("replaces what is in no directory", "Begin the chain with one");
  return std::nullopt;
}

std::optional<RowFault> fault_of(const MaildropRow& row) {
  const bool creates = row.reason == MaildropReason::kNoMaildrop;
  const bool leaves = row.reason == MaildropReason::kGoodMaildrop;
  const auto action = creates  ? MaildropAction::kCreate
                      : leaves ? MaildropAction::kLeave
                               : MaildropAction::kRefuse;
  if (row.action != action)
    return fault("the action is not that of the reason", "MD-2 creates, MD-2 leaves, all else is refused");
  if ((creates && row.found) || (leaves && !row.found))
    return fault("what is found is not what the reason says", "Create where nothing is, leave what is there");
  return std::nullopt;
}

std::optional<RowFault> fault_of(const EncryptionRow& row) {
  using tls::PolicyReason;
  const bool old = row.reason == PolicyReason::kVersionOld || row.reason == PolicyReason::kSuiteOld;
  const bool blames =
      old || row.reason == PolicyReason::kVersionUnknown || row.reason == PolicyReason::kSuiteUnknown;
  if ((row.reason == PolicyReason::kPlan) != row.plan.has_value())
    return fault("has a plan and a reason for none, or neither", "Write the plan where the reason is plan");
  if (blames == row.word.empty())
    return fault(blames ? "blames no word" : "blames a word", "A word is to blame if it is unknown or old");
  if (old == row.successor.empty())
    return fault(old ? "names no successor" : "names a successor", "What is old has one (EN-5)");
  return std::nullopt;
}

std::vector<CoverageGap> coverage_gaps(const ModelTables& tables) {
  std::vector<CoverageGap> gaps;
  if (!tables.privileges.rows.empty()) privilege_gaps(tables.privileges, gaps);
  if (!tables.trees.rows.empty()) tree_gaps(tables.trees, gaps);
  Gaps seen("maildrop.json");
  for (const MaildropRow& row : tables.maildrop.rows) seen.saw(reason_text(row.reason).code);
  if (!tables.maildrop.rows.empty()) need_reasons(seen, kLastMaildropReason, gaps);
  Gaps policy("encryption.json");
  for (const EncryptionRow& row : tables.encryption.rows) policy.saw(reason_text(row.reason).code);
  if (!tables.encryption.rows.empty()) need_reasons(policy, tls::kLastPolicyReason, gaps);
  return gaps;
}

}  // namespace postern::conformance
