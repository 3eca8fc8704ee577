// SPDX-License-Identifier: BSD-2-Clause
// The numbered sentences of SPEC.md, with their strength and what holds them.
#ifndef POSTERN_CONFORMANCE_SPEC_SENTENCES_H_
#define POSTERN_CONFORMANCE_SPEC_SENTENCES_H_

#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace postern::conformance {

// Sentence: "- AD-G3 [S/D] text → holder; holder", continued by indented lines.
struct Sentence {
  std::string id;
  std::set<char> tags;  // of S, D, H, X
  std::string text;     // one line, without id, first tag and holders
  std::vector<std::string> holders;

  bool has_tag(char tag) const { return tags.contains(tag); }
};

// parse_sentences: all sentences of SPEC.md, in order. A line that begins no sentence and continues none is
// prose.
std::vector<Sentence> parse_sentences(std::string_view markdown);

// load_sentences: the same from a file. Throws TableError if it cannot be read.
std::vector<Sentence> load_sentences(const std::filesystem::path& file);

}  // namespace postern::conformance

#endif  // POSTERN_CONFORMANCE_SPEC_SENTENCES_H_
