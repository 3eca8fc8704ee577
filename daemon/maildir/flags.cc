// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/maildir/flags.h"

#include <algorithm>
#include <charconv>

#include "daemon/maildir/folder_name.h"
#include "daemon/maildir/unique_id.h"

namespace postern::daemon {
namespace {

constexpr std::string_view kMark = ":2,";

void put_letters(std::string& name, std::uint32_t bits, char first) {
  for (unsigned i = 0; i < kKeywordsLimit; ++i)
    if ((bits >> i & 1U) != 0) name.push_back(static_cast<char>(first + static_cast<char>(i)));
}

// take_line takes the next line off `rest`.
std::string_view take_line(std::string_view& rest) {
  const std::string_view line = rest.substr(0, rest.find('\n'));
  rest.remove_prefix(std::min(line.size() + 1, rest.size()));
  return line;
}

}  // namespace

MessageFlags flags_of(std::string_view file_name) {
  MessageFlags flags;
  std::string_view info = file_name.substr(base_name(file_name).size());
  if (!info.starts_with(kMark)) return flags;
  for (const char letter : info.substr(kMark.size())) {
    if (letter >= 'A' && letter <= 'Z') flags.capital |= capital_bit(letter);
    if (letter >= 'a' && letter <= 'z') flags.keywords |= 1U << static_cast<unsigned>(letter - 'a');
  }
  return flags;
}

std::string file_name_of(std::string_view base, MessageFlags flags) {
  std::string name(base);
  name += kMark;
  put_letters(name, flags.capital, 'A');
  put_letters(name, flags.keywords, 'a');
  return name;
}

std::vector<std::string> parse_keywords(std::string_view text) {
  std::vector<std::string> names;
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    std::size_t index = 0;
    const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), index);
    const std::string_view rest = line.substr(static_cast<std::size_t>(end - line.data()));
    if (error != std::errc() || index >= kKeywordsLimit || !rest.starts_with(' ')) continue;
    const std::string_view name = rest.substr(1);
    if (!is_keyword(name) || std::ranges::find(names, name) != names.end()) continue;
    if (names.size() <= index) names.resize(index + 1);
    if (names[index].empty()) names[index] = name;
  }
  while (!names.empty() && names.back().empty()) names.pop_back();
  return names;
}

std::string print_keywords(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i)
    if (!names[i].empty()) text += std::to_string(i) + " " + names[i] + "\n";
  return text;
}

}  // namespace postern::daemon
