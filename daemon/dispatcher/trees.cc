// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/dispatcher/trees.h"

#include "daemon/sys/files.h"

namespace postern::daemon {

std::vector<std::string> check_trees(const Settings& settings) {
  struct Expected {
    std::string path;
    mode_t mode;
  };
  const std::string postoffice(settings.postoffice.view());
  const Expected all[] = {{std::string(settings.executables.view()), 0550},
                          {postoffice, 0700},
                          {postoffice + "/accounts", 0700},
                          {postoffice + "/queue", 0700},
                          {postoffice + "/queue/incoming", 0700},
                          {postoffice + "/queue/active", 0700},
                          {postoffice + "/queue/dead", 0700},
                          {std::string(settings.mailbox.view()), 0700}};
  std::vector<std::string> findings;
  for (const Expected& one : all) {
    std::string finding = check_directory(one.path.c_str(), settings.mta_uid, settings.mta_gid, one.mode);
    if (!finding.empty()) findings.push_back(std::move(finding));
  }
  return findings;
}

}  // namespace postern::daemon
