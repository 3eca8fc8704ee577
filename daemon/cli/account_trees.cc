// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/cli/account_trees.h"

#include <sys/stat.h>

#include "daemon/config/key_value.h"
#include "daemon/sys/credentials.h"
#include "daemon/sys/files.h"

namespace postern::daemon {
namespace {

constexpr std::size_t kConfigLimit = 1U << 20;

Result<void> take_path(const KeyValueReader& reader, const KeyValue& line, TreePaths& paths) {
  std::string* path = line.key == "postoffice" ? &paths.postoffice
                      : line.key == "mailbox"  ? &paths.mailbox
                                               : nullptr;
  if (path == nullptr) return {};
  if (!line.value.starts_with('/'))
    return reader.error_at(line.line, "not an absolute path", "begin it with /");
  *path = line.value;
  return {};
}

// become_owner: root's ids are changed for those of the accounts' owner.
Result<void> become_owner(int accounts) {
  struct stat status {};
  if (::fstat(accounts, &status) != 0) return system_error("cannot look at the accounts", "fstat");
  const Result<StartedAs> started = Credentials::started_as();
  if (!started) return started.error();
  if (started.value() != StartedAs::kRoot || status.st_uid == 0) return {};
  Result<void> able = Credentials::can_become(status.st_uid, status.st_gid);
  if (!able) return able;
  Result<void> forbidden = Credentials::forbid_new_privileges();
  if (!forbidden) return forbidden;
  const Dropped dropped = Credentials::drop_for_good(status.st_uid, status.st_gid);
  if (!dropped.holds()) return Error{"root was not given up", {}, {}, 0, Exit::kSoftware};
  return {};
}

}  // namespace

TreePaths paths_below(const std::string& root) {
  return {root + "/postoffice", root + "/mailbox"};
}

Result<TreePaths> paths_from_config(const std::string& file) {
  Result<std::string> text = read_file(file.c_str(), kConfigLimit);
  if (!text) return text.take_error();
  KeyValueReader reader(text.value(), file);
  TreePaths paths;
  KeyValue line;
  while (true) {
    Result<bool> more = reader.next(line);
    if (!more) return more.take_error();
    if (!more.value()) break;
    Result<void> taken = take_path(reader, line, paths);
    if (!taken) return taken.take_error();
  }
  if (!paths.postoffice.empty() && !paths.mailbox.empty()) return paths;
  return Error{"the configuration has no postoffice or no mailbox", file, "write both as absolute paths", 0,
               Exit::kConfig};
}

Result<AccountTrees> open_trees(const TreePaths& paths) {
  AccountTrees trees;
  Result<Fd> accounts = open_directory((paths.postoffice + "/accounts").c_str());
  if (!accounts) return accounts.take_error();
  trees.accounts = std::move(accounts).value();
  Result<Fd> mailboxes = open_directory(paths.mailbox.c_str());
  if (!mailboxes) return mailboxes.take_error();
  trees.mailboxes = std::move(mailboxes).value();
  Result<void> owner = become_owner(trees.accounts.get());
  if (!owner) return owner.take_error();
  return trees;
}

}  // namespace postern::daemon
