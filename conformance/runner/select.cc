// SPDX-License-Identifier: BSD-2-Clause
#include "conformance/runner/select.h"

#include <algorithm>

#include "conformance/runner/printable.h"

namespace postern::conformance {
namespace {

bool any_matches(const std::vector<std::string>& globs, const std::vector<std::string>& texts) {
  if (globs.empty()) return true;
  return std::any_of(globs.begin(), globs.end(), [&](const std::string& glob) {
    return std::any_of(texts.begin(), texts.end(),
                       [&](const std::string& text) { return glob_match(glob, text); });
  });
}

}  // namespace

std::vector<Case> select(const std::vector<Case>& cases, const Selection& selection) {
  std::vector<Case> selected;
  for (const Case& c : cases) {
    if (any_matches(selection.ids, {c.id}) && any_matches(selection.sentences, c.sentences) &&
        any_matches(selection.groups, {c.group}) && any_matches(selection.tables, {c.table})) {
      selected.push_back(c);
    }
  }
  return selected;
}

}  // namespace postern::conformance
