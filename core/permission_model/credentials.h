// SPDX-License-Identifier: BSD-2-Clause
//
// credentials.h: what a Linux process is to the kernel, as a value. The names of the sets are those of
// credentials(7) and capabilities(7); numbers are the kernel's. No call is made here.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace postern::permission {

// Id: a user or group id. kUnchanged is the calls' -1.
using Id = std::uint32_t;
inline constexpr Id kRoot = 0;
inline constexpr Id kUnchanged = 0xFFFFFFFFU;

// Ids: the four ids of one kind.
struct Ids {
  Id real = kRoot;
  Id effective = kRoot;
  Id saved = kRoot;
  Id file_system = kRoot;
  friend constexpr bool operator==(const Ids&, const Ids&) = default;
};

constexpr Ids all_four(Id id) noexcept {
  return {id, id, id, id};
}

// Groups: supplementary groups, at most kMaxGroups. The model's limit, not the kernel's: who reads more from
// the kernel sets `overflow`, and such a set equals no other.
inline constexpr std::size_t kMaxGroups = 32;
struct Groups {
  std::array<Id, kMaxGroups> id{};
  std::size_t count = 0;
  bool overflow = false;

  constexpr bool contains(Id group) const noexcept {
    for (std::size_t i = 0; i < count; ++i) {
      if (id[i] == group) return true;
    }
    return false;
  }
  constexpr void add(Id group) noexcept {
    if (count == kMaxGroups) {
      overflow = true;
    } else {
      id[count++] = group;
    }
  }
};

template <typename... Each>
constexpr Groups groups_of(Each... each) noexcept {
  Groups groups{};
  (groups.add(each), ...);
  return groups;
}

constexpr bool is_subset(const Groups& some, const Groups& all) noexcept {
  for (std::size_t i = 0; i < some.count; ++i) {
    if (!all.contains(some.id[i])) return false;
  }
  return true;
}

// Order and duplicates do not matter: the kernel sorts.
constexpr bool operator==(const Groups& a, const Groups& b) noexcept {
  return !a.overflow && !b.overflow && is_subset(a, b) && is_subset(b, a);
}

// Capability: those that the model's rules name; kLastCapability is the highest that Linux 5.9 to 6.18 has.
enum class Capability : std::uint8_t {
  kChown = 0,
  kDacOverride = 1,
  kDacReadSearch = 2,
  kFowner = 3,
  kFsetid = 4,
  kSetgid = 6,
  kSetuid = 7,
  kSetpcap = 8,
  kLinuxImmutable = 9,
  kNetBindService = 10,
  kMknod = 27,
  kMacOverride = 32
};
inline constexpr unsigned kLastCapability = 40;

// CapabilitySet: bit n is capability n, as in /proc/PID/status.
using CapabilitySet = std::uint64_t;
inline constexpr CapabilitySet kAllCapabilities = (CapabilitySet{1} << (kLastCapability + 1)) - 1;

constexpr CapabilitySet set_of(Capability capability) noexcept {
  return CapabilitySet{1} << static_cast<unsigned>(capability);
}

// kFileSystemSet: what comes and goes with a file-system uid of 0.
inline constexpr CapabilitySet kFileSystemSet =
    set_of(Capability::kChown) | set_of(Capability::kDacOverride) | set_of(Capability::kDacReadSearch) |
    set_of(Capability::kFowner) | set_of(Capability::kFsetid) | set_of(Capability::kLinuxImmutable) |
    set_of(Capability::kMknod) | set_of(Capability::kMacOverride);

// Securebits: of <linux/securebits.h>.
using Securebits = std::uint8_t;
namespace securebit {
inline constexpr Securebits kNoRoot = 0x01;
inline constexpr Securebits kNoRootLocked = 0x02;
inline constexpr Securebits kNoSetuidFixup = 0x04;
inline constexpr Securebits kNoSetuidFixupLocked = 0x08;
inline constexpr Securebits kKeepCaps = 0x10;
inline constexpr Securebits kKeepCapsLocked = 0x20;
inline constexpr Securebits kNoAmbientRaise = 0x40;
inline constexpr Securebits kNoAmbientRaiseLocked = 0x80;
inline constexpr Securebits kLocks = 0xAA;
}  // namespace securebit

// kDroppedSecurebits: all locked; NO_SETUID_FIXUP itself stays off, so that leaving uid 0 clears the sets.
inline constexpr Securebits kDroppedSecurebits =
    securebit::kNoRoot | securebit::kNoRootLocked | securebit::kNoSetuidFixupLocked |
    securebit::kKeepCapsLocked | securebit::kNoAmbientRaise | securebit::kNoAmbientRaiseLocked;

// Credentials: all of it. The default is root with everything.
struct Credentials {
  Ids user;
  Ids group;
  Groups groups{};
  CapabilitySet effective = kAllCapabilities;
  CapabilitySet permitted = kAllCapabilities;
  CapabilitySet inheritable = 0;
  CapabilitySet bounding = kAllCapabilities;
  CapabilitySet ambient = 0;
  Securebits securebits = 0;
  bool no_new_privs = false;
  friend constexpr bool operator==(const Credentials&, const Credentials&) = default;

  constexpr bool can(Capability capability) const noexcept { return (effective & set_of(capability)) != 0; }
  constexpr bool in_group(Id id) const noexcept { return group.file_system == id || groups.contains(id); }
};

}  // namespace postern::permission
