// SPDX-License-Identifier: BSD-2-Clause
//
// maildrop_rules.h: what the maildrop helper must do with a name and with what it finds (MD-1 to MD-5). If
// several things are wrong, the first in the order of MaildropReason is the verdict's: the name, then the
// user, then the spool, then what lies at the name.
#pragma once

#include <optional>
#include <string_view>

#include "file_access.h"
#include "privileges.h"

namespace postern::permission {

enum class MaildropAction : std::uint8_t { kRefuse, kCreate, kLeave };

enum class MaildropReason : std::uint8_t {
  kNoMaildrop,    // create: nothing is there
  kGoodMaildrop,  // leave: it is there and as it must be
  kNameLength,    // refuse, from here on
  kNameOctet,
  kNameLock,  // would be taken for somebody's lock file
  kUnknownUser,
  kOtherName,  // the name service answered another name
  kRootUser,
  kMtaUser,
  kBelowMinimum,
  kSpoolKind,
  kSpoolOwner,
  kSpoolGroup,
  kSpoolWorldWritable,
  kSpoolMode,
  kLink,
  kDirectory,
  kFifo,
  kSocket,
  kDevice,
  kSeveralNames,
  kForeignOwner,
  kForeignGroup,
  kForeignMode,
};
inline constexpr MaildropReason kLastMaildropReason = MaildropReason::kForeignMode;

struct MaildropVerdict {
  MaildropAction action;
  MaildropReason reason;
  friend constexpr bool operator==(const MaildropVerdict&, const MaildropVerdict&) = default;
};

// MaildropSite: whose ids they are here.
struct MaildropSite {
  Id mta_user;
  Id mail_group;
  Id minimum_user;  // the configured minimum
};

// UnixUser: what the name service answered.
struct UnixUser {
  std::string_view name;
  Id id;
};

// MaildropQuestion: the name as it was sent, the user it is, the spool, and what lies at the name.
struct MaildropQuestion {
  std::string_view name;
  std::optional<UnixUser> user;
  Object spool;
  std::optional<Object> found;
};

inline constexpr std::size_t kMaxLoginName = 32;
inline constexpr std::uint16_t kMaildropMode = 0660;
inline constexpr std::uint16_t kSpoolMode = 03775;
inline constexpr std::uint16_t kOtherSpoolMode = 02775;

constexpr bool is_login_octet(char octet, bool first) noexcept {
  if ((octet >= 'a' && octet <= 'z') || octet == '_') return true;
  return !first && ((octet >= '0' && octet <= '9') || octet == '.' || octet == '-');
}

// login_name_fault: MD-4: [a-z_][a-z0-9_.-]{0,31}, and no name that ends in .lock.
constexpr std::optional<MaildropReason> login_name_fault(std::string_view name) noexcept {
  if (name.empty() || name.size() > kMaxLoginName) return MaildropReason::kNameLength;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (!is_login_octet(name[i], i == 0)) return MaildropReason::kNameOctet;
  }
  if (name.ends_with(".lock")) return MaildropReason::kNameLock;
  return std::nullopt;
}

// user_fault: MD-4: no user, another one, root, the MTA user, one below the minimum.
constexpr std::optional<MaildropReason> user_fault(const MaildropQuestion& asked,
                                                   const MaildropSite& site) noexcept {
  if (!asked.user) return MaildropReason::kUnknownUser;
  if (asked.user->name != asked.name) return MaildropReason::kOtherName;
  if (asked.user->id == kRoot) return MaildropReason::kRootUser;
  if (asked.user->id == site.mta_user) return MaildropReason::kMtaUser;
  if (asked.user->id < site.minimum_user || asked.user->id == kUnchanged)
    return MaildropReason::kBelowMinimum;
  return std::nullopt;
}

// spool_fault: MD-3, MD-5: root:mail 3775, or 2775.
constexpr std::optional<MaildropReason> spool_fault(const Object& spool, Id mail_group) noexcept {
  if (spool.kind != Kind::kDirectory) return MaildropReason::kSpoolKind;
  if (spool.owner != kRoot) return MaildropReason::kSpoolOwner;
  if (spool.group != mail_group) return MaildropReason::kSpoolGroup;
  if ((spool.mode & kOtherWrite) != 0) return MaildropReason::kSpoolWorldWritable;
  if (spool.mode != kSpoolMode && spool.mode != kOtherSpoolMode) return MaildropReason::kSpoolMode;
  return std::nullopt;
}

// maildrop_fault: MD-1, MD-3, MD-5: why a thing is no maildrop of this owner. Also for what Unix-Deliver has
// opened (MD-6).
constexpr std::optional<MaildropReason> maildrop_fault(const Object& found, Id owner,
                                                       Id mail_group) noexcept {
  switch (found.kind) {
    case Kind::kLink:
      return MaildropReason::kLink;
    case Kind::kDirectory:
      return MaildropReason::kDirectory;
    case Kind::kFifo:
      return MaildropReason::kFifo;
    case Kind::kSocket:
      return MaildropReason::kSocket;
    case Kind::kDevice:
      return MaildropReason::kDevice;
    case Kind::kFile:
      break;
  }
  if (found.names != 1) return MaildropReason::kSeveralNames;
  if (found.owner != owner) return MaildropReason::kForeignOwner;
  if (found.group != mail_group) return MaildropReason::kForeignGroup;
  if (found.mode != kMaildropMode) return MaildropReason::kForeignMode;
  return std::nullopt;
}

// decide_maildrop: create only where nothing is, leave what is right, refuse all else; nothing that exists is
// ever changed (MD-2).
constexpr MaildropVerdict decide_maildrop(const MaildropQuestion& asked, const MaildropSite& site) noexcept {
  const auto refuse = [](MaildropReason reason) { return MaildropVerdict{MaildropAction::kRefuse, reason}; };
  if (const auto fault = login_name_fault(asked.name)) return refuse(*fault);
  if (const auto fault = user_fault(asked, site)) return refuse(*fault);
  if (const auto fault = spool_fault(asked.spool, site.mail_group)) return refuse(*fault);
  if (!asked.found) return {MaildropAction::kCreate, MaildropReason::kNoMaildrop};
  if (const auto fault = maildrop_fault(*asked.found, asked.user->id, site.mail_group)) return refuse(*fault);
  return {MaildropAction::kLeave, MaildropReason::kGoodMaildrop};
}

ReasonText reason_text(MaildropReason reason) noexcept;

}  // namespace postern::permission
