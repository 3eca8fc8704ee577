// SPDX-License-Identifier: BSD-2-Clause
#include "proofs/linux/process.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <string>
#include <vector>

namespace postern::proofs {

using permission::Call;
using permission::CallName;
using permission::CapabilitySet;
using permission::Credentials;
using permission::Ids;

namespace {

Ids ids_of(std::istringstream& fields) {
  Ids ids;
  fields >> ids.real >> ids.effective >> ids.saved >> ids.file_system;
  return ids;
}

permission::Groups groups_of(std::istringstream& fields) {
  permission::Groups groups;
  for (permission::Id id = 0; fields >> id;) groups.add(id);
  return groups;
}

bool is_read(const std::string& key) {
  return key == "Uid" || key == "Gid" || key == "Groups" || key == "NoNewPrivs" || key.starts_with("Cap");
}

void take_field(const std::string& key, std::istringstream& fields, Credentials& read) {
  CapabilitySet set = 0;
  if (key == "Uid") read.user = ids_of(fields);
  if (key == "Gid") read.group = ids_of(fields);
  if (key == "Groups") read.groups = groups_of(fields);
  if (key == "NoNewPrivs") fields >> read.no_new_privs;
  if (!key.starts_with("Cap")) return;
  fields >> std::hex >> set;
  if (key == "CapInh") read.inheritable = set;
  if (key == "CapPrm") read.permitted = set;
  if (key == "CapEff") read.effective = set;
  if (key == "CapBnd") read.bounding = set;
  if (key == "CapAmb") read.ambient = set;
}

int error_of(long answer) {
  return answer == 0 ? 0 : errno;
}

int set_capabilities(CapabilitySet effective, CapabilitySet permitted, CapabilitySet inheritable) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2];
  for (unsigned half = 0; half < 2; ++half) {
    const auto word = [half](CapabilitySet set) { return static_cast<__u32>(set >> (32U * half)); };
    data[half] = {word(effective), word(permitted), word(inheritable)};
  }
  return error_of(syscall(SYS_capset, &header, data));
}

// for_each: `call` with each capability of the set, until one fails.
template <typename OneCall>
int for_each(CapabilitySet set, OneCall call) {
  for (unsigned long bit = 0; bit <= permission::kLastCapability; ++bit) {
    if ((set >> bit & 1U) == 0) continue;
    if (const int failed = error_of(call(bit)); failed != 0) return failed;
  }
  return 0;
}

int set_ids(long number, const Call& call) {
  return error_of(syscall(number, call.argument[0], call.argument[1], call.argument[2]));
}

int set_file_system_id(long number, const Call& call) {
  (void)syscall(number, call.argument[0]);  // answers the id before, whatever it did
  return 0;
}

}  // namespace

Credentials credentials_of(const std::string& status, unsigned securebits) {
  Credentials read;
  unsigned seen = 0;
  std::istringstream text(status);
  for (std::string line; std::getline(text, line);) {
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos) continue;
    const std::string key = line.substr(0, colon);
    if (!is_read(key)) continue;
    std::istringstream fields(line.substr(colon + 1));
    take_field(key, fields, read);
    ++seen;
  }
  if (seen != 9) _exit(2);
  read.securebits = static_cast<permission::Securebits>(securebits);
  return read;
}

Credentials credentials_here() {
  char text[4096];
  const int status = open("/proc/thread-self/status", O_RDONLY | O_CLOEXEC);
  const ssize_t got = status < 0 ? -1 : read(status, text, sizeof text);
  const int bits = prctl(PR_GET_SECUREBITS);
  if (got <= 0 || bits < 0 || close(status) != 0) _exit(2);
  return credentials_of(std::string(text, static_cast<std::size_t>(got)), static_cast<unsigned>(bits));
}

int perform(const Call& call) {
  const auto& set = call.argument;
  switch (call.name) {
    case CallName::kSetgroups:
      return error_of(syscall(SYS_setgroups, call.groups.count, call.groups.id.data()));
    case CallName::kSetresuid:
      return set_ids(SYS_setresuid, call);
    case CallName::kSetresgid:
      return set_ids(SYS_setresgid, call);
    case CallName::kSetreuid:
      return set_ids(SYS_setreuid, call);
    case CallName::kSetregid:
      return set_ids(SYS_setregid, call);
    case CallName::kSetuid:
      return set_ids(SYS_setuid, call);
    case CallName::kSetgid:
      return set_ids(SYS_setgid, call);
    case CallName::kSetfsuid:
      return set_file_system_id(SYS_setfsuid, call);
    case CallName::kSetfsgid:
      return set_file_system_id(SYS_setfsgid, call);
    case CallName::kCapset:
      return set_capabilities(set[0], set[1], set[2]);
    case CallName::kDropBounding:
      return for_each(set[0], [](unsigned long bit) { return prctl(PR_CAPBSET_DROP, bit, 0, 0, 0); });
    case CallName::kSetSecurebits:
      return error_of(prctl(PR_SET_SECUREBITS, set[0], 0, 0, 0));
    case CallName::kKeepCapabilities:
      return error_of(prctl(PR_SET_KEEPCAPS, set[0], 0, 0, 0));
    case CallName::kRaiseAmbient:
      return for_each(
          set[0], [](unsigned long bit) { return prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, bit, 0, 0); });
    case CallName::kClearAmbient:
      return error_of(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0));
    case CallName::kForbidNewPrivs:
      return error_of(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    case CallName::kExec:
      break;
  }
  return ENOSYS;
}

int errno_of(permission::CallError error) {
  if (error == permission::CallError::kNone) return 0;
  return error == permission::CallError::kPermission ? EPERM : EINVAL;
}

bool kernel_is_at_least(unsigned major, unsigned minor) {
  utsname name{};
  unsigned here_major = 0;
  unsigned here_minor = 0;
  if (uname(&name) != 0 || std::sscanf(name.release, "%u.%u", &here_major, &here_minor) != 2) return false;
  return here_major > major || (here_major == major && here_minor >= minor);
}

bool is_root_enough(const char* key) {
  const Credentials here = credentials_here();
  CapabilitySet needed = 0;
  using enum permission::Capability;
  for (const auto each : {kChown, kDacOverride, kFowner, kSetgid, kSetuid, kSetpcap}) needed |= set_of(each);
  if (here.user == permission::all_four(permission::kRoot) && (needed & ~here.effective) == 0 &&
      here.effective == here.permitted && here.permitted == here.bounding && here.securebits == 0)
    return true;
  std::printf("ledger: %s: SKIPPED, NOTHING TESTED: takes root and its capabilities\n", key);
  return false;
}

void show(const char* whose, int error, const Credentials& c) {
  const auto& u = c.user;
  const auto& g = c.group;
  std::fprintf(stderr,
               "  %s: errno %d uid %u %u %u %u gid %u %u %u %u groups %zu eff %lx prm %lx inh %lx bnd %lx "
               "amb %lx bits %x nnp %d\n",
               whose, error, u.real, u.effective, u.saved, u.file_system, g.real, g.effective, g.saved,
               g.file_system, c.groups.count, c.effective, c.permitted, c.inheritable, c.bounding, c.ambient,
               c.securebits, c.no_new_privs);
}

}  // namespace postern::proofs
