// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/dispatcher/users.h"

#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>

#include <string>

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

// EN-4: what is there; whether it is as it must be is seen when it is opened.
bool is_file(const std::string& path) {
  struct stat is {};
  return lstat(path.c_str(), &is) == 0 && S_ISREG(is.st_mode);
}

void find_pair(const char* directory, const char* alias, bool& has_key, bool& has_certificate) {
  const std::string base = std::string(directory) + "/" + alias;
  has_key = is_file(base + ".key");
  has_certificate = is_file(base + ".crt");
}

}  // namespace

UserLookup system_users() {
  return UserLookup{find_user, find_group, find_pair};
}

}  // namespace postern::daemon
