// SPDX-License-Identifier: BSD-2-Clause
//
// file_access.h: who may do what with a file by owner, group and mode (fs/namei.c), and what that means for a
// chain of directories. Access lists, read-only mounts and Landlock only take away from it.
#pragma once

#include <span>

#include "credentials.h"

namespace postern::permission {

enum class Kind : std::uint8_t { kDirectory, kFile, kLink, kFifo, kSocket, kDevice };

// Object: one thing in a directory, itself and not what it leads to.
struct Object {
  Kind kind = Kind::kFile;
  Id owner = kRoot;
  Id group = kRoot;
  std::uint16_t mode = 0;   // the lower twelve bits
  std::uint64_t names = 1;  // its link count
};

inline constexpr std::uint16_t kSticky = 01000;
inline constexpr std::uint16_t kGroupWrite = 00020;
inline constexpr std::uint16_t kOtherWrite = 00002;

// Wish: kRead, kWrite, kExecute (of a directory: search), as bits of a mode's digit.
enum Wish : std::uint8_t { kExecute = 1, kWrite = 2, kRead = 4 };

// class_bits: the digit of the mode that applies. The first class that fits decides, even if a later one
// would give more.
constexpr unsigned class_bits(const Credentials& who, const Object& object) noexcept {
  if (who.user.file_system == object.owner) return (object.mode >> 6U) & 7U;
  if (who.in_group(object.group)) return (object.mode >> 3U) & 7U;
  return object.mode & 7U;
}

// capability_gives: what CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH add.
constexpr bool capability_gives(const Credentials& who, const Object& object, unsigned wishes) noexcept {
  if (object.kind == Kind::kDirectory)
    return who.can(Capability::kDacOverride) ||
           ((wishes & kWrite) == 0 && who.can(Capability::kDacReadSearch));
  if (wishes == kRead && who.can(Capability::kDacReadSearch)) return true;
  const bool executable = (object.mode & 0111U) != 0;
  return who.can(Capability::kDacOverride) && ((wishes & kExecute) == 0 || executable);
}

// may: all of `wishes` (bits of Wish) at once, the way to the object not counted.
constexpr bool may(const Credentials& who, const Object& object, unsigned wishes) noexcept {
  return (wishes & ~class_bits(who, object)) == 0 || capability_gives(who, object, wishes);
}

// may_remove: unlink or rename away the entry `object` of `directory` (and so put something else there).
constexpr bool may_remove(const Credentials& who, const Object& directory, const Object& object) noexcept {
  if (!may(who, directory, kWrite | kExecute)) return false;
  return (directory.mode & kSticky) == 0 || who.user.file_system == object.owner ||
         who.user.file_system == directory.owner || who.can(Capability::kFowner);
}

// AccessReason: why it may or may not, in the order in which the chain is walked.
enum class AccessReason : std::uint8_t {
  kAllowed,     // every step allows it
  kNoSearch,    // a directory on the way may not be searched
  kNoMode,      // owner, group and mode of the object itself do not allow it
  kNoWrite,     // remove: its directory may not be written
  kStickyHeld,  // remove: its directory is sticky, and the entry somebody else's
};

struct AccessVerdict {
  AccessReason reason;
  std::size_t at;  // the step of the chain that decides
  friend constexpr bool operator==(const AccessVerdict&, const AccessVerdict&) = default;
};

namespace detail {
constexpr std::size_t first_unsearchable(const Credentials& who, std::span<const Object> way) noexcept {
  for (std::size_t i = 0; i < way.size(); ++i) {
    if (!may(who, way[i], kExecute)) return i;
  }
  return way.size();
}
}  // namespace detail

// access: `wishes` on the last object of `chain`, whose others are the directories from / down to it.
// Requires: chain is not empty.
constexpr AccessVerdict access(const Credentials& who, std::span<const Object> chain,
                               unsigned wishes) noexcept {
  const std::size_t last = chain.size() - 1;
  const std::size_t stop = detail::first_unsearchable(who, chain.first(last));
  if (stop < last) return {AccessReason::kNoSearch, stop};
  return {may(who, chain[last], wishes) ? AccessReason::kAllowed : AccessReason::kNoMode, last};
}

// replace: take away the last object's name and give it to something else. Requires: at least two objects.
constexpr AccessVerdict replace(const Credentials& who, std::span<const Object> chain) noexcept {
  const std::size_t last = chain.size() - 1;
  const std::size_t stop = detail::first_unsearchable(who, chain.first(last));
  if (stop < last) return {AccessReason::kNoSearch, stop};
  if (!may(who, chain[last - 1], kWrite | kExecute)) return {AccessReason::kNoWrite, last - 1};
  const bool removes = may_remove(who, chain[last - 1], chain[last]);
  return {removes ? AccessReason::kAllowed : AccessReason::kStickyHeld, last};
}

}  // namespace postern::permission
