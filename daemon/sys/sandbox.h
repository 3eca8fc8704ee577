// SPDX-License-Identifier: BSD-2-Clause
// The cage of a process: which system calls it may make (seccomp) and which files it may reach (Landlock).
// A profile is data. The same data is enforced here and printed by `posternd --processes`.
#pragma once

#include <sys/syscall.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/sys/result.h"

namespace postern::daemon {

// ArgumentTest compares one argument of a call: (argument & mask) == value.
struct ArgumentTest {
  std::uint8_t index = 0;  // 0-5
  std::uint64_t mask = ~std::uint64_t{0};
  std::uint64_t value = 0;
};

// argument makes the test "argument `index` equals `value`" (all 64 bits).
constexpr ArgumentTest argument(std::uint8_t index, std::uint64_t value) {
  return {index, ~std::uint64_t{0}, value};
}
// argument_int makes the same test on the low 32 bits, for C ints (the kernel ignores the upper half).
constexpr ArgumentTest argument_int(std::uint8_t index, int value) {
  return {index, 0xffffffffU, static_cast<std::uint32_t>(value)};
}
// without makes the test "none of these bits is set in argument `index`".
constexpr ArgumentTest without(std::uint8_t index, std::uint64_t bits) {
  return {index, bits, 0};
}

inline constexpr std::size_t kMaxArgumentTests = 3;

// AllowedCall is one line of an allow list. All its tests must hold. The same call may be listed several
// times; any one line that holds allows it.
struct AllowedCall {
  long number = -1;  // SYS_...
  const char* name = "";
  std::uint8_t tests = 0;
  ArgumentTest test[kMaxArgumentTests] = {};
};

constexpr AllowedCall allowed(long number, const char* name) {
  return {number, name, 0, {}};
}
constexpr AllowedCall allowed(long number, const char* name, ArgumentTest a) {
  return {number, name, 1, {a}};
}
constexpr AllowedCall allowed(long number, const char* name, ArgumentTest a, ArgumentTest b) {
  return {number, name, 2, {a, b}};
}
constexpr AllowedCall allowed(long number, const char* name, ArgumentTest a, ArgumentTest b, ArgumentTest c) {
  return {number, name, 3, {a, b, c}};
}

// Lines of an allow list: POSTERN_CALL(read), POSTERN_CALL_IF(fcntl, argument_int(1, F_GETFL)).
#define POSTERN_CALL(call) ::postern::daemon::allowed(SYS_##call, #call)
#define POSTERN_CALL_IF(call, ...) ::postern::daemon::allowed(SYS_##call, #call, __VA_ARGS__)

// Place names a part of the file system; the configuration says which paths it is.
enum class Place : std::uint8_t {
  kAccounts,       // postoffice/accounts
  kMailboxes,      // the mailbox tree
  kExecutables,    // the executables tree
  kQueueIncoming,  // postoffice/queue/incoming: messages being received
  kQueueActive,    // postoffice/queue/active: messages that were acknowledged
  kQueueDead,      // postoffice/queue/dead: given up, kept
  kMaildropSpool,  // the mail spool: maildrops and their locks
  kNameService,    // what the system's name service reads: /etc, libraries, its sockets
};

// Rights on what is below a place, in Landlock's own bits (linux/landlock.h) of ABI 2.
namespace rights {
inline constexpr std::uint64_t kExecute = 1U << 0;
inline constexpr std::uint64_t kWriteFile = 1U << 1;
inline constexpr std::uint64_t kReadFile = 1U << 2;
inline constexpr std::uint64_t kReadDir = 1U << 3;
inline constexpr std::uint64_t kRemoveDir = 1U << 4;
inline constexpr std::uint64_t kRemoveFile = 1U << 5;
inline constexpr std::uint64_t kMakeDir = 1U << 7;
inline constexpr std::uint64_t kMakeFile = 1U << 8;
inline constexpr std::uint64_t kRefer = 1U << 13;     // rename or link between directories
inline constexpr std::uint64_t kTruncate = 1U << 14;  // means something from ABI 3 on
inline constexpr std::uint64_t kRead = kReadFile | kReadDir;
// kPop3Mailbox is what a mailbox needs that is read and removed from, with a list beside it.
inline constexpr std::uint64_t kPop3Mailbox = kRead | kRemoveFile | kMakeFile | kWriteFile;
// kMaildir is what a mailbox needs; neither devices, sockets, FIFOs nor symbolic links can be made.
inline constexpr std::uint64_t kMaildir =
    kRead | kWriteFile | kRemoveFile | kRemoveDir | kMakeDir | kMakeFile | kRefer;
}  // namespace rights

// FileRule allows `access` on everything below `place`.
struct FileRule {
  Place place;
  std::uint64_t access;
};

// What every process has at most: a mailbox of a million messages is listed in it, and a hash of yescrypt
// made at a cost up to 10. A session needs far less.
inline constexpr std::size_t kMostMemory = std::size_t{1} << 30U;
inline constexpr std::size_t kSessionMemory = std::size_t{64} << 20U;

// SandboxProfile is everything a process may do. Calls that are not listed kill it (SIGSYS); files that
// no rule covers answer EACCES. A process without file rules may open nothing at all.
// The spans must outlive the process (they are constants).
struct SandboxProfile {
  std::string_view role;  // "pop3-session"
  std::span<const AllowedCall> calls;
  std::span<const FileRule> files = {};
  // Of address space, in octets. A child's is no more than its parent's.
  std::size_t memory = kMostMemory;
};

// PlacedPath says where a place is. A place may have several paths; one that does not exist is left out.
struct PlacedPath {
  Place place;
  std::string path;
};

enum class SandboxMode : std::uint8_t {
  kEnforce,     // anything missing in the kernel is an error
  kBestEffort,  // anything missing is said loudly, and we go on without it
};

struct SandboxOptions {
  SandboxMode mode = SandboxMode::kEnforce;
  int landlock_abi_cap = 0;  // 0: the kernel's newest. Tests set 2 (Debian 12).
  std::span<const PlacedPath> places = {};
  bool forks = false;  // the process will fork often: its heap is kept small (compile_filter_apart)
};

// prepare_sandbox builds the filter program and the Landlock rule set of `profile` once, so that children
// forked later enter it for the price of two calls. `with` lists profiles of children: filters are
// inherited, so a parent's own filter must allow what they need; it is enforced as the union.
// The profile is known by its address afterwards. At most 8 profiles a process.
[[nodiscard]] Result<void> prepare_sandbox(const SandboxProfile& profile, const SandboxOptions& options,
                                           std::span<const SandboxProfile* const> with = {});

// enter_sandbox locks this process into `profile`, which prepare_sandbox has seen in this process or in
// its parent. Sets no_new_privs, dumpable 0 and the limit of memory (not in an instrumented build, whose
// shadow is larger), empties nothing else. For good: there is no way back. The rule-set descriptors of
// prepared profiles are closed, but for those of the children of a profile that was prepared with some. The
// first act of a session or keeper.
[[nodiscard]] Result<void> enter_sandbox(const SandboxProfile& profile);

// confine_to_directory adds a Landlock layer: from now on nothing but what is below `directory` can be
// opened, with `access`. Open descriptors stay as they are. The keeper's second layer, after login.
// In best-effort mode without Landlock it does nothing and is ok.
[[nodiscard]] Result<void> confine_to_directory(int directory, std::uint64_t access);

// The system calls that confine_to_directory makes: to be put in a keeper's list.
#define POSTERN_CALLS_OF_CONFINE \
  POSTERN_CALL(landlock_create_ruleset), POSTERN_CALL(landlock_add_rule), POSTERN_CALL(landlock_restrict_self)

// sandbox_descriptors returns the rule-set descriptors that prepare_sandbox has opened, for whoever closes
// everything else between fork and enter_sandbox. enter_sandbox closes them.
[[nodiscard]] std::span<const int> sandbox_descriptors();

// calls_of returns the lines that are enforced for `profile`: its own, those of `with`, what entering a
// child's sandbox takes if there are children, and the instrumentation. For printing.
[[nodiscard]] std::vector<AllowedCall> calls_of(const SandboxProfile& profile,
                                                std::span<const SandboxProfile* const> with = {});

// instrumented_calls returns what sanitizers and coverage need on top, empty in ordinary builds. Added to
// every profile in such builds and printed; nothing is claimed of the sandbox of such a build.
[[nodiscard]] std::span<const AllowedCall> instrumented_calls();

}  // namespace postern::daemon
