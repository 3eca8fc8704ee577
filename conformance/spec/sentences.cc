// SPDX-License-Identifier: BSD-2-Clause
#include "conformance/spec/sentences.h"

#include <algorithm>
#include <array>
#include <optional>

#include "conformance/spec/text_file.h"

namespace postern::conformance {
namespace {

constexpr std::string_view kArrow = " → ";

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

// begin_sentence: reads "- AD-G3 [S/D] text"; nothing for any other line. A missing tag is left to the lint.
std::optional<Sentence> begin_sentence(std::string_view line) {
  if (!line.starts_with("- ")) return std::nullopt;
  line.remove_prefix(2);
  constexpr std::array<std::string_view, 5> kChapters = {"AD-", "PV-", "DT-", "MD-", "EN-"};
  const bool numbered = std::any_of(kChapters.begin(), kChapters.end(),
                                    [line](std::string_view chapter) { return line.starts_with(chapter); });
  if (!numbered) return std::nullopt;
  Sentence sentence;
  sentence.id = line.substr(0, line.find(' '));
  std::string_view rest = trimmed(line.substr(sentence.id.size()));
  if (rest.starts_with('[')) rest.remove_prefix(std::min(rest.find(']'), rest.size() - 1) + 1);
  sentence.text = trimmed(rest);
  return sentence;
}

// find_tags: every [S], [D], [H], [X] and [S/D] of the line; a sentence may change its strength half-way
// (PV-2).
std::set<char> find_tags(std::string_view line) {
  std::set<char> tags;
  for (size_t open = line.find('['); open != std::string_view::npos; open = line.find('[', open + 1)) {
    const size_t close = line.find(']', open);
    if (close == std::string_view::npos) break;
    const std::string_view inside = line.substr(open + 1, close - open - 1);
    if (!inside.empty() && inside.find_first_not_of("SDHX/") == std::string_view::npos)
      tags.insert(inside.begin(), inside.end());
  }
  tags.erase('/');
  return tags;
}

// split_holders: moves what follows the arrow out of the text.
void split_holders(Sentence& sentence) {
  const size_t arrow = sentence.text.rfind(kArrow);
  if (arrow == std::string::npos) return;
  std::string_view rest = std::string_view(sentence.text).substr(arrow + kArrow.size());
  while (!rest.empty()) {
    const size_t end = std::min(rest.find(';'), rest.size());
    sentence.holders.emplace_back(trimmed(rest.substr(0, end)));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  sentence.text.erase(arrow);
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

}  // namespace

std::vector<Sentence> parse_sentences(std::string_view markdown) {
  std::vector<Sentence> sentences;
  bool inside = false;
  for (const std::string_view line : lines_of(markdown)) {
    if (auto sentence = begin_sentence(line)) {
      sentence->tags = find_tags(line);
      sentences.push_back(std::move(*sentence));
      inside = true;
    } else if (inside && line.starts_with("  ")) {
      sentences.back().text += " " + std::string(trimmed(line));
      sentences.back().tags.merge(find_tags(line));
    } else {
      inside = false;
    }
  }
  for (Sentence& sentence : sentences) split_holders(sentence);
  return sentences;
}

std::vector<Sentence> load_sentences(const std::filesystem::path& file) {
  return parse_sentences(read_text_file(file));
}

}  // namespace postern::conformance
