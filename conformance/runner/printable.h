// SPDX-License-Identifier: BSD-2-Clause
// Octets made fit for a person, a shell and a glob.
#ifndef POSTERN_CONFORMANCE_RUNNER_PRINTABLE_H_
#define POSTERN_CONFORMANCE_RUNNER_PRINTABLE_H_

#include <string>
#include <string_view>

namespace postern::conformance {

// escaped: every octet outside printable ASCII as \r, \n, \t or \xNN; a backslash doubled.
std::string escaped(std::string_view octets);

// in_quotes: escaped, between double quotes.
std::string in_quotes(std::string_view octets);

// shell_word: `text` as one word of a POSIX shell; left bare where that is safe.
std::string shell_word(std::string_view text);

// glob_match: whole-text match; '*' stands for any octets, '?' for one. Linear in practice.
bool glob_match(std::string_view pattern, std::string_view text);

}  // namespace postern::conformance

#endif  // POSTERN_CONFORMANCE_RUNNER_PRINTABLE_H_
