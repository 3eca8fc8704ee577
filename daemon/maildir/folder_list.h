// SPDX-License-Identifier: BSD-2-Clause
// The folders of an account as LIST tells of them, from what is there and what is subscribed to. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace postern::daemon {

enum class SpecialUse : unsigned char { kNone, kSent, kDrafts, kTrash, kJunk, kArchive };

// ListedFolder is one name. Neither there nor subscribed: a parent of such (RFC 3501, section 6.3.8:
// \Noselect).
struct ListedFolder {
  std::string name;
  bool exists = false;
  bool subscribed = false;
  bool has_children = false;  // below it something is there
  SpecialUse use = SpecialUse::kNone;
  bool operator==(const ListedFolder&) const = default;
};

// list_folders: INBOX, what is in `existing` and `subscribed`, and the parents of these, sorted by octets
// with INBOX first; each name once.
[[nodiscard]] std::vector<ListedFolder> list_folders(const std::vector<std::string>& existing,
                                                     const std::vector<std::string>& subscribed);

// special_use: by the name alone, in any case (RFC 6154): Sent, Drafts, Trash, Junk, Archive.
[[nodiscard]] SpecialUse special_use(std::string_view name);

// is_below: whether `name` is below the folder `parent`.
[[nodiscard]] bool is_below(std::string_view name, std::string_view parent);

// parse_subscriptions reads names, one a line; what is no folder's name is passed over, and so are doubles.
[[nodiscard]] std::vector<std::string> parse_subscriptions(std::string_view text);
[[nodiscard]] std::string print_subscriptions(const std::vector<std::string>& names);

}  // namespace postern::daemon
