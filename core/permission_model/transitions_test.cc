// SPDX-License-Identifier: BSD-2-Clause
// PV-2: each call asks for its own capability and for no other; and what else mutants have found wanting.
#include "core/permission_model/transitions.h"

#include <gtest/gtest.h>

#include <array>

#include "core/permission_model/exec.h"
#include "core/permission_model/maildrop_rules.h"
#include "core/permission_model/role.h"
#include "core/permission_model/tree.h"

namespace postern::permission {
namespace {

constexpr Id kUser = 1000;
constexpr Id kOther = 2000;

// An ordinary user with one capability, effective.
constexpr Credentials with_only(unsigned capability) {
  Credentials made;
  made.user = {kUser, kUser, kUser, kUser};
  made.group = {kUser, kUser, kUser, kUser};
  made.effective = made.permitted = CapabilitySet{1} << capability;
  return made;
}

// takes: `call` succeeds with `needed` and with no other capability.
template <typename Call>
void takes(Capability needed, const char* name, Call call) {
  for (unsigned capability = 0; capability <= kLastCapability; ++capability) {
    const bool expected = capability == static_cast<unsigned>(needed);
    EXPECT_EQ(call(with_only(capability)).error == CallError::kNone, expected) << name << ' ' << capability;
  }
}

TEST(Transitions, EachCallAsksForItsOwnCapability) {
  using C = Credentials;
  takes(Capability::kSetuid, "setuid", [](const C& old) { return setuid(old, kOther); });
  takes(Capability::kSetuid, "setreuid", [](const C& old) { return setreuid(old, kOther, kOther); });
  takes(Capability::kSetuid, "setresuid",
        [](const C& old) { return setresuid(old, kOther, kOther, kOther); });
  takes(Capability::kSetgid, "setgid", [](const C& old) { return setgid(old, kOther); });
  takes(Capability::kSetgid, "setregid", [](const C& old) { return setregid(old, kOther, kOther); });
  takes(Capability::kSetgid, "setresgid",
        [](const C& old) { return setresgid(old, kOther, kOther, kOther); });
  takes(Capability::kSetgid, "setgroups", [](const C& old) { return setgroups(old, Groups{}); });
  // What a file may hand on beyond what the process has: a set that no single capability is.
  takes(Capability::kSetpcap, "capset",
        [](const C& old) { return capset(old, old.effective, old.permitted, kAllCapabilities); });
  takes(Capability::kSetpcap, "bounding", [](const C& old) { return drop_bounding(old, kAllCapabilities); });
  takes(Capability::kSetpcap, "securebits",
        [](const C& old) { return set_securebits(old, securebit::kNoRoot); });
}

// A lock that is set neither opens nor lets its bit change; what it does not lock, changes.
TEST(Transitions, ALockedSecurebitStays) {
  Credentials locked;
  locked.securebits = securebit::kNoRoot | securebit::kNoRootLocked;
  constexpr Securebits kBoth = securebit::kNoRoot | securebit::kNoRootLocked;
  EXPECT_EQ(set_securebits(locked, securebit::kNoRoot).error, CallError::kPermission);
  EXPECT_EQ(set_securebits(locked, securebit::kNoRootLocked).error, CallError::kPermission);
  EXPECT_EQ(set_securebits(locked, kBoth | securebit::kKeepCaps).error, CallError::kNone);
}

// The securebit forbids what the sets would allow.
TEST(Transitions, NoAmbientRaise) {
  Credentials is;
  is.inheritable = set_of(Capability::kChown);
  EXPECT_EQ(raise_ambient(is, is.inheritable).error, CallError::kNone);
  is.securebits = securebit::kNoAmbientRaise;
  EXPECT_EQ(raise_ambient(is, is.inheritable).error, CallError::kPermission);
}

// Whose effective uid stays root's keeps its effective set, whatever the real one becomes.
TEST(Transitions, AnEffectiveRootStaysCapable) {
  EXPECT_EQ(setresuid(Credentials{}, kUser, kRoot, kRoot).after.effective, kAllCapabilities);
}

// setfsuid(-1) and setfsgid(-1) ask, and change nothing, whoever calls.
TEST(Transitions, TheFileSystemIdsCanBeAskedFor) {
  const Credentials root;
  EXPECT_EQ(setfsuid(root, kUnchanged).after, root);
  EXPECT_EQ(setfsgid(root, kUnchanged).after, root);
}

// Capabilities follow the user ids where these come from root or go there, and nowhere else.
TEST(Transitions, BetweenOrdinaryUsersCapabilitiesStay) {
  Credentials is = with_only(static_cast<unsigned>(Capability::kSetuid));
  is.effective = is.permitted |= set_of(Capability::kChown);
  EXPECT_EQ(setuid(is, kOther).after.permitted, is.permitted);
  EXPECT_EQ(setuid(is, kOther).after.effective, is.effective);
  EXPECT_EQ(setfsuid(is, kOther).after.effective, is.effective);
  EXPECT_EQ(setfsuid(is, kOther).after.user.file_system, kOther);
  is.effective = set_of(Capability::kSetgid);
  EXPECT_EQ(setfsgid(is, kOther).after.group.file_system, kOther);
  EXPECT_EQ(setfsuid(is, kOther).after, is);
}

// Nor does a file-system uid bring what it brings where it was 0 before.
TEST(Transitions, ARootThatStaysGainsNothing) {
  Credentials is;
  is.effective = set_of(Capability::kSetuid);
  EXPECT_EQ(setfsuid(is, kRoot).after, is);
}

// More groups than the model holds are equal to nothing, themselves included: nobody is told that they are
// right.
TEST(Credentials, TooManyGroupsAreEqualToNone) {
  Groups full;
  for (Id id = 0; id < kMaxGroups; ++id) full.add(id + 1);
  Groups more = full;
  more.add(kMaxGroups + 1);
  EXPECT_TRUE(full == full);
  EXPECT_FALSE(full == more);
  EXPECT_FALSE(more == full);
  EXPECT_FALSE(more == more);
}

// What is not said of a file or a call: an ordinary program, no groups, user and set-id bits none.
TEST(Exec, WhatIsNotSaid) {
  ProgramFile file;
  EXPECT_EQ(file.owner, kRoot);
  EXPECT_EQ(file.group, kRoot);
  EXPECT_EQ(file.mode, 0755);
  EXPECT_FALSE(file.on_nosuid || file.has_capabilities || file.effective);
  EXPECT_EQ(file.permitted | file.inheritable, 0U);
  Call call;
  EXPECT_EQ(call.name, CallName::kSetgroups);
  call.name = static_cast<CallName>(kCallWords.size());
  EXPECT_EQ(apply(Credentials{}, call).error, CallError::kInvalid);
}

// A process of which nothing is said has one thread and a filter, and holds nothing.
TEST(Roles, WhatIsNotSaid) {
  ProcessFacts process;
  EXPECT_EQ(process.seccomp, 2);
  EXPECT_EQ(process.threads, 1U);
  EXPECT_FALSE(process.dumpable || process.listens || process.connected || process.files);
  EXPECT_FALSE(process.helper_channel);
}

// PV-2: nobody may be dropped to root's ids; and a reason that is none is true of nobody.
TEST(Roles, AreNeverRoots) {
  Site site{
      .mta_user = kRoot, .mta_group = kUser, .mail_group = kOther, .name_user = kOther, .name_group = kOther};
  EXPECT_TRUE(site.started_as_root);
  ProcessFacts process;
  EXPECT_EQ(role_conforms(Role::kKeeper, process, site), PrivilegeReason::kTargetIsRoot);
  site.mta_user = kUser;
  site.mta_group = kRoot;
  EXPECT_EQ(role_conforms(Role::kKeeper, process, site), PrivilegeReason::kTargetIsRoot);
  EXPECT_EQ(irrevocably_unprivileged(Credentials{}, kRoot, kUser, Groups{}), PrivilegeReason::kTargetIsRoot);
  EXPECT_FALSE(has_fault(PrivilegeReason::kConforms, Role::kKeeper, process, site));
}

// PV-4: an ordinary user's groups are as they are, but group mail is deliver's alone, if it is another than
// the MTA's.
TEST(Roles, AnOrdinaryUsersInGroupMail) {
  Site site{.mta_user = kUser,
            .mta_group = kUser,
            .mail_group = kOther,
            .name_user = kUser + 1,
            .name_group = kUser + 1};
  site.started_as_root = false;
  for (const RoleRule& rule : kRoleRules) {
    const bool in_mail = rule.identity == Identity::kMtaInMail;
    if (rule.identity != Identity::kMta && !in_mail) continue;
    ProcessFacts process;
    process.credentials = with_only(0);
    process.credentials.effective = process.credentials.permitted = 0;
    process.credentials.no_new_privs = true;
    process.credentials.groups = groups_of(kUser, kUser + 2);
    EXPECT_EQ(role_conforms(rule.role, process, site), PrivilegeReason::kConforms) << rule.name;
    process.credentials.groups = groups_of(kUser, kOther);
    EXPECT_EQ(role_conforms(rule.role, process, site),
              in_mail ? PrivilegeReason::kConforms : PrivilegeReason::kSupplementaryGroups)
        << rule.name;
    Site same = site;
    same.mail_group = kUser;
    EXPECT_EQ(role_conforms(rule.role, process, same), PrivilegeReason::kConforms) << rule.name;
  }
}

// DT-2, DT-4: a link has no mode of its own; and a reason that is none, or not a tree's, is true of nothing.
TEST(Tree, WhatIsTrueOfALink) {
  const Object link{Kind::kLink, kUser, kUser, 0777, 1};
  const auto is = [&](TreeReason reason) {
    return has_fault(reason, Tree::kMailbox, false, link, kUser, kUser);
  };
  EXPECT_TRUE(is(TreeReason::kLink));
  for (const TreeReason reason :
       {TreeReason::kMode, TreeReason::kConforms, TreeReason::kWritable, TreeReason::kInTree})
    EXPECT_FALSE(is(reason)) << static_cast<int>(reason);
}

// A file with no mode and one name, until something else is said.
TEST(FileAccess, WhatIsNotSaid) {
  Object object;
  EXPECT_EQ(object.kind, Kind::kFile);
  EXPECT_EQ(object.owner, kRoot);
  EXPECT_EQ(object.group, kRoot);
  EXPECT_EQ(object.mode, 0);
  EXPECT_EQ(object.names, 1U);
}

// CAP_DAC_OVERRIDE executes what somebody may execute, whoever that is.
TEST(FileAccess, AnyExecuteBitWillDo) {
  const Credentials overrides = with_only(static_cast<unsigned>(Capability::kDacOverride));
  for (const Id owner : {kUser, kOther})
    for (const std::uint16_t mode : std::array<std::uint16_t, 4>{0100, 0010, 0001, 0666})
      EXPECT_EQ(may(overrides, {Kind::kFile, owner, kOther, mode, 1}, kExecute), mode != 0666) << mode;
}

// unlink(2) asks for writing and searching at once: CAP_DAC_READ_SEARCH, which lets its holder search, does
// not help where the mode lets it write alone.
TEST(FileAccess, ToWriteAndToSearchTogether) {
  Credentials reads = with_only(static_cast<unsigned>(Capability::kDacReadSearch));
  const std::array<Object, 2> chain = {
      {{Kind::kDirectory, kRoot, kRoot, 0002, 2}, {Kind::kFile, kRoot, kRoot, 0, 1}}};
  EXPECT_TRUE(may(reads, chain[0], kWrite) && may(reads, chain[0], kExecute));
  EXPECT_EQ(replace(reads, chain), (AccessVerdict{AccessReason::kNoWrite, 0}));
}

// MD-4: every octet, as the first and as the second of a login name.
TEST(LoginName, EveryOctet) {
  for (int octet = 0; octet < 256; ++octet) {
    const char name[] = {'a', static_cast<char>(octet)};
    const bool first = (octet >= 'a' && octet <= 'z') || octet == '_';
    const bool later = first || (octet >= '0' && octet <= '9') || octet == '.' || octet == '-';
    EXPECT_EQ(!login_name_fault({name + 1, 1}).has_value(), first) << octet;
    EXPECT_EQ(!login_name_fault({name, 2}).has_value(), later) << octet;
  }
}

}  // namespace
}  // namespace postern::permission
