// SPDX-License-Identifier: BSD-2-Clause
#include "conformance/spec/text_file.h"

#include <fstream>
#include <iterator>

#include "conformance/spec/table.h"

namespace postern::conformance {

std::string read_text_file(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in || std::filesystem::is_directory(file))
    throw TableError(file.string() + ": cannot be opened. Name a directory that holds the spec tables.");
  std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  if (in.bad()) throw TableError(file.string() + ": cannot be read. Check the file.");
  return text;
}

void write_text_file(const std::filesystem::path& file, std::string_view text) {
  if (std::filesystem::exists(file) && read_text_file(file) == text) return;
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out.write(text.data(), static_cast<std::streamsize>(text.size()));
  out.close();
  if (!out) throw TableError(file.string() + ": cannot be written. Check the directory and the space on it.");
}

}  // namespace postern::conformance
