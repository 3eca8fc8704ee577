// SPDX-License-Identifier: BSD-2-Clause
#ifndef POSTERN_CONFORMANCE_SPEC_TEXT_FILE_H_
#define POSTERN_CONFORMANCE_SPEC_TEXT_FILE_H_

#include <filesystem>
#include <string>
#include <string_view>

namespace postern::conformance {

// read_text_file: all octets of `file`. Throws TableError, with the cure, if it cannot be read.
std::string read_text_file(const std::filesystem::path& file);

// write_text_file: makes `file` hold exactly `text`; a file that already does is left alone, so that what is
// built from it is not built again. Throws TableError.
void write_text_file(const std::filesystem::path& file, std::string_view text);

}  // namespace postern::conformance

#endif  // POSTERN_CONFORMANCE_SPEC_TEXT_FILE_H_
