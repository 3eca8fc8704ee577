// SPDX-License-Identifier: BSD-2-Clause
//
// Rows of the spec tables on the running kernel: a process of privileges.json becomes what the row says and
// makes its calls; the files of trees.json are made, and tried by whom the row names.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include "conformance/spec/model_table.h"
#include "proofs/linux/process.h"
#include "proofs/linux/scratch.h"
#include "proofs/linux/starts.h"

namespace postern::proofs {
namespace {

using conformance::kReplace;
using conformance::ModelTables;
using conformance::PrivilegeRow;
using conformance::TreeRow;
using permission::AccessReason;
using permission::Call;
using permission::CallName;
using permission::CapabilitySet;
using permission::Credentials;
using permission::Object;

const ModelTables& tables() {
  static const ModelTables read = conformance::load_model(POSTERN_SPEC_DIR);
  return read;
}

// as_here: "all" capabilities are those that this root has; a container's may have fewer than there are.
Credentials as_here(Credentials target, CapabilitySet all) {
  for (CapabilitySet* set :
       {&target.effective, &target.permitted, &target.inheritable, &target.bounding, &target.ambient})
    *set &= all;
  return target;
}

// way_to: root's calls that lead to `target`. What takes a capability comes before it is put down.
Calls way_to(const Credentials& target, CapabilitySet all) {
  const auto& user = target.user;
  const auto& group = target.group;
  Calls calls = {
      call_of(CallName::kSetSecurebits, permission::securebit::kNoSetuidFixup),
      setgroups_of(target.groups),
      call_of(CallName::kSetresgid, group.real, group.effective, group.saved),
      call_of(CallName::kSetfsgid, group.file_system),
      call_of(CallName::kSetresuid, user.real, user.effective, user.saved),
      call_of(CallName::kSetfsuid, user.file_system),
      call_of(CallName::kCapset, all, all, target.inheritable),
      call_of(CallName::kDropBounding, all & ~target.bounding),
      call_of(CallName::kSetSecurebits, target.securebits),
      call_of(CallName::kCapset, target.effective, target.permitted, target.inheritable),
  };
  if (target.no_new_privs) calls.push_back(call_of(CallName::kForbidNewPrivs));
  return calls;
}

// become turns this thread into `target`; false if it is not that then.
bool become(const Credentials& target) {
  const CapabilitySet all = credentials_here().permitted;
  const Credentials wanted = as_here(target, all);
  for (const Call& call : way_to(wanted, all)) {
    if (perform(call) != 0) return false;
  }
  return credentials_here() == wanted;
}

// ---- privileges.json -----------------------------------------------------------------------------------

// The sets of a call, for what "all" is here.
Call call_here(Call call, CapabilitySet all) {
  if (call.name == CallName::kCapset || call.name == CallName::kDropBounding ||
      call.name == CallName::kRaiseAmbient)
    for (std::uint64_t& set : call.argument) set &= all;
  return call;
}

bool executes(const PrivilegeRow& row) {
  return std::ranges::any_of(row.calls, [](const Call& call) { return call.name == CallName::kExec; });
}

bool answers_as_in(const PrivilegeRow& row, CapabilitySet all) {
  for (std::size_t i = 0; i < row.calls.size(); ++i) {
    const int got = perform(call_here(row.calls[i], all));
    if (got == errno_of(row.answers[i])) continue;
    std::fprintf(stderr, "%s: call %zu: errno %d\n", row.id.c_str(), i, got);
    return false;
  }
  return true;
}

// stays_out: where no way back is open, every try to return leaves the ids and sets as they are.
bool stays_out(const PrivilegeRow& row) {
  const Credentials before = credentials_here();
  for (const Call& call :
       {call_of(CallName::kSetresuid, 0, 0, 0),
        call_of(CallName::kSetresuid, permission::kUnchanged, 0, permission::kUnchanged),
        call_of(CallName::kSetreuid, 0, 0), call_of(CallName::kSetuid, 0), call_of(CallName::kSetfsuid, 0),
        call_of(CallName::kCapset, 1, 1, before.inheritable)})
    (void)perform(call);
  if (credentials_here() == before) return true;
  std::fprintf(stderr, "%s: came back\n", row.id.c_str());
  return false;
}

// PV-2: what a row says of calls is what the kernel does.
TEST(KernelRows, Privileges) {
  const char* key = "kernel rows, privileges";
  if (!is_root_enough(key)) GTEST_SKIP() << kTakesRoot;
  const CapabilitySet all = credentials_here().permitted;
  std::size_t tried = 0;
  std::size_t wrong = 0;
  std::vector<std::string> impossible;
  for (const PrivilegeRow& row : tables().privileges.rows) {
    if (executes(row)) continue;  // kernel exec is of those
    bool became = false;
    const bool holds = in_thread([&] {
      became = become(row.process.credentials);
      return became && answers_as_in(row, all) && (row.ways_back != 0 || stays_out(row));
    });
    if (!became) impossible.push_back(row.id);
    tried += became ? 1U : 0U;
    wrong += became && !holds ? 1U : 0U;
  }
  EXPECT_EQ(impossible, std::vector<std::string>{"pv-2-ambient-set"});  // no kernel shows that state
  EXPECT_EQ(wrong, 0U);
  std::printf("ledger: %s: %zu on this kernel, %zu mismatches\n", key, tried, wrong);
}

// ---- trees.json ----------------------------------------------------------------------------------------

// made_chain makes the row's objects below a directory of its own, / of the chain being the scratch's; the
// paths of all steps, the first empty. Nothing if one cannot be made.
std::vector<std::string> made_chain(const TreeRow& row) {
  std::vector<std::string> steps = {""};
  std::string path = std::string(kScratch) + "/" + row.id;
  if (!make(path, {permission::Kind::kDirectory, 0, 0, 0755, 2})) return {};
  for (std::size_t i = 1; i < row.chain.size(); ++i) {
    path += "/step" + std::to_string(i);
    if (!make(path, row.chain[i])) return {};
    steps.push_back(path);
  }
  return steps;
}

bool taken_away(const std::string& path) {
  return rename(path.c_str(), (path + ".away").c_str()) == 0;
}

int errno_of_wish(const TreeRow& row, const std::string& path) {
  if (row.wishes == kReplace) return taken_away(path) ? 0 : errno;
  return syscall(SYS_faccessat2, AT_FDCWD, path.c_str(), row.wishes, AT_EACCESS) == 0 ? 0 : errno;
}

int errno_of_reason(AccessReason reason) {
  if (reason == AccessReason::kAllowed) return 0;
  return reason == AccessReason::kStickyHeld ? EPERM : EACCES;
}

bool access_agrees(const TreeRow& row) {
  const std::vector<std::string> steps = made_chain(row);
  if (steps.empty()) return false;
  int got = -1;
  const bool became = in_thread([&] {
    if (!become(row.who)) return false;
    got = errno_of_wish(row, steps.back());
    return true;
  });
  if (became && got == errno_of_reason(row.access_reason)) return true;
  std::fprintf(stderr, "%s: became %d, errno %d\n", row.id.c_str(), became, got);
  return false;
}

// is_out_of_reach: DT-3: the MTA user can take away no step, and not write the last.
bool is_out_of_reach(const TreeRow& row) {
  const std::vector<std::string> steps = made_chain(row);
  if (steps.empty()) return false;
  Credentials mta{.user = permission::all_four(conformance::kTableMta),
                  .group = permission::all_four(conformance::kTableNsgroup),
                  .groups = permission::groups_of(conformance::kTableNsgroup)};
  mta.effective = mta.permitted = mta.bounding = 0;
  return in_thread([&] {
    if (!become(mta)) return false;
    const bool replaced = std::any_of(steps.begin() + 1, steps.end(), taken_away);
    const bool written = syscall(SYS_faccessat2, AT_FDCWD, steps.back().c_str(), W_OK, AT_EACCESS) == 0;
    if (replaced || written) std::fprintf(stderr, "%s: in reach\n", row.id.c_str());
    return !replaced && !written;
  });
}

bool has_link(const TreeRow& row) {
  return std::ranges::any_of(row.chain, [](const Object& is) { return is.kind == permission::Kind::kLink; });
}

// DT-2, DT-3: who may do what, and that what root trusts is out of the MTA user's reach.
TEST(KernelRows, Trees) {
  const char* key = "kernel rows, trees";
  if (!is_root_enough(key)) GTEST_SKIP() << kTakesRoot;
  if (!enter_scratch()) {
    std::printf("ledger: %s: SKIPPED, NOTHING TESTED: no tmpfs of its own here\n", key);
    GTEST_SKIP() << "SKIPPED: no tmpfs of its own here";
  }
  std::size_t access = 0;
  std::size_t trusted = 0;
  std::size_t wrong = 0;
  for (const TreeRow& row : tables().trees.rows) {
    if (row.kind == TreeRow::Kind::kAccess) {
      ++access;
      wrong += access_agrees(row) ? 0U : 1U;
    } else if (row.kind == TreeRow::Kind::kTrusted && !has_link(row) &&
               row.tree_reason == permission::TreeReason::kConforms) {
      ++trusted;
      wrong += is_out_of_reach(row) ? 0U : 1U;
    }
  }
  EXPECT_GT(access, 0U);
  EXPECT_GT(trusted, 0U);
  EXPECT_EQ(wrong, 0U);
  std::printf("ledger: %s: %zu of access, %zu out of reach on this kernel, %zu mismatches\n", key, access,
              trusted, wrong);
}

}  // namespace
}  // namespace postern::proofs
