// SPDX-License-Identifier: BSD-2-Clause
//
// Law: whatever a client calls a folder, its directory is the Maildir itself or one hidden component below
// it: folder_directory(n) is "." exactly for INBOX, and otherwise a dot and n, without '/' and NUL, never
// "..", no part empty, short enough for a file system; folder_of_directory takes it back to n. Input: one
// name.
#include <string>

#include "daemon/maildir/folder_name.h"
#include "fuzz/law.h"

using namespace postern::daemon;

namespace {

bool is_safe(std::string_view component) {
  size_t longest = 255;
#ifdef POSTERN_SEEDED_BUG
  longest = 8;
#endif
  return component.size() >= 2 && component[0] == '.' && component[1] != '.' && component.back() != '.' &&
         component.size() <= longest && component.find("..") == std::string_view::npos &&
         component.find('/') == std::string_view::npos && component.find('\0') == std::string_view::npos;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view name = octets_of(data, size);
  const auto directory = folder_directory(name);
  hold(is_inbox(name) == (directory == "."), "INBOX is the Maildir itself, and nothing else is");
  if (directory && *directory != ".") {
    hold(is_safe(*directory), "one safe component");
    hold(directory->substr(1) == name && folder_of_directory(*directory) == name, "taken back to the name");
  }
  const std::string_view folder = folder_of_directory(name);
  if (!folder.empty()) hold(folder_directory(folder) == name, "taken back to the directory");
  for (const char octet : name)
    if (octet <= ' ' || octet > '~') hold(!is_keyword(name), "a keyword is an atom");
  return 0;
}
