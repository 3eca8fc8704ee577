// SPDX-License-Identifier: BSD-2-Clause
//
// DT-2 and DT-3 rest on what owner, group and mode mean to the kernel. Here every mode of a file and of a
// directory is tried by one process of each kind, on a tmpfs: what it may open, walk through and take away.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "proofs/linux/process.h"
#include "proofs/linux/scratch.h"
#include "proofs/linux/starts.h"

namespace postern::proofs {
namespace {

using permission::Capability;
using permission::CapabilitySet;
using permission::Credentials;
using permission::Id;
using permission::Kind;
using permission::Object;

constexpr Id kGroup = 64120;  // every object's
constexpr Id kElsewhere = 64121;

// Who: a user, its groups, and the capabilities it has kept.
struct Who {
  const char* name;
  Id user;
  Id group;
  permission::Groups groups;
  CapabilitySet kept;
  Id file_system_user;
};

constexpr Who kWhos[] = {
    {"owner", kMta, kElsewhere, permission::groups_of(), 0, kMta},
    {"owner in the group", kMta, kGroup, permission::groups_of(), 0, kMta},
    {"in the group", kUser, kGroup, permission::groups_of(), 0, kUser},
    {"in it by a supplementary group", kUser, kElsewhere, permission::groups_of(kElsewhere, kGroup), 0,
     kUser},
    {"other", kUser, kElsewhere, permission::groups_of(kElsewhere), 0, kUser},
    {"root without capabilities", permission::kRoot, permission::kRoot, permission::groups_of(), 0,
     permission::kRoot},
    {"CAP_DAC_OVERRIDE", kUser, kElsewhere, permission::groups_of(), set_of(Capability::kDacOverride), kUser},
    {"CAP_DAC_READ_SEARCH", kUser, kElsewhere, permission::groups_of(), set_of(Capability::kDacReadSearch),
     kUser},
    {"CAP_FOWNER", kUser, kGroup, permission::groups_of(), set_of(Capability::kFowner), kUser},
    {"root", permission::kRoot, permission::kRoot, permission::groups_of(), ~CapabilitySet{0},
     permission::kRoot},
    {"owner but for the file-system user", kMta, kElsewhere, permission::groups_of(), 0, kUser},
    {"owner by the file-system user", kUser, kElsewhere, permission::groups_of(), 0, kMta},
};

// as_who changes this thread; false if that could not be done.
bool as_who(const Who& who) {
  const CapabilitySet kept = who.kept & credentials_here().permitted;
  const Calls calls = {
      call_of(permission::CallName::kSetSecurebits, permission::securebit::kNoSetuidFixup),
      setgroups_of(who.groups),
      call_of(permission::CallName::kSetresgid, who.group, who.group, who.group),
      call_of(permission::CallName::kSetresuid, who.user, who.user, who.file_system_user),
      call_of(permission::CallName::kSetfsuid, who.file_system_user),
      call_of(permission::CallName::kCapset, kept, kept, 0),
  };
  for (const permission::Call& call : calls) {
    if (perform(call) != 0) return false;
  }
  return true;
}

// Tally: how often was asked, and how often the kernel answered otherwise than the model.
struct Tally {
  std::size_t asked = 0;
  std::size_t wrong = 0;

  void hold(bool model, bool kernel, const char* what, const Who& who, const std::string& path) {
    ++asked;
    if (model == kernel) return;
    if (++wrong < 20)
      std::fprintf(stderr, "%s %s, %s: model %d, kernel %d\n", what, path.c_str(), who.name, model, kernel);
  }
};

// by_each: `tries` as each of kWhos, in a thread of its own.
template <typename Tries>
void by_each(Tally& tally, Tries tries) {
  for (const Who& who : kWhos) {
    const bool done = in_thread([&] {
      if (!as_who(who)) return false;
      tries(who, credentials_here(), tally);
      return true;
    });
    EXPECT_TRUE(done) << who.name;
  }
}

bool opens(const std::string& path, int flags) {
  const int got = open(path.c_str(), flags | O_NONBLOCK | O_CLOEXEC);
  return got >= 0 && close(got) == 0;
}

bool accesses(const std::string& path, unsigned wishes) {
  return syscall(SYS_faccessat2, AT_FDCWD, path.c_str(), wishes, AT_EACCESS) == 0;
}

std::string in(const std::string& directory, const char* prefix, unsigned number) {
  return directory + "/" + prefix + std::to_string(number);
}

// ---- One object ----------------------------------------------------------------------------------------

constexpr const char* kModes = "/mnt/modes";

bool make_modes() {
  bool well = make(kModes, {Kind::kDirectory, 0, 0, 0755, 2});
  for (std::uint16_t mode = 0; mode < 01000; ++mode) {
    well = well && make(in(kModes, "file", mode), {Kind::kFile, kMta, kGroup, mode, 1}) &&
           make(in(kModes, "directory", mode), {Kind::kDirectory, kMta, kGroup, mode, 2});
  }
  return well;
}

void try_modes(const Who& who, const Credentials& is, Tally& tally) {
  for (std::uint16_t mode = 0; mode < 01000; ++mode) {
    const Object file{Kind::kFile, kMta, kGroup, mode, 1};
    const Object directory{Kind::kDirectory, kMta, kGroup, mode, 2};
    const std::string file_path = in(kModes, "file", mode);
    const std::string directory_path = in(kModes, "directory", mode);
    for (unsigned wishes = 1; wishes < 8; ++wishes) {
      tally.hold(may(is, file, wishes), accesses(file_path, wishes), "access", who, file_path);
      tally.hold(may(is, directory, wishes), accesses(directory_path, wishes), "access", who, directory_path);
    }
    using namespace permission;
    tally.hold(may(is, file, kRead), opens(file_path, O_RDONLY), "read", who, file_path);
    tally.hold(may(is, file, kWrite), opens(file_path, O_WRONLY), "write", who, file_path);
    tally.hold(may(is, file, kRead | kWrite), opens(file_path, O_RDWR), "read and write", who, file_path);
    tally.hold(may(is, directory, kRead), opens(directory_path, O_RDONLY | O_DIRECTORY), "list", who,
               directory_path);
  }
}

// ---- Two directories and a file ------------------------------------------------------------------------

constexpr const char* kChains = "/mnt/chains";
constexpr std::uint16_t kFileModes[] = {0, 0400, 0200, 0600, 0040, 0020, 0060, 0004, 0002, 0006, 0666};

// searchable: a directory's mode with the three search bits of `bits`.
constexpr std::uint16_t searchable(unsigned bits) {
  return static_cast<std::uint16_t>(0444U | (bits & 4U) << 4U | (bits & 2U) << 2U | (bits & 1U));
}

std::array<Object, 5> chain_of(unsigned outer, unsigned inner, std::uint16_t mode) {
  constexpr Object kOpen{Kind::kDirectory, 0, 0, 0755, 2};
  return {kOpen, kOpen, Object{Kind::kDirectory, kMta, kGroup, searchable(outer), 2},
          Object{Kind::kDirectory, kMta, kGroup, searchable(inner), 2},
          Object{Kind::kFile, kMta, kGroup, mode, 1}};
}

template <typename Each>
void each_chain(Each each) {
  for (unsigned outer = 0; outer < 8; ++outer) {
    for (unsigned inner = 0; inner < 8; ++inner) {
      const std::string directory = in(in(kChains, "outer", outer), "inner", inner);
      for (const std::uint16_t mode : kFileModes)
        each(chain_of(outer, inner, mode), directory, in(directory, "file", mode));
    }
  }
}

bool make_chains() {
  bool well = make(kChains, {Kind::kDirectory, 0, 0, 0755, 2});
  for (unsigned outer = 0; outer < 8; ++outer) {
    const std::string path = in(kChains, "outer", outer);
    well = well && make(path, chain_of(outer, 0, 0)[2]);
    for (unsigned inner = 0; inner < 8; ++inner)
      well = well && make(in(path, "inner", inner), chain_of(outer, inner, 0)[3]);
  }
  each_chain([&](const std::array<Object, 5>& chain, const std::string&, const std::string& path) {
    well = well && make(path, chain[4]);
  });
  return well;
}

void try_chains(const Who& who, const Credentials& is, Tally& tally) {
  each_chain([&](const std::array<Object, 5>& chain, const std::string&, const std::string& path) {
    const auto allowed = [&](unsigned wishes) {
      return access(is, chain, wishes).reason == permission::AccessReason::kAllowed;
    };
    tally.hold(allowed(permission::kRead), opens(path, O_RDONLY), "read", who, path);
    tally.hold(allowed(permission::kWrite), opens(path, O_WRONLY), "write", who, path);
  });
}

// ---- What may be taken away ----------------------------------------------------------------------------

constexpr const char* kRemovals = "/mnt/removals";
constexpr Id kOwners[] = {permission::kRoot, kMta, kUser};

struct Removal {
  std::array<Object, 4> chain;
  std::string directory;
  std::string path;
};

// Every mode with and without the sticky bit, of a directory of root's and of the MTA user's; in it an entry
// of each owner's.
template <typename Each>
void each_removal(Each each) {
  constexpr Object kOpen{Kind::kDirectory, 0, 0, 0755, 2};
  for (std::uint16_t mode = 0; mode < 02000; ++mode) {
    for (const Id directory_owner : {permission::kRoot, kMta}) {
      const std::string directory = in(in(kRemovals, "of", directory_owner), "mode", mode);
      for (const Id owner : kOwners)
        each(Removal{{kOpen, kOpen, Object{Kind::kDirectory, directory_owner, kGroup, mode, 2},
                      Object{Kind::kFile, owner, kElsewhere, 0600, 1}},
                     directory,
                     in(directory, "entry", owner)});
    }
  }
}

bool make_removals() {
  bool well = make(kRemovals, {Kind::kDirectory, 0, 0, 0755, 2}) &&
              make(in(kRemovals, "of", permission::kRoot), {Kind::kDirectory, 0, 0, 0755, 2}) &&
              make(in(kRemovals, "of", kMta), {Kind::kDirectory, 0, 0, 0755, 2});
  std::string last;
  each_removal([&](const Removal& removal) {
    if (removal.directory != last) well = well && make(removal.directory, removal.chain[2]);
    last = removal.directory;
    well = well && make(removal.path, removal.chain[3]);
  });
  return well;
}

void try_removals(const Who& who, const Credentials& is, Tally& tally) {
  each_removal([&](const Removal& removal) {
    const std::string other = removal.path + ".away";
    const bool got = rename(removal.path.c_str(), other.c_str()) == 0;
    const auto verdict = replace(is, removal.chain);
    tally.hold(verdict.reason == permission::AccessReason::kAllowed, got, "replace", who, removal.path);
    if (got && rename(other.c_str(), removal.path.c_str()) != 0) ++tally.wrong;
  });
}

void report(const char* key, const char* what, const Tally& tally) {
  EXPECT_EQ(tally.wrong, 0U);
  std::printf("ledger: %s: %zu %s on this kernel, %zu mismatches\n", key, tally.asked, what, tally.wrong);
}

struct Part {
  const char* key;
  const char* what;
  bool (*make)();
  void (*tries)(const Who& who, const Credentials& is, Tally& tally);
  std::size_t asked;
};

class KernelFiles : public testing::TestWithParam<Part> {
 protected:
  static bool in_scratch() {
    static const bool entered = enter_scratch();
    return entered;
  }
};

TEST_P(KernelFiles, EveryModeByEveryKindOfProcess) {
  const Part& part = GetParam();
  if (!is_root_enough(part.key)) GTEST_SKIP() << kTakesRoot;
  if (!in_scratch()) {
    std::printf("ledger: %s: SKIPPED, NOTHING TESTED: no tmpfs of its own here\n", part.key);
    GTEST_SKIP() << "SKIPPED: no tmpfs of its own here";
  }
  ASSERT_TRUE(part.make());
  Tally tally;
  by_each(tally, part.tries);
  EXPECT_EQ(tally.asked, part.asked);
  report(part.key, part.what, tally);
}

INSTANTIATE_TEST_SUITE_P(
    Parts, KernelFiles,
    testing::Values(Part{"kernel modes", "wishes", make_modes, try_modes, 110592},
                    Part{"kernel chains", "opens through two directories", make_chains, try_chains, 16896},
                    Part{"kernel removals", "entries taken away", make_removals, try_removals, 73728}));

}  // namespace
}  // namespace postern::proofs
