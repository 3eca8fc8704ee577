// SPDX-License-Identifier: BSD-2-Clause
//
// Law: CompiledAccessList(l).decide = decide(l), in every field, for the input's list with 16,384 patterns
// behind it, which is searched otherwise than a small one; and it can be moved. Input: as access.h has it.
#include "core/compiled_access_list.h"
#include "fuzz/access.h"

namespace {

using namespace postern;

// many: patterns with two octets at least, so that some clients are let in by none, or by the last.
std::vector<Entry> many() {
  constexpr uint32_t kShapes[] = {3, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15};
  std::vector<Entry> made(16384, parse_entry("1.2.3.4"));
  for (uint32_t i = 0; i < made.size(); ++i) {
    for (uint32_t place = 0; place < 4; ++place)
      made[i].address[place] =
          static_cast<uint8_t>((kShapes[i % 11] >> place & 1U) * (i * 2654435761U >> (8 * place)));
  }
  return made;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  auto [list, client, names] = question_of(data, size);
  if (!client) return -1;
  static const std::vector<Entry> kMany = many();
  list.insert(list.end(), kMany.begin(), kMany.end());
  std::span<const Entry> given(list);
#ifdef POSTERN_SEEDED_BUG
  if (list.front().kind == kDomainName) given = given.subspan(1);  // a name before many is lost
#endif
  CompiledAccessList first(given);
  const size_t octets = first.octets();
  CompiledAccessList compiled(std::span<const Entry>{});
  compiled = std::move(first);
  hold(compiled.decide(*client, names) == decide(list, *client, names), "compiled = literal");
  hold(compiled.octets() == octets, "moved whole");
  return 0;
}
