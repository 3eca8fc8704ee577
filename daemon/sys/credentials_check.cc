// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/sys/credentials_check.h"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <string>

#include "daemon/sys/credentials.h"

namespace postern::daemon {
namespace credentials_check {

void fail(const char* step, int errno_value) {
  const Error error{std::string("giving up root: ") + step,
                    {},
                    "nothing was served; this is a defect or a very unusual kernel, please report it",
                    errno_value,
                    Exit::kSystem};
  (void)std::fprintf(stderr, "posternd: %s\n", error.text().c_str());
  _exit(static_cast<int>(error.exit));
}

void must(bool good, const char* step) {
  if (!good) fail(step, errno);
}

void must_be(bool good, const char* what) {
  if (!good) fail(what, 0);
}

int last_capability() {
  int last = 0;
  while (prctl(PR_CAPBSET_READ, last + 1, 0, 0, 0) >= 0) ++last;
  return last;
}

namespace {

permission::Ids user_ids() {
  uid_t r = 0, e = 0, s = 0;
  must(getresuid(&r, &e, &s) == 0, "reading user ids");
  return {r, e, s, e};
}

permission::Ids group_ids() {
  gid_t r = 0, e = 0, s = 0;
  must(getresgid(&r, &e, &s) == 0, "reading group ids");
  return {r, e, s, e};
}

// Groups of which there are more than the model holds are its overflow, which equals nothing.
permission::Groups supplementary_groups() {
  permission::Groups groups{};
  const int count = getgroups(0, nullptr);
  must(count >= 0, "counting supplementary groups");
  groups.overflow = static_cast<std::size_t>(count) > groups.id.size();
  if (groups.overflow) return groups;
  must(getgroups(static_cast<int>(groups.id.size()), groups.id.data()) == count,
       "reading supplementary groups");
  groups.count = static_cast<std::size_t>(count);
  return groups;
}

// Read through capget(2) itself, not through the library that emptied them.
void read_sets(permission::Credentials& is) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, 2> sets{};
  must(syscall(SYS_capget, &header, sets.data()) == 0, "capget");
  const auto whole = [](std::uint32_t low, std::uint32_t high) {
    return static_cast<permission::CapabilitySet>(high) << 32U | low;
  };
  is.effective = whole(sets[0].effective, sets[1].effective);
  is.permitted = whole(sets[0].permitted, sets[1].permitted);
  is.inheritable = whole(sets[0].inheritable, sets[1].inheritable);
}

// What is neither 0 nor 1 is an error, and counts as set.
void read_bit_by_bit(permission::Credentials& is) {
  is.bounding = is.ambient = 0;
  for (int capability = 0, last = last_capability(); capability <= last; ++capability) {
    const permission::CapabilitySet bit = permission::CapabilitySet{1} << capability;
    if (prctl(PR_CAPBSET_READ, capability, 0, 0, 0) != 0) is.bounding |= bit;
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, capability, 0, 0) != 0) is.ambient |= bit;
  }
}

}  // namespace

permission::Credentials read_back() {
  permission::Credentials is;
  is.user = user_ids();
  is.group = group_ids();
  is.groups = supplementary_groups();
  read_sets(is);
  read_bit_by_bit(is);
  is.no_new_privs = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;
  return is;
}

permission::Expected must_become(uid_t uid, gid_t gid, gid_t also) {
  permission::Groups groups = permission::groups_of(gid);
  if (also != kNoGroup) groups.add(also);
  return {.user = uid, .group = gid, .groups = groups, .securebits = {}};
}

permission::Expected must_be_user(uid_t uid, gid_t gid) {
  return {.user = uid, .group = gid, .groups = {}, .bounding_empty = false, .securebits = {}};
}

void verify(const permission::Credentials& is, const permission::Expected& expected) {
  const permission::PrivilegeReason reason = credentials_conform(is, expected);
  if (reason != permission::PrivilegeReason::kConforms)
    fail(("this process " + std::string(reason_text(reason).what)).c_str(), 0);
  must_be(expected.root_is_meant || ways_back(is, permission::Reach{}) == 0, "a way back to root is open");
  must_be(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0, "the process is dumpable");
}

}  // namespace credentials_check

using namespace credentials_check;

bool Dropped::holds() const noexcept {
  uid_t r = 0, e = 0, s = 0;
  gid_t rg = 0, eg = 0, sg = 0;
  return !gone_ && getresuid(&r, &e, &s) == 0 && getresgid(&rg, &eg, &sg) == 0 && r == uid_ && e == uid_ &&
         s == uid_ && rg == gid_ && eg == gid_ && sg == gid_;
}

// Of more groups than it counts, doubt is membership.
bool Credentials::is_member(gid_t group) {
  const permission::Groups groups = supplementary_groups();
  return getegid() == group || groups.overflow || groups.contains(group);
}

Dropped Credentials::confirm(uid_t uid, gid_t gid, bool from_root, gid_t also) {
  must(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0, "dumpable 0");
  verify(read_back(), from_root ? must_become(uid, gid, also) : must_be_user(uid, gid));
  return Dropped(uid, gid);
}

}  // namespace postern::daemon
