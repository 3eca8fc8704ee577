// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/maildir/folder_name.h"

#include <algorithm>

#include "daemon/session/words.h"

namespace postern::daemon {
namespace {

bool is_base64(char octet) {
  return (octet >= 'A' && octet <= 'Z') || (octet >= 'a' && octet <= 'z') || (octet >= '0' && octet <= '9') ||
         octet == '+' || octet == ',';
}

// is_modified_utf7: each '&' begins a run of base64 octets that '-' ends.
bool is_modified_utf7(std::string_view name) {
  for (std::size_t i = name.find('&'); i != std::string_view::npos; i = name.find('&', i)) {
    do ++i;
    while (i < name.size() && is_base64(name[i]));
    if (i == name.size() || name[i] != '-') return false;
  }
  return true;
}

bool has_empty_part(std::string_view name) {
  return name.empty() || name.front() == kFolderDelimiter || name.back() == kFolderDelimiter ||
         name.find("..") != std::string_view::npos;
}

}  // namespace

bool is_inbox(std::string_view name) {
  return same_keyword(name, "INBOX");
}

bool is_folder_name(std::string_view name) {
  return !has_empty_part(name) && name.size() <= kFolderNameLimit && is_printable(name) &&
         name.find_first_of("/*%\"\\") == std::string_view::npos && !is_inbox(name) && is_modified_utf7(name);
}

std::optional<std::string> folder_directory(std::string_view name) {
  if (is_inbox(name)) return ".";
  if (!is_folder_name(name)) return std::nullopt;
  return std::string(1, kFolderDelimiter).append(name);
}

std::string_view folder_of_directory(std::string_view component) {
  if (component.size() < 2 || component.front() != kFolderDelimiter) return {};
  const std::string_view name = component.substr(1);
  return is_folder_name(name) ? name : std::string_view();
}

// RFC 3501, section 9: ATOM-CHAR
bool is_keyword(std::string_view name) {
  return !name.empty() && name.size() <= kKeywordLimit &&
         std::ranges::all_of(name, [](char octet) { return octet > ' ' && octet <= '~'; }) &&
         name.find_first_of("(){%*\"\\]") == std::string_view::npos;
}

}  // namespace postern::daemon
