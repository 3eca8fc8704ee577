// SPDX-License-Identifier: BSD-2-Clause
//
// small_texts.h: for tests that try every input of a small space.
#pragma once

#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>

namespace postern {

// for_each_text visits every text of at most `most` octets over `alphabet` that begins with `begin`.
template <std::invocable<const std::string&> Visit>
void for_each_text(std::string_view alphabet, std::size_t most, const Visit& visit,
                   const std::string& begin = {}) {
  visit(begin);
  if (begin.size() == most) return;
  for (const char octet : alphabet) for_each_text(alphabet, most, visit, begin + octet);
}

}  // namespace postern
