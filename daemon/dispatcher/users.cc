// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/dispatcher/users.h"

#include <grp.h>
#include <pwd.h>

namespace postern::daemon {
namespace {

bool find_user(const char* name, uid_t& uid, gid_t& primary) {
  const passwd* entry = getpwnam(name);
  if (entry == nullptr) return false;
  uid = entry->pw_uid;
  primary = entry->pw_gid;
  return true;
}

bool find_group(const char* name, gid_t& gid) {
  const group* entry = getgrnam(name);
  if (entry == nullptr) return false;
  gid = entry->gr_gid;
  return true;
}

}  // namespace

UserLookup system_users() {
  return UserLookup{find_user, find_group};
}

}  // namespace postern::daemon
