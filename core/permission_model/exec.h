// SPDX-License-Identifier: BSD-2-Clause
//
// exec.h: what executing a file makes of the credentials (fs/exec.c, security/commoncap.c), and one call as a
// value, so that a row of a table, a test on the kernel and a proof can name it.
#pragma once

#include <string_view>

#include "transitions.h"

namespace postern::permission {

inline constexpr std::uint16_t kSetUid = 04000;
inline constexpr std::uint16_t kSetGid = 02000;
inline constexpr std::uint16_t kGroupExecute = 00010;

// ProgramFile: what of a file counts at exec. Whether it may be executed at all is file_access.h's.
struct ProgramFile {
  Id owner = kRoot;
  Id group = kRoot;
  std::uint16_t mode = 0755;
  bool on_nosuid = false;         // its mount ignores set-id bits and capabilities
  bool has_capabilities = false;  // the three below
  CapabilitySet permitted = 0;
  CapabilitySet inheritable = 0;
  bool effective = false;
};

// exec: execve(2) of `file` by an untraced process. Error kPermission: its capabilities cannot all be given.
// Linux before 6.17 compares the new ids with the real ones where this compares with the effective ones;
// they differ only for a process whose own ids differ.
constexpr Transition exec(const Credentials& old, const ProgramFile& file) noexcept {
  Credentials now = old;
  const bool honoured = !file.on_nosuid && !old.no_new_privs;
  if (honoured && (file.mode & kSetUid) != 0) now.user.effective = file.owner;
  const bool set_gid = (file.mode & kSetGid) != 0 && (file.mode & kGroupExecute) != 0;
  if (honoured && set_gid) now.group.effective = file.group;

  bool effective = false;
  const bool has_file = file.has_capabilities && !file.on_nosuid;
  now.permitted = 0;
  if (has_file) {
    now.permitted = (old.bounding & file.permitted) | (old.inheritable & file.inheritable);
    effective = file.effective;
    if (effective && (file.permitted & ~now.permitted) != 0) return detail::refused(old);
  }
  // A file with capabilities of its own gives these alone, even where it is set-uid root; to root as well it
  // gives all.
  const bool by_file = has_file && now.user.real != kRoot;
  if ((old.securebits & securebit::kNoRoot) == 0 && !by_file) {
    if (now.user.effective == kRoot || now.user.real == kRoot) now.permitted = old.bounding | old.inheritable;
    if (now.user.effective == kRoot) effective = true;
  }
  // Also where the group is the one before, if a file-system group elsewhere had left it.
  const bool ids_changed = now.user.effective != old.user.effective || !old.in_group(now.group.effective);
  const bool gained = (now.permitted & ~old.permitted) != 0;
  if ((ids_changed || gained) && old.no_new_privs) {
    now.user.effective = now.user.real;
    now.group.effective = now.group.real;
    now.permitted &= old.permitted;
  }
  now.user.saved = now.user.file_system = now.user.effective;
  now.group.saved = now.group.file_system = now.group.effective;
  if (has_file || ids_changed) now.ambient = 0;
  now.permitted |= now.ambient;
  now.effective = effective ? now.permitted : now.ambient;
  now.securebits &= static_cast<Securebits>(~securebit::kKeepCaps);
  return {CallError::kNone, now};
}

// CallName: the calls of the model. Its words are in kCallWords, in this order; tables use them.
enum class CallName : std::uint8_t {
  kSetgroups,
  kSetresuid,
  kSetresgid,
  kSetreuid,
  kSetregid,
  kSetuid,
  kSetgid,
  kSetfsuid,
  kSetfsgid,
  kCapset,
  kDropBounding,
  kSetSecurebits,
  kKeepCapabilities,
  kRaiseAmbient,
  kClearAmbient,
  kForbidNewPrivs,
  kExec
};

inline constexpr std::array<std::string_view, 17> kCallWords = {"setgroups",
                                                                "setresuid",
                                                                "setresgid",
                                                                "setreuid",
                                                                "setregid",
                                                                "setuid",
                                                                "setgid",
                                                                "setfsuid",
                                                                "setfsgid",
                                                                "capset",
                                                                "drop-bounding",
                                                                "set-securebits",
                                                                "keep-capabilities",
                                                                "raise-ambient",
                                                                "clear-ambient",
                                                                "forbid-new-privs",
                                                                "exec"};
static_assert(kCallWords.size() == static_cast<std::size_t>(CallName::kExec) + 1);

// Call: one call with its arguments: ids, capability sets (capset: effective, permitted, inheritable) or
// securebits in `argument`; `groups` for setgroups, `file` for exec.
struct Call {
  CallName name = CallName::kSetgroups;
  std::array<std::uint64_t, 3> argument{};
  Groups groups{};
  ProgramFile file{};
};

constexpr Transition apply(const Credentials& old, const Call& call) noexcept {
  const auto id = [&call](std::size_t i) { return static_cast<Id>(call.argument[i]); };
  const auto set = [&call](std::size_t i) { return call.argument[i]; };
  switch (call.name) {
    case CallName::kSetgroups:
      return setgroups(old, call.groups);
    case CallName::kSetresuid:
      return setresuid(old, id(0), id(1), id(2));
    case CallName::kSetresgid:
      return setresgid(old, id(0), id(1), id(2));
    case CallName::kSetreuid:
      return setreuid(old, id(0), id(1));
    case CallName::kSetregid:
      return setregid(old, id(0), id(1));
    case CallName::kSetuid:
      return setuid(old, id(0));
    case CallName::kSetgid:
      return setgid(old, id(0));
    case CallName::kSetfsuid:
      return setfsuid(old, id(0));
    case CallName::kSetfsgid:
      return setfsgid(old, id(0));
    case CallName::kCapset:
      return capset(old, set(0), set(1), set(2));
    case CallName::kDropBounding:
      return drop_bounding(old, set(0));
    case CallName::kSetSecurebits:
      return set_securebits(old, static_cast<Securebits>(set(0)));
    case CallName::kKeepCapabilities:
      return keep_capabilities(old, set(0) != 0);
    case CallName::kRaiseAmbient:
      return raise_ambient(old, set(0));
    case CallName::kClearAmbient:
      return clear_ambient(old);
    case CallName::kForbidNewPrivs:
      return forbid_new_privs(old);
    case CallName::kExec:
      return exec(old, call.file);
  }
  return detail::refused(old, CallError::kInvalid);
}

}  // namespace postern::permission
