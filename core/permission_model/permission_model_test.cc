// SPDX-License-Identifier: BSD-2-Clause
// The permission model: the drop step by step, every call from every dropped state, and one example of each
// reason of the predicates.
#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "core/permission_model/exec.h"
#include "core/permission_model/maildrop_rules.h"
#include "core/permission_model/role.h"
#include "core/permission_model/tree.h"

namespace postern::permission {
namespace {

constexpr Id kMta = 64100;
constexpr Id kNsgroup = 64101;
constexpr Id kMail = 8;
constexpr Site kSite{
    .mta_user = kMta, .mta_group = kNsgroup, .mail_group = kMail, .name_user = 65534, .name_group = 65534};

// The drop of daemon/sys/credentials.cc, as calls.
constexpr std::array<Call, 8> kDrop = {{
    {.name = CallName::kForbidNewPrivs},
    {.name = CallName::kSetSecurebits, .argument = {kDroppedSecurebits}},
    {.name = CallName::kDropBounding, .argument = {kAllCapabilities}},
    {.name = CallName::kClearAmbient},
    {.name = CallName::kSetgroups, .groups = groups_of(kNsgroup)},
    {.name = CallName::kSetresgid, .argument = {kNsgroup, kNsgroup, kNsgroup}},
    {.name = CallName::kSetresuid, .argument = {kMta, kMta, kMta}},
    {.name = CallName::kCapset},
}};

// after: root's state after these calls, those at `skip` left out; a failing call leaves it as it is.
constexpr Credentials after(std::span<const Call> calls, std::size_t skip) {
  Credentials now;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    if (i != skip) now = apply(now, calls[i]).after;
  }
  return now;
}

constexpr PrivilegeReason reason_of(const Credentials& is) {
  Expected must = expected_of(Role::kDispatcher, kSite);
  must.securebits = kDroppedSecurebits;
  return credentials_conform(is, must);
}

constexpr Credentials kDropped = after(kDrop, kDrop.size());

// PV-2
static_assert(reason_of(kDropped) == PrivilegeReason::kConforms);
static_assert(ways_back(kDropped, Reach{}) == 0);
static_assert(ways_back(Credentials{}, Reach{}) == 3);

// PV-2: each step of the drop is needed, or another step covers it; never silently.
TEST(PermissionModel, ADropWithoutOneStepIsFoundOut) {
  const std::array<PrivilegeReason, kDrop.size()> expected = {
      PrivilegeReason::kNoNewPrivs,
      PrivilegeReason::kSecurebits,
      PrivilegeReason::kBoundingSet,
      PrivilegeReason::kConforms,  // nothing is ambient at the start
      PrivilegeReason::kSupplementaryGroups,
      PrivilegeReason::kRealGroup,
      PrivilegeReason::kRealUser,
      PrivilegeReason::kConforms,  // leaving uid 0 has cleared the sets
  };
  for (std::size_t i = 0; i < kDrop.size(); ++i) EXPECT_EQ(reason_of(after(kDrop, i)), expected[i]) << i;
}

// PV-2: the user id first, and every call that needs a capability fails.
TEST(PermissionModel, TheWrongOrderIsPunished) {
  const Credentials first = setresuid(Credentials{}, kMta, kMta, kMta).after;
  EXPECT_EQ(setgroups(first, groups_of(kNsgroup)).error, CallError::kPermission);
  EXPECT_EQ(setresgid(first, kNsgroup, kNsgroup, kNsgroup).error, CallError::kPermission);
  EXPECT_EQ(drop_bounding(first, kAllCapabilities).error, CallError::kPermission);
  EXPECT_EQ(set_securebits(first, kDroppedSecurebits).error, CallError::kPermission);
}

TEST(PermissionModel, ASavedRootComesBack) {
  const Credentials kept = setresuid(Credentials{}, kMta, kMta, kRoot).after;
  EXPECT_EQ(reason_of(kept), PrivilegeReason::kSavedUser);
  const Transition back = setresuid(kept, kUnchanged, kRoot, kUnchanged);
  EXPECT_EQ(back.error, CallError::kNone);
  EXPECT_EQ(back.after.effective, kAllCapabilities);
}

TEST(PermissionModel, KeptCapabilitiesAreFoundOut) {
  Credentials now = keep_capabilities(Credentials{}, true).after;
  now = setresgid(now, kNsgroup, kNsgroup, kNsgroup).after;
  now = setgroups(now, groups_of(kNsgroup)).after;
  now = setresuid(now, kMta, kMta, kMta).after;
  EXPECT_EQ(now.permitted, kAllCapabilities);
  EXPECT_EQ(reason_of(now), PrivilegeReason::kPermittedSet);
}

std::vector<Call> every_call() {
  std::vector<Call> all;
  const std::array<std::uint64_t, 5> ids = {kRoot, kMta, kNsgroup, kMail, kUnchanged};
  for (int n = 0; n <= static_cast<int>(CallName::kExec); ++n)
    for (const std::uint64_t a : ids)
      for (const std::uint64_t b : ids)
        for (const std::uint64_t c : ids)
          for (const std::uint16_t mode : {std::uint16_t{0755}, std::uint16_t{06755}})
            for (const bool capable : {false, true})
              all.push_back({static_cast<CallName>(n),
                             {a, b, c},
                             groups_of(static_cast<Id>(a)),
                             {.owner = static_cast<Id>(b == kUnchanged ? 0 : b),
                              .group = static_cast<Id>(c),
                              .mode = mode,
                              .has_capabilities = capable,
                              .permitted = capable ? 1U : 0U}});
  return all;
}

// PV-2: "no later call can change that", for every call of the model with every argument of a small set.
TEST(PermissionModel, NoCallLeadsOutOfTheDroppedState) {
  for (const Call& call : every_call()) {
    const Credentials now = apply(kDropped, call).after;
    EXPECT_EQ(reason_of(now), PrivilegeReason::kConforms) << static_cast<int>(call.name);
    EXPECT_EQ(ways_back(now, Reach{}), 0U);
  }
}

// A refused call changes nothing, from a sample of the states that one call of root's leads to.
TEST(PermissionModel, ARefusedCallChangesNothing) {
  const std::vector<Call> calls = every_call();
  for (std::size_t i = 0; i < calls.size(); i += 61) {
    const Credentials from = apply(Credentials{}, calls[i]).after;
    for (const Call& call : calls) {
      const Transition made = apply(from, call);
      ASSERT_TRUE(made.error == CallError::kNone || made.after == from) << static_cast<int>(call.name);
      ASSERT_EQ(made.after.ambient & ~(made.after.permitted & made.after.inheritable), 0U);
      ASSERT_EQ(made.after.bounding & ~from.bounding, 0U);
      ASSERT_TRUE(made.after.no_new_privs || !from.no_new_privs);
    }
  }
}

// Without no_new_privs one set-uid file is enough; with it, exec gives nothing.
TEST(PermissionModel, NoNewPrivsMakesASetUidFileHarmless) {
  const ProgramFile set_uid{.owner = kRoot, .group = kRoot, .mode = 04755};
  Credentials is = kDropped;
  EXPECT_EQ(exec(is, set_uid).after.user, all_four(kMta));
  is.no_new_privs = false;
  EXPECT_EQ(exec(is, set_uid).after.user.effective, kRoot);
  EXPECT_EQ(ways_back(is, Reach{}), 1U);
}

// A group that the process's file-system group has left counts as gained at exec, though it is the same
// number.
TEST(PermissionModel, AGroupThatTheFileSystemGroupLeftIsGainedAtExec) {
  Credentials is;
  is.inheritable = is.ambient = set_of(Capability::kChown);
  EXPECT_EQ(exec(is, ProgramFile{}).after.ambient, is.ambient);
  EXPECT_EQ(exec(setfsgid(is, kMail).after, ProgramFile{}).after.ambient, 0U);
}

// privsep: root that only shrinks its sets gets them back at exec unless something stops it.
TEST(PermissionModel, RootGetsItsCapabilitiesBackAtExec) {
  Credentials shrunk = capset(Credentials{}, 0, 0, 0).after;
  EXPECT_EQ(exec(shrunk, ProgramFile{}).after.effective, kAllCapabilities);
  shrunk.securebits = securebit::kNoRoot;
  EXPECT_EQ(exec(shrunk, ProgramFile{}).after.effective, 0U);
}

// PV-3 to PV-6: each role's rule, and one fault of each kind in the order of the reasons.
TEST(PermissionModel, EveryRoleConformsToItsOwnRuleAndToNoOther) {
  for (const RoleRule& rule : kRoleRules) {
    const Expected must = expected_of(rule.role, kSite);
    ProcessFacts is;
    is.credentials = {all_four(must.user),
                      all_four(must.group),
                      *must.groups,
                      must.capabilities,
                      must.capabilities,
                      0,
                      0,
                      0,
                      kDroppedSecurebits,
                      true};
    is.listens = rule.listens;
    is.connected = rule.connected;
    is.files = rule.files;
    is.helper_channel = rule.helper_channel;
    EXPECT_EQ(role_conforms(rule.role, is, kSite), PrivilegeReason::kConforms) << rule.name;
    ProcessFacts wrong = is;
    wrong.dumpable = true;
    wrong.seccomp = 0;
    EXPECT_EQ(role_conforms(rule.role, wrong, kSite), PrivilegeReason::kDumpable) << rule.name;
    wrong.credentials.user.saved = kRoot + (must.user == kRoot ? kMta : 0);
    EXPECT_EQ(role_conforms(rule.role, wrong, kSite), PrivilegeReason::kSavedUser) << rule.name;
  }
  ProcessFacts keeper;
  keeper.credentials = kDropped;
  keeper.files = true;
  EXPECT_EQ(role_conforms(Role::kSession, keeper, kSite), PrivilegeReason::kFiles);
  keeper.connected = true;
  EXPECT_EQ(role_conforms(Role::kKeeper, keeper, kSite), PrivilegeReason::kConnected);
  EXPECT_EQ(role_conforms(Role::kDispatcher, keeper, kSite), PrivilegeReason::kConnected);
}

constexpr TreeReason in_mailbox(Object is) {
  return tree_conforms(Tree::kMailbox, false, is, kMta, kNsgroup);
}

// DT-1, DT-2, DT-4
static_assert(in_mailbox({Kind::kFile, kMta, kNsgroup, 0600, 1}) == TreeReason::kConforms);
static_assert(in_mailbox({Kind::kDirectory, kMta, kNsgroup, 0700, 5}) == TreeReason::kConforms);
static_assert(in_mailbox({Kind::kFile, kMta, kNsgroup, 0600, 2}) == TreeReason::kSeveral);
static_assert(in_mailbox({Kind::kLink, kMta, kNsgroup, 0777, 1}) == TreeReason::kLink);
static_assert(in_mailbox({Kind::kDevice, kRoot, kRoot, 0666, 1}) == TreeReason::kDevice);
static_assert(in_mailbox({Kind::kFile, kRoot, kRoot, 0644, 1}) == TreeReason::kOwner);
static_assert(in_mailbox({Kind::kFile, kMta, kRoot, 0644, 1}) == TreeReason::kGroup);
static_assert(in_mailbox({Kind::kFile, kMta, kNsgroup, 04600, 1}) == TreeReason::kMode);
static_assert(tree_conforms(Tree::kMailbox, true, {Kind::kFile, kMta, kNsgroup, 0600, 1}, kMta, kNsgroup) ==
              TreeReason::kNotDirectory);

// DT-3: a root-owned file in a directory of the MTA's is not root's, and the kernel says why.
TEST(PermissionModel, TheMtaUserReplacesARootOwnedFileInItsOwnDirectory) {
  const std::array<Object, 3> chain = {{{Kind::kDirectory, kRoot, kRoot, 0755, 9},
                                        {Kind::kDirectory, kMta, kNsgroup, 0700, 2},
                                        {Kind::kFile, kRoot, kRoot, 0755, 1}}};
  EXPECT_EQ(trusted_conforms(chain, true), (TrustVerdict{TreeReason::kOwner, 1}));
  EXPECT_EQ(replace(kDropped, chain), (AccessVerdict{AccessReason::kAllowed, 2}));
  EXPECT_EQ(access(kDropped, chain, kWrite), (AccessVerdict{AccessReason::kNoMode, 2}));
}

// capabilities(7): what CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH add to a mode that gives nothing.
TEST(PermissionModel, WhatACapabilityAddsToAMode) {
  Credentials overrides = kDropped, reads = kDropped;
  overrides.effective = set_of(Capability::kDacOverride);
  reads.effective = set_of(Capability::kDacReadSearch);
  constexpr Object kDirectory{Kind::kDirectory, 1001, 1001, 0, 2};
  constexpr Object kPlain{Kind::kFile, 1001, 1001, 0, 1};
  constexpr Object kProgram{Kind::kFile, 1001, 1001, 0100, 1};
  for (const unsigned wishes : {1U, 2U, 3U, 4U, 5U, 6U, 7U}) {
    const bool only_reads = (wishes & kWrite) == 0;
    EXPECT_FALSE(may(kDropped, kDirectory, wishes)) << wishes;
    EXPECT_TRUE(may(overrides, kDirectory, wishes)) << wishes;
    EXPECT_EQ(may(reads, kDirectory, wishes), only_reads) << wishes;
    EXPECT_EQ(may(overrides, kPlain, wishes), (wishes & kExecute) == 0) << wishes;
    EXPECT_TRUE(may(overrides, kProgram, wishes)) << wishes;
    EXPECT_EQ(may(reads, kPlain, wishes), wishes == kRead) << wishes;
  }
}

// unlink(2): it takes writing and searching the directory, and in a sticky one an owner's right or
// CAP_FOWNER.
TEST(PermissionModel, WhoTakesANameAway) {
  constexpr Object kFile{Kind::kFile, 1001, 1001, 0600, 1};
  for (const std::uint16_t others : std::array<std::uint16_t, 5>{1, 2, 4, 5, 6})
    EXPECT_FALSE(may_remove(kDropped, {Kind::kDirectory, kRoot, kRoot, others, 2}, kFile)) << others;
  EXPECT_TRUE(may_remove(kDropped, {Kind::kDirectory, kRoot, kRoot, 3, 2}, kFile));
  constexpr Object kStickyDirectory{Kind::kDirectory, kRoot, kRoot, 01777, 2};
  EXPECT_FALSE(may_remove(kDropped, kStickyDirectory, kFile));
  EXPECT_TRUE(may_remove(kDropped, kStickyDirectory, {Kind::kFile, kMta, kNsgroup, 0, 1}));
  EXPECT_TRUE(may_remove(kDropped, {Kind::kDirectory, kMta, kNsgroup, 01700, 2}, kFile));
  Credentials fowner = kDropped;
  fowner.effective = set_of(Capability::kFowner);
  EXPECT_TRUE(may_remove(fowner, kStickyDirectory, kFile));
  // The chain: each directory on the way is searched, the first among them.
  const std::array<Object, 3> closed = {{{Kind::kDirectory, kRoot, kRoot, 0700, 9}, kStickyDirectory, kFile}};
  EXPECT_EQ(replace(kDropped, closed), (AccessVerdict{AccessReason::kNoSearch, 0}));
  const std::array<Object, 2> unwritten = {{{Kind::kDirectory, kRoot, kRoot, 1, 2}, kFile}};
  EXPECT_EQ(replace(kDropped, unwritten), (AccessVerdict{AccessReason::kNoWrite, 0}));
}

// Whatever is trusted cannot be replaced or written by the MTA user: every owner, mode and stickiness.
TEST(PermissionModel, WhatIsTrustedCannotBeReplaced) {
  unsigned trusted = 0;
  for (const Id owner : {kRoot, kMta})
    for (const Id group : {kRoot, kNsgroup})
      for (std::uint16_t mode = 0; mode < 02000; ++mode)
        for (const Id file_owner : {kRoot, kMta})
          for (const std::uint16_t file_mode :
               {std::uint16_t{0644}, std::uint16_t{0664}, std::uint16_t{0666}}) {
            const std::array<Object, 3> chain = {{{Kind::kDirectory, kRoot, kRoot, 0755, 9},
                                                  {Kind::kDirectory, owner, group, mode, 2},
                                                  {Kind::kFile, file_owner, group, file_mode, 1}}};
            if (trusted_conforms(chain, false).reason != TreeReason::kConforms) continue;
            ++trusted;
            ASSERT_NE(replace(kDropped, chain).reason, AccessReason::kAllowed) << mode;
            ASSERT_NE(access(kDropped, chain, kWrite).reason, AccessReason::kAllowed) << mode;
          }
  EXPECT_GT(trusted, 0U);
}

constexpr MaildropSite kSpoolSite{.mta_user = kMta, .mail_group = kMail, .minimum_user = 1000};
constexpr Object kSpool{Kind::kDirectory, kRoot, kMail, 03775, 2};
constexpr Object kGood{Kind::kFile, 1001, kMail, 0660, 1};

constexpr MaildropReason asked(std::string_view name, std::optional<UnixUser> user, Object spool = kSpool,
                               std::optional<Object> found = std::nullopt) {
  return decide_maildrop({name, user, spool, found}, kSpoolSite).reason;
}
constexpr MaildropReason found(Object is) {
  return asked("ann", UnixUser{"ann", 1001}, kSpool, is);
}

// MD-1 to MD-5
static_assert(decide_maildrop({"ann", UnixUser{"ann", 1001}, kSpool, {}}, kSpoolSite) ==
              MaildropVerdict{MaildropAction::kCreate, MaildropReason::kNoMaildrop});
static_assert(decide_maildrop({"ann", UnixUser{"ann", 1001}, kSpool, kGood}, kSpoolSite) ==
              MaildropVerdict{MaildropAction::kLeave, MaildropReason::kGoodMaildrop});
static_assert(asked("", {}) == MaildropReason::kNameLength);
static_assert(asked("../ann", {}) == MaildropReason::kNameOctet);
static_assert(asked("Ann", {}) == MaildropReason::kNameOctet);
static_assert(asked(".ann", {}) == MaildropReason::kNameOctet);
static_assert(asked("ann.lock", UnixUser{"ann.lock", 1001}) == MaildropReason::kNameLock);
static_assert(asked("ann", {}) == MaildropReason::kUnknownUser);
static_assert(asked("ann", UnixUser{"anna", 1001}) == MaildropReason::kOtherName);
static_assert(asked("root", UnixUser{"root", 0}) == MaildropReason::kRootUser);
static_assert(asked("mta", UnixUser{"mta", kMta}) == MaildropReason::kMtaUser);
static_assert(asked("lp", UnixUser{"lp", 999}) == MaildropReason::kBelowMinimum);
static_assert(asked("ann", UnixUser{"ann", 1001}, {Kind::kDirectory, kRoot, kMail, 01777, 2}) ==
              MaildropReason::kSpoolWorldWritable);
static_assert(asked("ann", UnixUser{"ann", 1001}, {Kind::kDirectory, kMta, kMail, 03775, 2}) ==
              MaildropReason::kSpoolOwner);
static_assert(found({Kind::kLink, 1001, kMail, 0777, 1}) == MaildropReason::kLink);
static_assert(found({Kind::kFifo, 1001, kMail, 0660, 1}) == MaildropReason::kFifo);
static_assert(found({Kind::kFile, 1001, kMail, 0660, 2}) == MaildropReason::kSeveralNames);
static_assert(found({Kind::kFile, 1002, kMail, 0660, 1}) == MaildropReason::kForeignOwner);
static_assert(found({Kind::kFile, 1001, kMail, 0600, 1}) == MaildropReason::kForeignMode);

// Codes are permanent and each its own.
template <typename Reason>
void expect_distinct(Reason last) {
  for (int i = 0; i <= static_cast<int>(last); ++i)
    for (int j = 0; j < i; ++j)
      EXPECT_NE(reason_text(static_cast<Reason>(i)).code, reason_text(static_cast<Reason>(j)).code);
}
TEST(PermissionModel, EveryReasonHasACodeOfItsOwn) {
  expect_distinct(kLastPrivilegeReason);
  expect_distinct(TreeReason::kInTree);
  expect_distinct(kLastMaildropReason);
}

}  // namespace
}  // namespace postern::permission
