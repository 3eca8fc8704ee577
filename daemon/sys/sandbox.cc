// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/sys/sandbox.h"

#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <utility>

#include "daemon/sys/fd.h"
#include "daemon/sys/filter.h"
#include "daemon/sys/landlock.h"
#include "daemon/sys/processes.h"

namespace postern::daemon {
namespace {

constexpr std::size_t kMaxPrepared = 8;

// What a child forked by a caged process calls to enter its own, narrower sandbox.
constexpr AllowedCall kEnterCalls[] = {
    POSTERN_CALL_IF(prctl, argument_int(0, PR_SET_NO_NEW_PRIVS)),
    POSTERN_CALL_IF(prctl, argument_int(0, PR_SET_DUMPABLE), argument(1, 0)),
    POSTERN_CALL_IF(seccomp, argument_int(0, SECCOMP_SET_MODE_FILTER)),
    POSTERN_CALL_IF(prlimit64, argument_int(0, 0), argument_int(1, RLIMIT_AS)),
    POSTERN_CALL(landlock_restrict_self),
    POSTERN_CALL(close),
    POSTERN_CALL(exit_group),
};

struct Prepared {
  const SandboxProfile* profile = nullptr;
  FilterProgram filter;       // empty: none (best-effort)
  bool has_children = false;  // whose rule sets must stay open
};

// Built before the forks, read only after them: children share its pages.
struct State {
  std::array<Prepared, kMaxPrepared> prepared;
  std::array<int, kMaxPrepared> rulesets{};  // -1: none (best-effort)
  std::size_t count = 0;
  int abi = 0;
};

State& state() {
  static State the_state;
  return the_state;
}

// loudly turns a missing layer into a warning where the configuration says so.
Result<void> loudly(const SandboxOptions& options, std::string_view role, Error error) {
  if (options.mode == SandboxMode::kEnforce) return error;
  (void)std::fprintf(stderr, "WARNING: sandbox = best-effort: %.*s runs WITHOUT a layer of its sandbox: %s\n",
                     static_cast<int>(role.size()), role.data(), error.text().c_str());
  return {};
}

std::vector<FileRule> rules_of(const SandboxProfile& profile, std::span<const SandboxProfile* const> with) {
  std::vector<FileRule> rules(profile.files.begin(), profile.files.end());
  for (const SandboxProfile* child : with)
    rules.insert(rules.end(), child->files.begin(), child->files.end());
  return rules;
}

Result<void> prepare_files(const SandboxProfile& profile, const SandboxOptions& options,
                           std::span<const SandboxProfile* const> with, int& ruleset) {
  ruleset = -1;
  const auto abi = landlock_abi(options.landlock_abi_cap);
  if (!abi.ok()) return loudly(options, profile.role, abi.error());
  auto made = make_ruleset(abi.value(), rules_of(profile, with), options.places);
  if (!made.ok()) return loudly(options, profile.role, made.take_error());
  state().abi = abi.value();
  ruleset = made->release();
  return {};
}

const Prepared* find(const SandboxProfile& profile, int& ruleset) {
  State& all = state();
  for (std::size_t i = 0; i < all.count; ++i) {
    if (all.prepared[i].profile != &profile) continue;
    ruleset = all.rulesets[i];
    return &all.prepared[i];
  }
  return nullptr;
}

// A parent of caged children keeps their rule sets for them; whoever else enters keeps none.
void close_rulesets(const Prepared& entered) {
  State& all = state();
  for (std::size_t i = 0; i < all.count; ++i) {
    if (entered.has_children && &all.prepared[i] != &entered) continue;
    const Fd closing(std::exchange(all.rulesets[i], -1));
  }
}

}  // namespace

std::vector<AllowedCall> calls_of(const SandboxProfile& profile,
                                  std::span<const SandboxProfile* const> with) {
  std::vector<AllowedCall> calls(profile.calls.begin(), profile.calls.end());
  for (const SandboxProfile* child : with)
    calls.insert(calls.end(), child->calls.begin(), child->calls.end());
  if (!with.empty()) calls.insert(calls.end(), std::begin(kEnterCalls), std::end(kEnterCalls));
  const auto more = instrumented_calls();
  calls.insert(calls.end(), more.begin(), more.end());
  return calls;
}

Result<void> prepare_sandbox(const SandboxProfile& profile, const SandboxOptions& options,
                             std::span<const SandboxProfile* const> with) {
  State& all = state();
  if (all.count == kMaxPrepared)
    return Error{"too many sandbox profiles", std::string(profile.role), {}, 0, Exit::kSoftware};
  Prepared& slot = all.prepared[all.count];
  int& ruleset = all.rulesets[all.count];
  if (auto done = prepare_files(profile, options, with, ruleset); !done.ok()) return done;
  const auto calls = calls_of(profile, with);
  auto filter = options.forks ? compile_filter_apart(calls) : compile_filter(calls);
  if (filter.ok()) {
    slot.filter = std::move(filter).value();
  } else if (auto loud = loudly(options, profile.role, filter.take_error()); !loud.ok()) {
    return loud;
  }
  slot.profile = &profile;
  slot.has_children = !with.empty();
  ++all.count;
  return {};
}

Result<void> enter_sandbox(const SandboxProfile& profile) {
  int ruleset = -1;
  const Prepared* prepared = find(profile, ruleset);
  if (prepared == nullptr)
    return Error{"a sandbox that was not prepared", std::string(profile.role), {}, 0, Exit::kSoftware};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return system_error("setting no_new_privs");
  if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return system_error("dumpable 0");
  if (instrumented_calls().empty())
    if (auto limited = limit_memory(profile.memory); !limited.ok()) return limited;
  if (ruleset >= 0)
    if (auto entered = enter_ruleset(ruleset); !entered.ok()) return entered;
  close_rulesets(*prepared);
  return prepared->filter.empty() ? Result<void>{} : enter_filter(prepared->filter);
}

Result<void> confine_to_directory(int directory, std::uint64_t access) {
  if (state().abi == 0) return {};  // best-effort on a kernel without Landlock: said when it was prepared
  const auto ruleset = make_directory_ruleset(state().abi, directory, access);
  if (!ruleset.ok()) return ruleset.error();
  return enter_ruleset(ruleset.value().get());
}

std::span<const int> sandbox_descriptors() {
  return {state().rulesets.data(), state().count};
}

}  // namespace postern::daemon
