// SPDX-License-Identifier: BSD-2-Clause
//
// Law: CompiledAccessList(list).decide(client, names) = decide(list, client, names), in every field; and
// lazily = eagerly for both, with the look-up made if and only if AD-C7 says so. Input: the list, one value
// per line, NUL, the address (text, or 4 or 16 octets), NUL, the names, one per line.
// Large lists are decide_large's.
#include "core/compiled_access_list.h"
#include "fuzz/access.h"

namespace {

using namespace postern;

Decision compiled_decide(const CompiledAccessList& compiled, const Client& client,
                         std::span<const Text> names) {
#ifdef POSTERN_SEEDED_BUG
  if (client.is_ipv6() && names.size() > 1) names = names.first(1);  // only the first name counts
#endif
  return compiled.decide(client, names);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto [list, client, names] = question_of(data, size);
  if (!client) return -1;
  const CompiledAccessList compiled(list);
  const Decision literal = decide(list, *client, names);
  hold(compiled_decide(compiled, *client, names) == literal, "compiled = literal");
  int asked = 0;
  const std::span<const Text> given(names);
  const auto lookup = [&asked, given] { return ++asked, given; };
  hold(decide_lazily(list, *client, lookup) == literal, "lazy = eager");
  hold(compiled.decide_lazily(*client, lookup) == literal, "compiled: lazy = eager");
  hold(asked == 2 * asks_for_names(list, *client), "asked if and only if AD-C7");
  return 0;
}
