// SPDX-License-Identifier: BSD-2-Clause
//
// Law: flags_of(file_name_of(b, f)) = f, and a name made of a name's own flags has the same; keywords and
// subscriptions are read back as they are written, parse(print(parse(t))) = parse(t); each name that LIST
// tells of comes once, with its parents, and is a folder's. Input: one text, taken for each of these.
#include <algorithm>
#include <set>
#include <string>

#include "daemon/maildir/flags.h"
#include "daemon/maildir/folder_list.h"
#include "daemon/maildir/folder_name.h"
#include "daemon/maildir/unique_id.h"
#include "fuzz/law.h"

using namespace postern::daemon;

namespace {

void check_flags(std::string_view name) {
  const MessageFlags flags = flags_of(name);
  const std::string again = file_name_of(base_name(name), flags);
  hold(flags_of(again) == flags && base_name(again) == base_name(name), "flags_of(file_name_of(b, f)) = f");
  const std::string_view letters = std::string_view(again).substr(base_name(again).size() + 3);
#ifdef POSTERN_SEEDED_BUG
  hold(letters.size() < 3, "two letters");
#endif
  hold(std::ranges::is_sorted(letters), "letters in ASCII order");
}

void check_keywords(std::string_view text) {
  const auto names = parse_keywords(text);
  hold(names.size() <= kKeywordsLimit, "at most 26");
  for (const std::string& name : names) hold(name.empty() || is_keyword(name), "a keyword");
  hold(parse_keywords(print_keywords(names)) == names, "keywords come back");
}

void check_folders(std::string_view text) {
  const auto names = parse_subscriptions(text);
  hold(parse_subscriptions(print_subscriptions(names)) == names, "subscriptions come back");
  std::vector<std::string> existing = names;
  std::erase_if(existing, [](const std::string& name) { return is_inbox(name); });
  std::set<std::string> seen;
  for (const ListedFolder& folder : list_folders(existing, names)) {
    hold(folder_directory(folder.name).has_value(), "a folder's name");
    hold(seen.insert(folder.name).second, "once");
    const size_t at = folder.name.rfind('.');
    const std::string parent = folder.name.substr(0, at);
    hold(at == folder.name.npos || is_inbox(parent) || seen.contains(parent), "behind its parent");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text = octets_of(data, size);
  check_flags(text);
  check_keywords(text);
  check_folders(text);
  return 0;
}
