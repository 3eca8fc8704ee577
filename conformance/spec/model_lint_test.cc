// SPDX-License-Identifier: BSD-2-Clause
// Each rule for rows of the permission model is seen to fire: the shipped tables of the model are made bad in
// one place, and exactly that finding comes.
#include "conformance/spec/model_lint.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "conformance/spec/table_lint.h"

namespace postern::conformance {
namespace {

using permission::MaildropAction;
using permission::TreeReason;

const LintInput& shipped() {
  static const std::filesystem::path here = POSTERN_HERE;
  static const LintInput input{.access_domain = {},
                               .login = {},
                               .model = load_model(here),
                               .sentences = load_sentences(here / "SPEC.md"),
                               .test_names = {}};
  return input;
}

// findings_when: those of the tables alone; what SPEC.md names beside them is another test's.
std::vector<std::string> findings_when(const std::function<void(ModelTables&)>& spoil) {
  LintInput input = shipped();
  spoil(input.model);
  std::vector<std::string> all;
  for (const Finding& finding : lint_tables(input))
    if (finding.file != "SPEC.md") all.push_back(to_string(finding));
  return all;
}

void expect_fires(const std::string& words, const std::function<void(ModelTables&)>& spoil) {
  const auto findings = findings_when(spoil);
  ASSERT_EQ(findings.size(), 1U) << words << testing::PrintToString(findings);
  EXPECT_NE(findings.front().find(words), std::string::npos) << findings.front();
}

template <typename AnyRow>
AnyRow& row_of(ModelTable<AnyRow>& table, const std::string& id) {
  const auto found = std::ranges::find(table.rows, id, &AnyRow::id);
  if (found == table.rows.end()) throw std::runtime_error("no row " + id);
  return *found;
}

// drop_where: without the rows that `goes` holds of.
template <typename AnyRow, typename Goes>
void drop_where(ModelTable<AnyRow>& table, Goes goes) {
  std::erase_if(table.rows, goes);
}

TEST(ModelLint, TheShippedTablesHaveNoFinding) {
  EXPECT_EQ(findings_when([](ModelTables&) {}), std::vector<std::string>{});
}

TEST(ModelLint, IdsPointsAndSituations) {
  expect_fires("no slug", [](ModelTables& in) { row_of(in.trees, "dt-4-fifo").id = "DT 4"; });
  expect_fires("the id comes twice", [](ModelTables& in) { row_of(in.trees, "dt-4-fifo").id = "pv-2-drop"; });
  expect_fires("the id is retired", [](ModelTables& in) { in.maildrop.retired = {"md-2-create"}; });
  expect_fires("the same situation as", [](ModelTables& in) {
    row_of(in.privileges, "pv-4-limits").key = row_of(in.privileges, "pv-2-threads").key;
  });
  expect_fires("the same point as", [](ModelTables& in) {
    row_of(in.maildrop, "md-5-fifo").point = row_of(in.maildrop, "md-5-link").point;
  });
}

TEST(ModelLint, GroupsAndPoints) {
  expect_fires("does not fit the sentences",
               [](ModelTables& in) { row_of(in.trees, "dt-4-fifo").group = "spec"; });
  expect_fires("names no point",
               [](ModelTables& in) { row_of(in.trees, "dt-2-file-0644").group = "dialect:nowhere"; });
  expect_fires("does not cite its point's sentence",
               [](ModelTables& in) { row_of(in.trees, "dt-2-file-0644").group = "dialect:nsgroup"; });
  expect_fires("ours is none of the choices", [](ModelTables& in) { in.trees.points.front().ours = "none"; });
}

TEST(ModelLint, Privileges) {
  expect_fires("0 calls and 1 answers", [](ModelTables& in) {
    row_of(in.privileges, "pv-4-limits").answers = {permission::CallError::kNone};
  });
  expect_fires("more than four ways",
               [](ModelTables& in) { row_of(in.privileges, "pv-4-limits").ways_back = 5; });
}

TEST(ModelLint, Trees) {
  expect_fires("a reason for what root trusts", [](ModelTables& in) {
    row_of(in.trees, "dt-2-file-0644").tree_reason = TreeReason::kWritable;
  });
  expect_fires("a reason for an entry of a tree",
               [](ModelTables& in) { row_of(in.trees, "dt-3-sticky-file").tree_reason = TreeReason::kMode; });
  expect_fires("blames no step", [](ModelTables& in) { row_of(in.trees, "dt-3-sticky-file").at.reset(); });
  expect_fires("blames a step, but", [](ModelTables& in) { row_of(in.trees, "dt-3-program").at = 1; });
  expect_fires("beyond the chain", [](ModelTables& in) { row_of(in.trees, "dt-3-sticky-file").at = 3; });
  expect_fires("wishes for nothing", [](ModelTables& in) { row_of(in.trees, "md-1-user-reads").wishes = 0; });
  expect_fires("in no directory", [](ModelTables& in) {
    TreeRow& row = row_of(in.trees, "md-5-other-plants-sticky");
    row.chain.resize(1);
    row.wishes = kReplace;
  });
}

TEST(ModelLint, Maildrop) {
  expect_fires("the action is not that of the reason",
               [](ModelTables& in) { row_of(in.maildrop, "md-4-empty").action = MaildropAction::kCreate; });
  expect_fires("what is found is not", [](ModelTables& in) {
    MaildropRow& row = row_of(in.maildrop, "md-2-create");
    row.found = row_of(in.maildrop, "md-2-leave").found;
  });
}

// Every reason that core can give, every role and every call stands in a row.
TEST(ModelLint, NothingIsLeftOut) {
  expect_fires("no row has the reason in-tree", [](ModelTables& in) {
    drop_where(in.trees, [](const TreeRow& row) { return row.tree_reason == TreeReason::kInTree; });
  });
  expect_fires("no row has the reason sticky-held", [](ModelTables& in) {
    drop_where(in.trees,
               [](const TreeRow& row) { return row.access_reason == permission::AccessReason::kStickyHeld; });
  });
  expect_fires("no row has the role logger", [](ModelTables& in) {
    drop_where(in.privileges, [](const PrivilegeRow& row) { return row.role == permission::Role::kLogger; });
  });
  expect_fires("no row has the call setregid", [](ModelTables& in) {
    drop_where(in.privileges, [](const PrivilegeRow& row) { return row.id == "pv-2-return-setregid"; });
  });
  expect_fires("no row has the reason name-lock", [](ModelTables& in) {
    drop_where(in.maildrop,
               [](const MaildropRow& row) { return row.reason == permission::MaildropReason::kNameLock; });
  });
}

TEST(ModelLint, APlanOrAReasonWithWhatGoesWithIt) {
  expect_fires("has a plan and a reason for none, or neither",
               [](ModelTables& in) { row_of(in.encryption, "en-1-optional").plan.reset(); });
  expect_fires("blames no word",
               [](ModelTables& in) { row_of(in.encryption, "en-5-versions-unknown").word.clear(); });
  expect_fires("names no successor",
               [](ModelTables& in) { row_of(in.encryption, "en-5-ciphers-rc4").successor.clear(); });
  expect_fires("no row has the reason port-zero", [](ModelTables& in) {
    drop_where(in.encryption,
               [](const EncryptionRow& row) { return row.reason == tls::PolicyReason::kPortZero; });
  });
}

}  // namespace
}  // namespace postern::conformance
