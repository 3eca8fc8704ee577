// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/maildir/folders.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "daemon/maildir/folder_name.h"
#include "daemon/maildir/walk.h"
#include "daemon/sys/files.h"

namespace postern::daemon {
namespace {

constexpr char kLockFile[] = "postern-folders.lock";
constexpr char kSubscriptions[] = "subscriptions";
// Names that are no folder's: what a crash leaves under them goes with the next change of folders.
constexpr char kMaking[] = "postern-making";
constexpr char kRemoving[] = "postern-removing";
constexpr const char* kParts[] = {"cur", "new", "tmp"};
using enum MailLock::Kind;

Result<void> make_parts(int directory) {
  for (const char* part : kParts)
    if (mkdirat(directory, part, 0700) != 0) return system_error("cannot make a folder", part, kMailboxCure);
  const Fd mark(
      openat(directory, "maildirfolder", O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!mark.is_open()) return system_error("cannot make a folder", "maildirfolder", kMailboxCure);
  if (fsync(directory) != 0) return system_error("cannot make the folder last", "fsync");
  return {};
}

// empty removes the files in `directory`.
Result<void> empty(int directory) {
  Result<std::vector<std::string>> names = list_directory(directory, "folder");
  if (!names) return names.take_error();
  for (const std::string& name : names.value())
    if (unlinkat(directory, name.c_str(), 0) != 0 && errno != ENOENT)
      return system_error("cannot remove a folder's file", name, kMailboxCure);
  return {};
}

}  // namespace

Result<Folders> Folders::open(int mailboxes, std::string_view account) {
  Folders folders;
  const std::string name(account);
  Result<Fd> maildir = open_part(mailboxes, name.c_str(), name);
  if (!maildir) return maildir.take_error();
  folders.maildir_ = std::move(maildir).value();
  Result<Fd> lock = MailLock::open_file(folders.maildir(), kLockFile);
  if (!lock) return lock.take_error();
  folders.lock_file_ = std::move(lock).value();
  return folders;
}

Result<std::optional<Folder>> Folders::folder(std::string_view name) const {
  const auto directory = folder_directory(name);
  if (!directory) return std::optional<Folder>();
  return Folder::open(maildir(), *directory);
}

bool Folders::is_there(std::string_view name) const {
  struct stat info {};
  const auto directory = folder_directory(name);
  return directory && fstatat(maildir(), directory->c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0;
}

Result<std::vector<std::string>> Folders::existing() const {
  std::vector<std::string> names;
  Result<Directory> reader = walk(maildir());
  if (!reader) return reader.take_error();
  while (true) {
    Result<std::string> component = next_hidden(reader->get());
    if (!component) return component.take_error();
    if (component->empty()) return names;
    const std::string_view name = folder_of_directory(component.value());
    struct stat info {};
    const std::string part = component.value() + "/cur";
    if (!name.empty() && fstatat(maildir(), part.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0 &&
        S_ISDIR(info.st_mode))
      names.emplace_back(name);
  }
}

Result<std::vector<ListedFolder>> Folders::list() const {
  Result<std::vector<std::string>> names = existing();
  if (!names) return names.take_error();
  Result<std::string> subscribed = read_kept(maildir(), kSubscriptions);
  if (!subscribed) return subscribed.take_error();
  return list_folders(names.value(), parse_subscriptions(subscribed.value()));
}

Result<FolderOutcome> Folders::create(std::string_view name) const {
  if (is_inbox(name)) return FolderOutcome::kExists;
  if (!is_folder_name(name)) return FolderOutcome::kBadName;
  Result<MailLock> lock = MailLock::take(lock_file_.get(), kExclusive);
  if (!lock) return lock.take_error();
  return create_locked(name);
}

Result<FolderOutcome> Folders::create_locked(std::string_view name) const {
  if (is_there(name)) return FolderOutcome::kExists;
  Result<void> cleared = remove_tree(kMaking);
  if (!cleared) return cleared.take_error();
  if (mkdirat(maildir(), kMaking, 0700) != 0)
    return system_error("cannot make a folder", kMaking, kMailboxCure);
  Result<Fd> made = open_part(maildir(), kMaking, kMaking);
  if (!made) return made.take_error();
  Result<void> parts = make_parts(made->get());
  if (!parts) return parts.take_error();
  if (renameat(maildir(), kMaking, maildir(), folder_directory(name)->c_str()) != 0)
    return system_error("cannot make a folder", std::string(name), kMailboxCure);
  if (fsync(maildir()) != 0) return system_error("cannot make the folder last", std::string(name));
  return FolderOutcome::kDone;
}

// remove_tree removes a folder's directory, two deep; one that is not there is removed.
Result<void> Folders::remove_tree(const std::string& directory) const {
  const Fd folder(openat(maildir(), directory.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!folder.is_open()) {
    if (errno == ENOENT) return {};
    return system_error("cannot remove a folder", directory, kMailboxCure);
  }
  for (const char* part : kParts) {
    const Fd opened(openat(folder.get(), part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!opened.is_open()) continue;  // removed before
    Result<void> emptied = empty(opened.get());
    if (!emptied) return emptied;
    if (unlinkat(folder.get(), part, AT_REMOVEDIR) != 0)
      return system_error("cannot remove a folder", directory + "/" + part, kMailboxCure);
  }
  Result<void> emptied = empty(folder.get());
  if (!emptied) return emptied;
  if (unlinkat(maildir(), directory.c_str(), AT_REMOVEDIR) != 0)
    return system_error("cannot remove a folder", directory, kMailboxCure);
  return {};
}

Result<FolderOutcome> Folders::remove(std::string_view name) const {
  if (is_inbox(name)) return FolderOutcome::kBadName;
  const auto directory = folder_directory(name);
  if (!directory) return FolderOutcome::kNoFolder;
  Result<MailLock> lock = MailLock::take(lock_file_.get(), kExclusive);
  if (!lock) return lock.take_error();
  Result<void> cleared = remove_tree(kRemoving);
  if (!cleared) return cleared.take_error();
  if (renameat(maildir(), directory->c_str(), maildir(), kRemoving) != 0) {
    if (errno != ENOENT) return system_error("cannot remove a folder", std::string(name), kMailboxCure);
    Result<std::vector<std::string>> names = existing();
    if (!names) return names.take_error();
    const auto below = [&](const std::string& other) { return is_below(other, name); };
    return std::ranges::any_of(names.value(), below) ? FolderOutcome::kBadName : FolderOutcome::kNoFolder;
  }
  if (fsync(maildir()) != 0) return system_error("cannot make the removal last", std::string(name));
  Result<void> removed = remove_tree(kRemoving);
  if (!removed) return removed.take_error();
  return FolderOutcome::kDone;
}

Result<FolderOutcome> Folders::rename(std::string_view from, std::string_view to) const {
  if (is_inbox(to)) return FolderOutcome::kExists;
  if (!is_folder_name(to)) return FolderOutcome::kBadName;
  if (is_inbox(from)) return rename_inbox(to);
  Result<MailLock> lock = MailLock::take(lock_file_.get(), kExclusive);
  if (!lock) return lock.take_error();
  Result<std::vector<std::string>> names = existing();
  if (!names) return names.take_error();
  std::vector<std::string> moved;
  for (const std::string& name : names.value())
    if (name == from || is_below(name, from)) moved.push_back(name);
  if (moved.empty()) return FolderOutcome::kNoFolder;
  if (is_there(to)) return FolderOutcome::kExists;
  if (is_below(to, from)) return FolderOutcome::kBadName;
  for (const std::string& name : moved) {
    const std::string renamed = std::string(to) + name.substr(from.size());
    if (!is_folder_name(renamed)) return FolderOutcome::kBadName;
    if (is_there(renamed)) return FolderOutcome::kExists;
  }
  for (const std::string& name : moved) {
    const std::string renamed = std::string(to) + name.substr(from.size());
    if (renameat(maildir(), ("." + name).c_str(), maildir(), ("." + renamed).c_str()) != 0)
      return system_error("cannot rename a folder", name, kMailboxCure);
  }
  if (fsync(maildir()) != 0) return system_error("cannot make the new name last", std::string(to));
  return FolderOutcome::kDone;
}

Result<FolderOutcome> Folders::rename_inbox(std::string_view to) const {
  Result<FolderOutcome> created = create(to);
  if (!created || created.value() != FolderOutcome::kDone) return created;
  Result<std::optional<Folder>> inbox = folder("INBOX");
  if (!inbox) return inbox.take_error();
  Result<std::optional<Folder>> target = folder(to);
  if (!target) return target.take_error();
  if (!inbox.value() || !target.value()) return FolderOutcome::kNoFolder;
  Result<std::vector<std::uint32_t>> listed = inbox.value()->list(false);
  if (!listed) return listed.take_error();
  std::vector<Arrival> arrivals;
  for (const FolderMessage& message : inbox.value()->messages())
    if (auto arrival = inbox.value()->arrival(message.entry.uid)) arrivals.push_back(std::move(*arrival));
  if (arrivals.empty()) return FolderOutcome::kDone;
  Result<Arrived> arrived = target.value()->arrive(arrivals, ArriveBy::kMove);
  if (!arrived) return arrived.take_error();
  if (arrived->count == arrivals.size()) return FolderOutcome::kDone;
  return Error{"not all messages could be moved", std::string(to), {}, 0, Exit::kTemporary};
}

Result<FolderOutcome> Folders::subscribe(std::string_view name, bool wanted) const {
  if (!folder_directory(name)) return wanted ? FolderOutcome::kBadName : FolderOutcome::kNoFolder;
  Result<MailLock> lock = MailLock::take(lock_file_.get(), kExclusive);
  if (!lock) return lock.take_error();
  Result<std::string> text = read_kept(maildir(), kSubscriptions);
  if (!text) return text.take_error();
  std::vector<std::string> names = parse_subscriptions(text.value());
  const std::string plain(is_inbox(name) ? "INBOX" : name);
  const auto at = std::ranges::find(names, plain);
  if ((at != names.end()) == wanted) return wanted ? FolderOutcome::kDone : FolderOutcome::kNoFolder;
  if (wanted)
    names.push_back(plain);
  else
    names.erase(at);
  Result<void> kept = replace_kept(maildir(), kSubscriptions, print_subscriptions(names));
  if (!kept) return kept.take_error();
  return FolderOutcome::kDone;
}

}  // namespace postern::daemon
