// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/cli/list_file.h"

#include <array>
#include <cstdio>
#include <utility>

namespace postern::daemon {
namespace {

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

File open_file(const std::string& path) {
  if (path == "-") return {stdin, [](std::FILE*) { return 0; }};
  return {std::fopen(path.c_str(), "rbe"), std::fclose};
}

}  // namespace

ListText::ListText(std::string octets) : octets_(std::make_unique<const std::string>(std::move(octets))) {
  std::string_view rest = *octets_;
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    values_.push_back(rest.substr(0, end));
    entries_.push_back(parse_entry(values_.back()));
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
}

std::optional<ListText> read_list_file(const std::string& path) {
  const File file = open_file(path);
  if (!file) return std::nullopt;
  std::string octets;
  std::array<char, 65536> chunk;
  std::size_t got = 0;
  while ((got = std::fread(chunk.data(), 1, chunk.size(), file.get())) > 0) octets.append(chunk.data(), got);
  if (std::ferror(file.get()) != 0) return std::nullopt;
  return ListText(std::move(octets));
}

}  // namespace postern::daemon
