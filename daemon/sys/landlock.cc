// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/sys/landlock.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace postern::daemon {
namespace {

// Debian 12's header describes ABI 2. These are the numbers of what came later (linux/landlock.h).
constexpr std::uint64_t kAllOfAbi2 = (std::uint64_t{1} << 14) - 1;
constexpr std::uint64_t kDeviceIoctl = std::uint64_t{1} << 15;  // ABI 5
constexpr std::uint64_t kBindAndConnectTcp = 3;                 // ABI 4
constexpr std::uint64_t kScopeAbstractSockets = 1;              // ABI 6
constexpr std::uint64_t kScopeSignals = 2;                      // ABI 6

// Rights that mean something for a file; the kernel refuses the others on one.
constexpr std::uint64_t kRightsOfFile =
    rights::kExecute | rights::kWriteFile | rights::kReadFile | rights::kTruncate;

struct Attributes {
  std::uint64_t files;
  std::uint64_t network;
  std::uint64_t scopes;
};

// The kernel wants the size of the structure as this ABI knows it.
std::size_t size_of_attributes(int abi) {
  if (abi >= 6) return sizeof(Attributes);
  return abi >= 4 ? offsetof(Attributes, scopes) : offsetof(Attributes, network);
}

std::uint64_t handled_files(int abi) {
  std::uint64_t handled = kAllOfAbi2;
  if (abi >= 3) handled |= rights::kTruncate;
  if (abi >= 5) handled |= kDeviceIoctl;
  return handled;
}

Result<Fd> new_ruleset(int abi, bool asks_names) {
  Attributes attributes{handled_files(abi), 0, 0};
  if (abi >= 4 && !asks_names) attributes.network = kBindAndConnectTcp;
  if (abi >= 6) attributes.scopes = asks_names ? kScopeSignals : kScopeSignals | kScopeAbstractSockets;
  Fd ruleset(
      static_cast<int>(syscall(SYS_landlock_create_ruleset, &attributes, size_of_attributes(abi), 0U)));
  if (!ruleset.is_open()) return system_error("cannot make a Landlock rule set");
  return ruleset;
}

Result<void> allow_below(int ruleset, int parent, std::uint64_t access, const std::string& path) {
  const landlock_path_beneath_attr rule{access, parent};
  if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0U) != 0)
    return system_error("cannot add a Landlock rule", path);
  return {};
}

Result<void> allow_path(int ruleset, int abi, const std::string& path, std::uint64_t wanted) {
  const std::uint64_t access = wanted & handled_files(abi);
  const Fd parent(open(path.c_str(), O_PATH | O_CLOEXEC));
  if (!parent.is_open() && (errno == ENOENT || errno == ENOTDIR)) return {};
  if (!parent.is_open()) return system_error("cannot open for a Landlock rule", path);
  struct stat info {};
  if (fstat(parent.get(), &info) != 0) return system_error("cannot look at it", path);
  return allow_below(ruleset, parent.get(), S_ISDIR(info.st_mode) ? access : access & kRightsOfFile, path);
}

}  // namespace

Result<int> landlock_abi(int cap) {
  const long kernel = syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  if (kernel < kOldestLandlockAbi)
    return system_error("this kernel has no Landlock of ABI 2 or later", {},
                        "boot with lsm=...,landlock (Linux 5.19 or later), or accept less with "
                        "sandbox = best-effort",
                        Exit::kUnavailable);
  const int newest = static_cast<int>(kernel);
  return cap == 0 ? newest : std::max(kOldestLandlockAbi, std::min(cap, newest));
}

Result<Fd> make_ruleset(int abi, std::span<const FileRule> rules, std::span<const PlacedPath> places) {
  const bool asks_names =
      std::ranges::any_of(rules, [](const FileRule& rule) { return rule.place == Place::kNameService; });
  auto ruleset = new_ruleset(abi, asks_names);
  if (!ruleset.ok()) return ruleset;
  for (const FileRule& rule : rules) {
    for (const PlacedPath& place : places) {
      if (place.place != rule.place) continue;
      if (auto added = allow_path(ruleset->get(), abi, place.path, rule.access); !added.ok())
        return added.take_error();
    }
  }
  return ruleset;
}

Result<Fd> make_directory_ruleset(int abi, int directory, std::uint64_t access) {
  auto ruleset = new_ruleset(abi, false);
  if (!ruleset.ok()) return ruleset;
  if (auto added = allow_below(ruleset->get(), directory, access, "mailbox"); !added.ok())
    return added.take_error();
  return ruleset;
}

Result<void> enter_ruleset(int ruleset) {
  if (syscall(SYS_landlock_restrict_self, ruleset, 0U) != 0)
    return system_error("cannot restrict this process with Landlock");
  return {};
}

}  // namespace postern::daemon
