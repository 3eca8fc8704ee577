// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/sys/credentials.h"

#include <cap-ng.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "daemon/sys/credentials_check.h"
#include "daemon/sys/files.h"

namespace postern::daemon {

using namespace credentials_check;

namespace {

constexpr permission::Securebits kLockedBits = permission::kDroppedSecurebits;
static_assert(kLockedBits ==
              (SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP_LOCKED |
               SECBIT_KEEP_CAPS_LOCKED | SECBIT_NO_CAP_AMBIENT_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED));

// must_refuse checks one way back: the call must have failed for want of permission, or because this user
// namespace has no id 0 at all.
void must_refuse(long answer, const char* way_back) {
  if (answer != -1 || (errno != EPERM && errno != EINVAL)) fail(way_back, answer == -1 ? errno : 0);
}

void empty_bounding_set() {
  const int last = last_capability();
  for (int capability = 0; capability <= last; ++capability)
    must(prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0, "PR_CAPBSET_DROP");
}

void empty_capability_sets() {
  capng_clear(CAPNG_SELECT_CAPS);
  must(capng_apply(CAPNG_SELECT_CAPS) == 0, "capset to nothing");
}

// verify_all: what read_back cannot ask, too. setfsuid(-1) changes nothing and answers the present id; it is
// a credential call all the same, so a module (whose inherited filter has none of them) leaves it to the
// dispatcher.
void verify_all(const permission::Expected& expected) {
  permission::Credentials is = read_back();
  is.user.file_system = static_cast<permission::Id>(setfsuid(static_cast<uid_t>(-1)));
  is.group.file_system = static_cast<permission::Id>(setfsgid(static_cast<gid_t>(-1)));
  is.securebits = static_cast<permission::Securebits>(prctl(PR_GET_SECUREBITS, 0, 0, 0, 0));
  verify(is, expected);
}

// PV-2: not what was asked for counts, but that every way back is closed.
void try_to_return(const permission::Expected& expected) {
  const uid_t same = static_cast<uid_t>(-1);
  const gid_t root_group = 0;
  must_refuse(setresuid(0, 0, 0), "setresuid(0,0,0) was not refused");
  must_refuse(setresuid(same, 0, same), "setresuid(-1,0,-1) was not refused");
  must_refuse(setresuid(0, same, 0), "setresuid(0,-1,0) was not refused");
  must_refuse(setuid(0), "setuid(0) was not refused");
  must_refuse(seteuid(0), "seteuid(0) was not refused");
  must_refuse(setresgid(0, 0, 0), "setresgid(0,0,0) was not refused");
  must_refuse(setgid(0), "setgid(0) was not refused");
  must_refuse(setgroups(1, &root_group), "setgroups(0) was not refused");
  must_refuse(prctl(PR_SET_SECUREBITS, 0UL, 0UL, 0UL, 0UL), "PR_SET_SECUREBITS was not refused");
  (void)setfsuid(0);  // answers the previous id whether it worked or not: read back below
  (void)setfsgid(0);
  verify_all(expected);
}

// A line of uid_map or gid_map is: first id inside, first id outside, count.
bool is_mapped(const char* map, unsigned long id) {
  const auto text = read_file(map, 65536);
  if (!text.ok()) return false;
  for (const char* at = text.value().c_str(); *at != '\0';) {
    unsigned long field[3] = {0, 0, 0};
    for (unsigned long& number : field) {
      char* end = nullptr;
      number = std::strtoul(at, &end, 10);
      at = end;
    }
    if (id >= field[0] && id - field[0] < field[2]) return true;
    while (*at == ' ' || *at == '\n') ++at;
  }
  return false;
}

bool setgroups_denied() {
  const auto text = read_file("/proc/self/setgroups", 64);
  return text.ok() && text.value().starts_with("deny");
}

}  // namespace

Result<StartedAs> Credentials::started_as() {
  uid_t r = 0, e = 0, s = 0;
  gid_t rg = 0, eg = 0, sg = 0;
  if (getresuid(&r, &e, &s) != 0 || getresgid(&rg, &eg, &sg) != 0) return system_error("reading my own ids");
  if (r != e || r != s || rg != eg || rg != sg)
    return Error{
        "started with differing real and effective ids",
        {},
        "remove the set-uid and set-gid bits from posternd and start it as root or as an ordinary user",
        0,
        Exit::kNotPermitted};
  return e == 0 ? StartedAs::kRoot : StartedAs::kUser;
}

Result<void> Credentials::can_become(uid_t uid, gid_t gid) {
  if (uid == 0 || gid == 0)
    return Error{"the MTA user and group must not be root's",
                 {},
                 "name others in mta-user and mta-group",
                 0,
                 Exit::kConfig};
  if (!is_mapped("/proc/self/uid_map", uid) || !is_mapped("/proc/self/gid_map", gid) || setgroups_denied())
    return Error{"uid 0 of this user namespace is not root: it cannot become uid " + std::to_string(uid) +
                     " and gid " + std::to_string(gid),
                 {},
                 "start as real root, or as an ordinary user on ports from 1024 (in a namespace: unshare "
                 "without --map-root-user)",
                 0,
                 Exit::kNotPermitted};
  return {};
}

Result<void> Credentials::forbid_new_privileges() {
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return system_error("setting no_new_privs");
  return {};
}

// The order is the kernel's: whatever needs CAP_SETPCAP or CAP_SETGID comes before the user id goes (PV-2).
Dropped Credentials::drop_for_good(uid_t uid, gid_t gid, gid_t also) {
  const std::array<gid_t, 2> groups{gid, also};
  must_be(also != 0 && also != gid, "a supplementary group that may not be");
  must(prctl(PR_SET_SECUREBITS, static_cast<unsigned long>(kLockedBits), 0UL, 0UL, 0UL) == 0,
       "locking the securebits");
  empty_bounding_set();
  must(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) == 0, "clearing ambient capabilities");
  must(setgroups(also == kNoGroup ? 1 : 2, groups.data()) == 0, "setgroups");
  must(setresgid(gid, gid, gid) == 0, "setresgid");
  must(setresuid(uid, uid, uid) == 0, "setresuid");
  empty_capability_sets();
  must(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0, "dumpable 0");
  permission::Expected expected = must_become(uid, gid, also);
  expected.securebits = kLockedBits;
  verify_all(expected);
  try_to_return(expected);
  return Dropped(uid, gid);
}

// PV-5
void Credentials::keep_chown_only(gid_t group) {
  must_be(group != 0, "the helper's group must not be root's");
  must(prctl(PR_SET_SECUREBITS, static_cast<unsigned long>(kLockedBits), 0UL, 0UL, 0UL) == 0,
       "locking the securebits");
  empty_bounding_set();
  must(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) == 0, "clearing ambient capabilities");
  must(setgroups(0, nullptr) == 0, "setgroups to none");
  must(setresgid(group, group, group) == 0, "setresgid");
  capng_clear(CAPNG_SELECT_CAPS);
  must(capng_update(CAPNG_ADD, static_cast<capng_type_t>(CAPNG_EFFECTIVE | CAPNG_PERMITTED), CAP_CHOWN) == 0,
       "choosing CAP_CHOWN");
  must(capng_apply(CAPNG_SELECT_CAPS) == 0, "capset to CAP_CHOWN");
  must(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0, "dumpable 0");
  verify_all({.user = 0,
              .group = group,
              .groups = permission::Groups{},
              .capabilities = set_of(permission::Capability::kChown),
              .root_is_meant = true,
              .securebits = kLockedBits});
  must_refuse(setresgid(0, 0, 0), "setresgid(0,0,0) was not refused");
  must_refuse(setgroups(1, &group), "setgroups was not refused");
  must_refuse(prctl(PR_SET_SECUREBITS, 0UL, 0UL, 0UL, 0UL), "unlocking the securebits was not refused");
}

Dropped Credentials::drop_nothing() {
  const uid_t uid = geteuid();
  const gid_t gid = getegid();
  must(forbid_new_privileges().ok(), "setting no_new_privs");
  must(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) == 0, "clearing ambient capabilities");
  empty_capability_sets();
  must(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0, "dumpable 0");
  const permission::Expected expected = must_be_user(uid, gid);
  verify_all(expected);
  try_to_return(expected);
  return Dropped(uid, gid);
}

}  // namespace postern::daemon
