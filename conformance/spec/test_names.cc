// SPDX-License-Identifier: BSD-2-Clause
#include "conformance/spec/test_names.h"

#include <algorithm>

#include "conformance/spec/text_file.h"

namespace postern::conformance {
namespace {

bool is_word(char octet) {
  return (octet >= 'a' && octet <= 'z') || (octet >= 'A' && octet <= 'Z') || (octet >= '0' && octet <= '9') ||
         octet == '_' || octet == '-' || octet == '.';
}

std::string_view skip_blanks(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
  return text;
}

// take_word: the word at the front of `text`, which loses it and the blanks around it.
std::string take_word(std::string_view& text) {
  text = skip_blanks(text);
  const auto* end = std::find_if_not(text.begin(), text.end(), is_word);
  std::string word(text.begin(), end);
  text.remove_prefix(word.size());
  text = skip_blanks(text);
  return word;
}

// for_each_after: calls `visit` with the text after each `mark` that does not continue a longer word.
template <typename Visit>
void for_each_after(std::string_view text, std::string_view mark, Visit visit) {
  for (size_t at = text.find(mark); at != std::string_view::npos; at = text.find(mark, at + 1))
    if (at == 0 || !is_word(text[at - 1])) visit(text.substr(at + mark.size()));
}

bool is_left_out(const std::filesystem::path& folder) {
  const std::string name = folder.filename().string();
  return name.starts_with('.') || name.starts_with("build");
}

}  // namespace

std::set<std::string> test_names_in_source(std::string_view source) {
  std::set<std::string> names;
  for (const std::string_view macro : {"TEST(", "TEST_F(", "TEST_P(", "TYPED_TEST(", "RC_GTEST_PROP("})
    for_each_after(source, macro, [&names](std::string_view rest) {
      const std::string suite = take_word(rest);
      if (!rest.starts_with(',')) return;
      rest.remove_prefix(1);
      names.insert(suite + "." + take_word(rest));
    });
  return names;
}

std::set<std::string> test_names_in_cmake(std::string_view cmake) {
  std::set<std::string> names;
  for_each_after(cmake, "NAME ", [&names](std::string_view rest) { names.insert(take_word(rest)); });
  return names;
}

std::set<std::string> test_names_in_tree(const std::filesystem::path& root) {
  std::set<std::string> names;
  for (auto file = std::filesystem::recursive_directory_iterator(root); file != std::filesystem::end(file);
       ++file) {
    if (file->is_directory() && is_left_out(file->path())) file.disable_recursion_pending();
    if (!file->is_regular_file()) continue;
    const std::string name = file->path().filename().string();
    if (name.ends_with("_test.cc")) names.merge(test_names_in_source(read_text_file(file->path())));
    if (name == "CMakeLists.txt") names.merge(test_names_in_cmake(read_text_file(file->path())));
  }
  return names;
}

}  // namespace postern::conformance
