// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/maildir/folder_list.h"

#include <algorithm>
#include <map>
#include <utility>

#include "daemon/maildir/folder_name.h"
#include "daemon/session/words.h"

namespace postern::daemon {
namespace {

constexpr std::string_view kInbox = "INBOX";
using Folders = std::map<std::string, ListedFolder, std::less<>>;

ListedFolder& folder_at(Folders& folders, std::string_view name) {
  ListedFolder& folder = folders[std::string(name)];
  if (folder.name.empty()) folder.name = name;
  return folder;
}

// put_parents adds the parents of `name`. `there`: something is there below them.
void put_parents(Folders& folders, std::string_view name, bool there) {
  for (std::size_t at = name.rfind(kFolderDelimiter); at != name.npos; at = name.rfind(kFolderDelimiter)) {
    name = name.substr(0, at);
    ListedFolder& parent = folder_at(folders, is_inbox(name) ? kInbox : name);
    parent.has_children = parent.has_children || there;
  }
}

}  // namespace

SpecialUse special_use(std::string_view name) {
  using Named = std::pair<std::string_view, SpecialUse>;
  for (const auto& [known, use] : {Named{"SENT", SpecialUse::kSent},
                                   {"DRAFTS", SpecialUse::kDrafts},
                                   {"TRASH", SpecialUse::kTrash},
                                   {"JUNK", SpecialUse::kJunk},
                                   {"ARCHIVE", SpecialUse::kArchive}})
    if (same_keyword(name, known)) return use;
  return SpecialUse::kNone;
}

bool is_below(std::string_view name, std::string_view parent) {
  return name.size() > parent.size() && name.starts_with(parent) && name[parent.size()] == kFolderDelimiter;
}

std::vector<ListedFolder> list_folders(const std::vector<std::string>& existing,
                                       const std::vector<std::string>& subscribed) {
  Folders folders;
  folder_at(folders, kInbox).exists = true;
  for (const std::string& name : existing) {
    folder_at(folders, name).exists = true;
    put_parents(folders, name, true);
  }
  for (const std::string& name : subscribed) {
    folder_at(folders, is_inbox(name) ? kInbox : name).subscribed = true;
    put_parents(folders, name, false);
  }
  std::vector<ListedFolder> listed{folders.extract(folders.find(kInbox)).mapped()};
  for (auto& [name, folder] : folders) {
    if (folder.exists) folder.use = special_use(name);
    listed.push_back(std::move(folder));
  }
  return listed;
}

std::vector<std::string> parse_subscriptions(std::string_view text) {
  std::vector<std::string> names;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const bool inbox = is_inbox(line);
    if (!inbox && !is_folder_name(line)) continue;
    const std::string_view name = inbox ? kInbox : line;
    if (std::ranges::find(names, name) == names.end()) names.emplace_back(name);
  }
  return names;
}

std::string print_subscriptions(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += name + "\n";
  return text;
}

}  // namespace postern::daemon
