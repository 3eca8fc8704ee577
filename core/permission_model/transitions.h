// SPDX-License-Identifier: BSD-2-Clause
//
// transitions.h: what each call that changes credentials does, as Linux does it (kernel/sys.c,
// security/commoncap.c), in the initial user namespace. Every function answers the state afterwards; on an
// error that is the state before. Argument kUnchanged is the call's -1.
#pragma once

#include <optional>

#include "credentials.h"

namespace postern::permission {

enum class CallError : std::uint8_t { kNone, kPermission, kInvalid };  // success, EPERM, EINVAL

struct Transition {
  CallError error;
  Credentials after;
};

namespace detail {

constexpr bool is_one_of(Id id, Id a, Id b, Id c) noexcept {
  return id == a || id == b || id == c;
}

// The four rules by which ids change; nothing where permission is wanting.
constexpr std::optional<Ids> res_ids(const Ids& old, Id real, Id effective, Id saved, bool capable) noexcept {
  const auto foreign = [&old](Id id) {
    return id != kUnchanged && !is_one_of(id, old.real, old.effective, old.saved);
  };
  if (!capable && (foreign(real) || foreign(effective) || foreign(saved))) return std::nullopt;
  Ids now = old;
  if (real != kUnchanged) now.real = real;
  if (effective != kUnchanged) now.effective = effective;
  if (saved != kUnchanged) now.saved = saved;
  // A call that asks for nothing new leaves the file-system id alone as well (Linux 6.4).
  const bool nothing = now == old && effective == kUnchanged;
  if (!nothing) now.file_system = now.effective;
  return now;
}

constexpr std::optional<Ids> re_ids(const Ids& old, Id real, Id effective, bool capable) noexcept {
  const bool real_ok = real == kUnchanged || real == old.real || real == old.effective;
  const bool effective_ok =
      effective == kUnchanged || is_one_of(effective, old.real, old.effective, old.saved);
  if (!capable && !(real_ok && effective_ok)) return std::nullopt;
  Ids now = old;
  if (real != kUnchanged) now.real = real;
  if (effective != kUnchanged) now.effective = effective;
  if (real != kUnchanged || (effective != kUnchanged && effective != old.real)) now.saved = now.effective;
  now.file_system = now.effective;
  return now;
}

constexpr std::optional<Ids> one_id(const Ids& old, Id id, bool capable) noexcept {
  if (capable) return all_four(id);
  if (id != old.real && id != old.saved) return std::nullopt;
  return Ids{old.real, id, old.saved, id};
}

constexpr Ids fs_id(const Ids& old, Id id, bool capable) noexcept {
  Ids now = old;
  if (capable || is_one_of(id, old.real, old.effective, old.saved)) now.file_system = id;
  return now;
}

constexpr bool has_root(const Ids& ids) noexcept {
  return is_one_of(kRoot, ids.real, ids.effective, ids.saved);
}

// with_users: capabilities follow the user ids (cap_emulate_setxuid).
constexpr Credentials with_users(const Credentials& old, const Ids& now) noexcept {
  Credentials after = old;
  after.user = now;
  if ((old.securebits & securebit::kNoSetuidFixup) != 0) return after;
  if (has_root(old.user) && !has_root(now)) {
    if ((old.securebits & securebit::kKeepCaps) == 0) after.permitted = after.effective = 0;
    after.ambient = 0;
  }
  if (old.user.effective == kRoot && now.effective != kRoot) after.effective = 0;
  if (old.user.effective != kRoot && now.effective == kRoot) after.effective = after.permitted;
  return after;
}

constexpr Transition refused(const Credentials& old, CallError error = CallError::kPermission) noexcept {
  return {error, old};
}

constexpr Transition to_users(const Credentials& old, const std::optional<Ids>& now) noexcept {
  return now ? Transition{CallError::kNone, with_users(old, *now)} : refused(old);
}

constexpr Transition to_groups(const Credentials& old, const std::optional<Ids>& now) noexcept {
  if (!now) return refused(old);
  Transition made{CallError::kNone, old};
  made.after.group = *now;
  return made;
}

}  // namespace detail

constexpr Transition setgroups(const Credentials& old, const Groups& groups) noexcept {
  if (!old.can(Capability::kSetgid)) return detail::refused(old);
  Transition made{CallError::kNone, old};
  made.after.groups = groups;
  return made;
}

constexpr Transition setresuid(const Credentials& old, Id real, Id effective, Id saved) noexcept {
  return detail::to_users(old,
                          detail::res_ids(old.user, real, effective, saved, old.can(Capability::kSetuid)));
}

constexpr Transition setresgid(const Credentials& old, Id real, Id effective, Id saved) noexcept {
  return detail::to_groups(old,
                           detail::res_ids(old.group, real, effective, saved, old.can(Capability::kSetgid)));
}

constexpr Transition setreuid(const Credentials& old, Id real, Id effective) noexcept {
  return detail::to_users(old, detail::re_ids(old.user, real, effective, old.can(Capability::kSetuid)));
}

constexpr Transition setregid(const Credentials& old, Id real, Id effective) noexcept {
  return detail::to_groups(old, detail::re_ids(old.group, real, effective, old.can(Capability::kSetgid)));
}

constexpr Transition setuid(const Credentials& old, Id id) noexcept {
  if (id == kUnchanged) return detail::refused(old, CallError::kInvalid);
  return detail::to_users(old, detail::one_id(old.user, id, old.can(Capability::kSetuid)));
}

constexpr Transition setgid(const Credentials& old, Id id) noexcept {
  if (id == kUnchanged) return detail::refused(old, CallError::kInvalid);
  return detail::to_groups(old, detail::one_id(old.group, id, old.can(Capability::kSetgid)));
}

// setfsuid, setfsgid never fail: they answer the previous id, and may have done nothing.
constexpr Transition setfsuid(const Credentials& old, Id id) noexcept {
  Transition made{CallError::kNone, old};
  if (id == kUnchanged) return made;
  made.after.user = detail::fs_id(old.user, id, old.can(Capability::kSetuid));
  if ((old.securebits & securebit::kNoSetuidFixup) != 0) return made;
  const bool was = old.user.file_system == kRoot;
  const bool is = made.after.user.file_system == kRoot;
  if (was && !is) made.after.effective &= ~kFileSystemSet;
  if (!was && is) made.after.effective |= old.permitted & kFileSystemSet;
  return made;
}

constexpr Transition setfsgid(const Credentials& old, Id id) noexcept {
  Transition made{CallError::kNone, old};
  if (id != kUnchanged) made.after.group = detail::fs_id(old.group, id, old.can(Capability::kSetgid));
  return made;
}

constexpr Transition capset(const Credentials& old, CapabilitySet effective, CapabilitySet permitted,
                            CapabilitySet inheritable) noexcept {
  const bool capped = !old.can(Capability::kSetpcap);
  if (capped && (inheritable & ~(old.inheritable | old.permitted)) != 0) return detail::refused(old);
  if ((inheritable & ~(old.inheritable | old.bounding)) != 0) return detail::refused(old);
  if ((permitted & ~old.permitted) != 0 || (effective & ~permitted) != 0) return detail::refused(old);
  Transition made{CallError::kNone, old};
  made.after.effective = effective;
  made.after.permitted = permitted;
  made.after.inheritable = inheritable;
  made.after.ambient = old.ambient & permitted & inheritable;
  return made;
}

// drop_bounding: prctl(PR_CAPBSET_DROP) for each capability of `gone`.
constexpr Transition drop_bounding(const Credentials& old, CapabilitySet gone) noexcept {
  if (!old.can(Capability::kSetpcap)) return detail::refused(old);
  Transition made{CallError::kNone, old};
  made.after.bounding &= ~gone;
  return made;
}

// set_securebits: prctl(PR_SET_SECUREBITS). A lock neither opens nor lets its bit change.
constexpr Transition set_securebits(const Credentials& old, Securebits bits) noexcept {
  const unsigned locks = old.securebits & securebit::kLocks;
  const unsigned changed = static_cast<unsigned>(old.securebits ^ bits);
  if (((locks >> 1U) & changed) != 0 || (locks & ~static_cast<unsigned>(bits)) != 0)
    return detail::refused(old);
  if (!old.can(Capability::kSetpcap)) return detail::refused(old);
  Transition made{CallError::kNone, old};
  made.after.securebits = bits;
  return made;
}

// keep_capabilities: prctl(PR_SET_KEEPCAPS). Asks for no privilege.
constexpr Transition keep_capabilities(const Credentials& old, bool keep) noexcept {
  if ((old.securebits & securebit::kKeepCapsLocked) != 0) return detail::refused(old);
  const unsigned others = old.securebits & ~static_cast<unsigned>(securebit::kKeepCaps);
  Transition made{CallError::kNone, old};
  made.after.securebits = static_cast<Securebits>(keep ? others | securebit::kKeepCaps : others);
  return made;
}

constexpr Transition raise_ambient(const Credentials& old, CapabilitySet capability) noexcept {
  const bool held = (capability & ~(old.permitted & old.inheritable)) == 0;
  if (!held || (old.securebits & securebit::kNoAmbientRaise) != 0) return detail::refused(old);
  Transition made{CallError::kNone, old};
  made.after.ambient |= capability;
  return made;
}

constexpr Transition clear_ambient(const Credentials& old) noexcept {
  Transition made{CallError::kNone, old};
  made.after.ambient = 0;
  return made;
}

constexpr Transition forbid_new_privs(const Credentials& old) noexcept {
  Transition made{CallError::kNone, old};
  made.after.no_new_privs = true;
  return made;
}

}  // namespace postern::permission
