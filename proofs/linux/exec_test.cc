// SPDX-License-Identifier: BSD-2-Clause
//
// PV-2 rests on what the kernel makes of a set-uid file. Here files of every kind are executed from every
// state that a few calls from root lead to, and what the new program is to the kernel is compared with
// core/permission_model's, every field of it.
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <vector>

#include "proofs/linux/process.h"
#include "proofs/linux/scratch.h"
#include "proofs/linux/starts.h"

namespace postern::proofs {
namespace {

using permission::Call;
using permission::CallName;
using permission::Capability;
using permission::CapabilitySet;
using permission::Credentials;
using permission::Id;
using permission::ProgramFile;
using permission::Transition;

constexpr CapabilitySet kChown = set_of(Capability::kChown);
constexpr CapabilitySet kTwo = kChown | set_of(Capability::kSetuid);

ProgramFile file_of(Id owner, Id group, std::uint16_t mode) {
  return {.owner = owner, .group = group, .mode = mode};
}

ProgramFile capable(ProgramFile file, CapabilitySet permitted, CapabilitySet inheritable, bool effective) {
  file.has_capabilities = true;
  file.permitted = permitted;
  file.inheritable = inheritable;
  file.effective = effective;
  return file;
}

std::vector<ProgramFile> every_file() {
  const ProgramFile plain = file_of(permission::kRoot, permission::kRoot, 0755);
  const ProgramFile set_uid = file_of(permission::kRoot, permission::kRoot, 04755);
  std::vector<ProgramFile> files = {
      plain,
      set_uid,
      file_of(kMta, kUser, 04755),
      file_of(permission::kRoot, kMta, 02755),
      file_of(kUser, permission::kRoot, 06755),
      file_of(permission::kRoot, kUser, 02745),  // no set-gid: the group does not execute it
      file_of(kMta, kUser, 0700),
      capable(plain, kChown, 0, true),
      capable(plain, kTwo, 0, false),
      capable(plain, 0, kChown, true),
      capable(plain, 0, 0, false),
      capable(set_uid, kChown, 0, true),
      capable(file_of(kUser, kMta, 06755), kTwo, kChown, true),
  };
  for (ProgramFile nosuid : {files[1], files[4], files[7], files[11]}) {
    nosuid.on_nosuid = true;
    files.push_back(nosuid);
  }
  return files;
}

struct Installed {
  ProgramFile file;
  std::string path;
};

// install_all: nothing if it cannot be done here.
std::vector<Installed> install_all(const std::string& octets) {
  std::vector<Installed> all;
  for (const ProgramFile& file : every_file()) {
    const std::string path =
        std::string(file.on_nosuid ? kNosuidScratch : kScratch) + "/program" + std::to_string(all.size());
    if (!install(path, octets, file)) return {};
    all.push_back({file, path});
  }
  return all;
}

// executed: execve of `path` by the calling thread; what the program says of itself in `says`. 0 or errno.
int executed(const std::string& path, std::string& says) {
  int ends[2] = {-1, -1};
  if (pipe(ends) != 0) return errno;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_addclose(&actions, ends[0]);
  std::string name = path;
  char* arguments[] = {name.data(), nullptr};
  pid_t child = -1;
  const int failed = posix_spawn(&child, path.c_str(), &actions, nullptr, arguments, nullptr);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  char text[4096];
  for (ssize_t got = 0; (got = read(ends[0], text, sizeof text)) > 0;)
    says.append(text, static_cast<std::size_t>(got));
  close(ends[0]);
  if (failed == 0 && waitpid(child, nullptr, 0) != child) return errno;
  return failed;
}

struct Expected {
  int error;
  Credentials after;
};

// expected_of: by both models: whether it may be executed at all is file_access.h's.
Expected expected_of(const Credentials& before, const ProgramFile& file) {
  const permission::Object object{permission::Kind::kFile, file.owner, file.group, file.mode, 1};
  if (!may(before, object, permission::kExecute)) return {EACCES, before};
  const Transition made = exec(before, file);
  return {errno_of(made.error), made.after};
}

bool agrees(const Credentials& before, const Installed& program) {
  const Expected expected = expected_of(before, program.file);
  std::string says;
  const int got = executed(program.path, says);
  const Credentials after = got == 0 && !says.empty()
                                ? credentials_of(says.substr(1), static_cast<unsigned char>(says[0]))
                                : before;
  if (got == expected.error && after == expected.after) return true;
  std::fprintf(stderr, "exec of owner %u group %u mode %o nosuid %d capabilities %d (%lx, %lx, %d)\n",
               program.file.owner, program.file.group, static_cast<unsigned>(program.file.mode),
               program.file.on_nosuid, program.file.has_capabilities, program.file.permitted,
               program.file.inheritable, program.file.effective);
  show("before", 0, before);
  show("model ", expected.error, expected.after);
  show("kernel", got, after);
  return false;
}

// Linux before 6.17 compares a file's ids with the real ones, the model with the effective ones (exec.h):
// there only starts whose ids are all equal can be held against it.
bool ids_may_differ() {
  return kernel_is_at_least(6, 17);
}

// Way: what is done before the ids change, and after.
struct Way {
  Calls before;
  Calls after;
};

std::vector<Way> ways(CapabilitySet all) {
  std::vector<Way> every;
  for (const Calls& beginning : beginnings(all)) every.push_back({beginning, {}});
  every.push_back({{call_of(CallName::kDropBounding, all & ~kChown)}, {}});
  every.push_back({{call_of(CallName::kCapset, all, all, kTwo)}, {}});
  every.push_back({{}, {call_of(CallName::kCapset, 0, 0, 0)}});
  const Calls forbid = {call_of(CallName::kForbidNewPrivs)};
  // An exec costs milliseconds: with no_new_privs only the beginnings that leave something to gain or to
  // keep.
  for (const std::size_t i : {0U, 2U, 4U}) every.push_back({every[i].before, forbid});
  if (!ids_may_differ()) return every;
  // A file-system group that is not the effective one: exec asks whether it is *in* the new group.
  for (const Id group : {permission::kRoot, kUser}) {
    every.push_back({every[4].before, {call_of(CallName::kSetfsgid, group)}});
    every.push_back({every[4].before, {call_of(CallName::kSetfsgid, group), forbid[0]}});
  }
  return every;
}

// shapes: each real with each effective id. The saved one is made new by every exec, whatever it was: so one
// is enough.
std::vector<Shape> shapes() {
  std::vector<Shape> all;
  for (std::size_t real = 0; real < kIds.size(); ++real)
    for (std::size_t effective = 0; effective < kIds.size(); ++effective)
      if (ids_may_differ())
        all.push_back({kIds[real], kIds[effective], kIds[(real + effective) % kIds.size()]});
      else if (real == effective)
        all.push_back({kIds[real], kIds[real], kIds[real]});
  return all;
}

Calls joined(Calls one, const Calls& two) {
  one.insert(one.end(), two.begin(), two.end());
  return one;
}

bool all_agree(const Calls& start, const std::vector<Installed>& programs) {
  for (const Call& step : start) {
    if (const int failed = perform(step); failed != 0) {
      std::fprintf(stderr, "no start: call %d: errno %d\n", static_cast<int>(step.name), failed);
      return false;
    }
  }
  const Credentials before = credentials_here();
  return std::ranges::all_of(programs, [&](const Installed& each) { return agrees(before, each); });
}

std::string octets_of(const char* path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// PV-2: no_new_privs makes every set-uid file harmless, and nothing less does.
TEST(KernelExec, EveryFileFromEveryStart) {
  const char* key = "kernel exec";
  const std::string probe = octets_of(POSTERN_PROBE);
  ASSERT_FALSE(probe.empty());
  if (!is_root_enough(key)) GTEST_SKIP() << kTakesRoot;
  const std::vector<Installed> programs = enter_scratch() ? install_all(probe) : std::vector<Installed>{};
  if (programs.empty()) {
    std::printf("ledger: %s: SKIPPED, NOTHING TESTED: no tmpfs with file capabilities here\n", key);
    GTEST_SKIP() << "SKIPPED: no tmpfs with file capabilities here";
  }
  std::size_t starts = 0;
  std::size_t wrong = 0;
  for (const Way& way : ways(credentials_here().permitted)) {
    for (const Shape& user : shapes()) {
      const Calls start = joined(start_of(way.before, user, crosswise(user)), way.after);
      ++starts;
      if (!in_thread([&] { return all_agree(start, programs); })) ++wrong;
    }
  }
  EXPECT_EQ(wrong, 0U);
  std::printf("ledger: %s: %zu starts x %zu files on this kernel, %zu starts with a mismatch\n", key, starts,
              programs.size(), wrong);
}

}  // namespace
}  // namespace postern::proofs
