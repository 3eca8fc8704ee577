// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/sys/credentials_check.h"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
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

void verify_ids(uid_t uid, gid_t gid) {
  uid_t r = 0, e = 0, s = 0;
  gid_t rg = 0, eg = 0, sg = 0;
  must_be(uid != 0 && gid != 0, "the target ids must not be 0");
  must_be(getresuid(&r, &e, &s) == 0 && r == uid && e == uid && s == uid, "user ids read back differ");
  must_be(getresgid(&rg, &eg, &sg) == 0 && rg == gid && eg == gid && sg == gid, "group ids read back differ");
}

void verify_groups(gid_t gid, gid_t also) {
  std::array<gid_t, 3> groups{};
  const int count = getgroups(static_cast<int>(groups.size()), groups.data());
  std::array<gid_t, 2> wanted{gid, also};
  const std::size_t size = also == kNoGroup ? 1 : 2;
  must_be(count == static_cast<int>(size) &&
              std::is_permutation(groups.begin(), groups.begin() + size, wanted.begin()),
          "supplementary groups are not exactly the configured ones");
}

// Read through capget(2) itself, not through the library that emptied them.
void verify_no_capability() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, 2> sets{};
  must(syscall(SYS_capget, &header, sets.data()) == 0, "capget");
  for (const auto& set : sets)
    must_be((set.effective | set.permitted | set.inheritable) == 0, "a capability is left");
  const int last = last_capability();
  for (int capability = 0; capability <= last; ++capability)
    must_be(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, capability, 0, 0) == 0,
            "an ambient capability is left");
}

void verify_chown_only(gid_t group) {
  uid_t r = 1, e = 1, s = 1;
  gid_t rg = 0, eg = 0, sg = 0;
  must_be(getresuid(&r, &e, &s) == 0 && r == 0 && e == 0 && s == 0, "user ids are not root's");
  must_be(getresgid(&rg, &eg, &sg) == 0 && rg == group && eg == group && sg == group && group != 0,
          "group ids read back differ");
  must_be(getgroups(0, nullptr) == 0, "a supplementary group is left");
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, 2> sets{};
  must(syscall(SYS_capget, &header, sets.data()) == 0, "capget");
  must_be(sets[0].effective == 1U << CAP_CHOWN && sets[0].permitted == 1U << CAP_CHOWN &&
              sets[0].inheritable == 0 && (sets[1].effective | sets[1].permitted | sets[1].inheritable) == 0,
          "capabilities are not exactly CAP_CHOWN");
  verify_bounding_set_empty();
  verify_no_new_privileges();
}

void verify_bounding_set_empty() {
  const int last = last_capability();
  for (int capability = 0; capability <= last; ++capability)
    must_be(prctl(PR_CAPBSET_READ, capability, 0, 0, 0) == 0, "the bounding set is not empty");
}

void verify_no_new_privileges() {
  must_be(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1, "no_new_privs is not set");
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

Dropped Credentials::confirm(uid_t uid, gid_t gid, bool from_root, gid_t also) {
  must(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0, "dumpable 0");
  verify_ids(uid, gid);
  verify_no_capability();
  verify_no_new_privileges();
  if (from_root) {
    verify_groups(gid, also);
    verify_bounding_set_empty();
  }
  return Dropped(uid, gid);
}

}  // namespace postern::daemon
