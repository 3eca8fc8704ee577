// SPDX-License-Identifier: BSD-2-Clause
// The folders of one account: Maildir++. INBOX is the Maildir itself, every other folder a directory ".NAME"
// in it with an empty file `maildirfolder`; `subscriptions` has a name a line.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/maildir/folder.h"
#include "daemon/maildir/folder_list.h"
#include "daemon/sys/fd.h"
#include "daemon/sys/result.h"

namespace postern::daemon {

enum class FolderOutcome : unsigned char { kDone, kNoFolder, kExists, kBadName };

class Folders {
 public:
  // open opens the Maildir of `account` below `mailboxes`. Requires is_account_name(account).
  [[nodiscard]] static Result<Folders> open(int mailboxes, std::string_view account);

  [[nodiscard]] int maildir() const { return maildir_.get(); }

  // folder opens the folder `name`; nullopt: there is none, or none can have the name.
  [[nodiscard]] Result<std::optional<Folder>> folder(std::string_view name) const;

  [[nodiscard]] Result<std::vector<ListedFolder>> list() const;

  // create makes a folder, whole or not at all. Its UIDVALIDITY is greater than any before.
  [[nodiscard]] Result<FolderOutcome> create(std::string_view name) const;

  // remove removes a folder with its messages; those below it stay (RFC 3501, section 6.3.4). kBadName:
  // INBOX, or a name that only has others below it.
  [[nodiscard]] Result<FolderOutcome> remove(std::string_view name) const;

  // rename renames a folder and those below it, each with its UIDs. INBOX: its messages move to a new folder
  // (RFC 3501, section 6.3.5).
  [[nodiscard]] Result<FolderOutcome> rename(std::string_view from, std::string_view to) const;

  // subscribe: the folder need not be there.
  [[nodiscard]] Result<FolderOutcome> subscribe(std::string_view name, bool wanted) const;

 private:
  Folders() = default;
  [[nodiscard]] Result<std::vector<std::string>> existing() const;
  [[nodiscard]] bool is_there(std::string_view name) const;
  [[nodiscard]] Result<FolderOutcome> create_locked(std::string_view name) const;
  [[nodiscard]] Result<FolderOutcome> rename_inbox(std::string_view to) const;
  [[nodiscard]] Result<void> remove_tree(const std::string& directory) const;

  Fd maildir_;
  Fd lock_file_;
};

}  // namespace postern::daemon
