// SPDX-License-Identifier: BSD-2-Clause
//
// privileges.h: what a process of the daemon must be (PV-2 to PV-6), and by how many ways one gets back to
// root. If several things are wrong, the first in the order of PrivilegeReason is the verdict's; who wants
// all of them asks has_fault for each.
#pragma once

#include <optional>
#include <string_view>

#include "credentials.h"

namespace postern::permission {

enum class PrivilegeReason : std::uint8_t {
  kConforms,
  kTargetIsRoot,  // the ids it should have are 0: nobody may be dropped to them
  kRealUser,
  kEffectiveUser,
  kSavedUser,
  kFileSystemUser,
  kRealGroup,
  kEffectiveGroup,
  kSavedGroup,
  kFileSystemGroup,
  kSupplementaryGroups,
  kEffectiveSet,
  kPermittedSet,
  kInheritableSet,
  kAmbientSet,
  kBoundingSet,
  kNoNewPrivs,
  kSecurebits,
  kDumpable,       // others of its user may read its memory
  kFilter,         // no seccomp filter
  kThreads,        // more than one: credentials are each thread's own
  kListens,        // holds a listening socket that is not its own to hold
  kConnected,      // holds a socket whose other end is outside the daemon
  kFiles,          // holds a file or directory
  kHelperChannel,  // can ask the maildrop helper
};
inline constexpr PrivilegeReason kLastCredentialReason = PrivilegeReason::kSecurebits;
inline constexpr PrivilegeReason kLastPrivilegeReason = PrivilegeReason::kHelperChannel;

// Expected: the credentials that a process must have.
struct Expected {
  Id user;
  Id group;
  std::optional<Groups> groups;          // nothing: as they are (an ordinary user cannot change them)
  CapabilitySet capabilities = 0;        // permitted and effective; the helper alone has one
  bool root_is_meant = false;            // the helper's: user 0 is right
  bool bounding_empty = true;            // false: as it is (an ordinary user cannot empty it)
  std::optional<Securebits> securebits;  // nothing: not looked at (/proc does not show them)
};

namespace detail {
constexpr bool credential_fault(PrivilegeReason reason, const Credentials& is,
                                const Expected& must) noexcept {
  switch (reason) {
    case PrivilegeReason::kTargetIsRoot:
      return !must.root_is_meant && (must.user == kRoot || must.group == kRoot);
    case PrivilegeReason::kRealUser:
      return is.user.real != must.user;
    case PrivilegeReason::kEffectiveUser:
      return is.user.effective != must.user;
    case PrivilegeReason::kSavedUser:
      return is.user.saved != must.user;
    case PrivilegeReason::kFileSystemUser:
      return is.user.file_system != must.user;
    case PrivilegeReason::kRealGroup:
      return is.group.real != must.group;
    case PrivilegeReason::kEffectiveGroup:
      return is.group.effective != must.group;
    case PrivilegeReason::kSavedGroup:
      return is.group.saved != must.group;
    case PrivilegeReason::kFileSystemGroup:
      return is.group.file_system != must.group;
    case PrivilegeReason::kSupplementaryGroups:
      return must.groups && !(is.groups == *must.groups);
    case PrivilegeReason::kEffectiveSet:
      return is.effective != must.capabilities;
    case PrivilegeReason::kPermittedSet:
      return is.permitted != must.capabilities;
    case PrivilegeReason::kInheritableSet:
      return is.inheritable != 0;
    case PrivilegeReason::kAmbientSet:
      return is.ambient != 0;
    case PrivilegeReason::kBoundingSet:
      return must.bounding_empty && is.bounding != 0;
    case PrivilegeReason::kNoNewPrivs:
      return !is.no_new_privs;
    case PrivilegeReason::kSecurebits:
      return must.securebits && is.securebits != *must.securebits;
    default:
      return false;
  }
}
}  // namespace detail

// credentials_conform: the first reason why `is` is not as it must be, or kConforms.
constexpr PrivilegeReason credentials_conform(const Credentials& is, const Expected& must) noexcept {
  for (int i = 1; i <= static_cast<int>(kLastCredentialReason); ++i) {
    const auto reason = static_cast<PrivilegeReason>(i);
    if (detail::credential_fault(reason, is, must)) return reason;
  }
  return PrivilegeReason::kConforms;
}

// irrevocably_unprivileged: PV-2: exactly these ids and groups, nothing held, and no call that changes it.
constexpr PrivilegeReason irrevocably_unprivileged(const Credentials& is, Id user, Id group,
                                                   const Groups& groups) noexcept {
  return credentials_conform(is, Expected{.user = user, .group = group, .groups = groups, .securebits = {}});
}

// Reach: what lies around the process.
struct Reach {
  bool set_uid_root_file = true;  // a set-uid file of root's that it may execute; every system has some
  bool roots_input = false;       // a file that root executes or parses and that it may write or replace
};

// ways_back: how many of the four ways to root are open.
constexpr unsigned ways_back(const Credentials& is, const Reach& reach) noexcept {
  const Ids& u = is.user;
  const bool id = u.real == kRoot || u.effective == kRoot || u.saved == kRoot || u.file_system == kRoot;
  const bool capability = (is.effective | is.permitted | is.ambient) != 0;
  const bool by_exec = !is.no_new_privs && reach.set_uid_root_file;
  return static_cast<unsigned>(id) + static_cast<unsigned>(capability) + static_cast<unsigned>(by_exec) +
         static_cast<unsigned>(reach.roots_input);
}

// ReasonText: a reason's permanent slug, what is so, and what to do about it.
struct ReasonText {
  std::string_view code;
  std::string_view what;
  std::string_view cure;
};

ReasonText reason_text(PrivilegeReason reason) noexcept;

}  // namespace postern::permission
