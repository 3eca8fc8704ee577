// SPDX-License-Identifier: BSD-2-Clause
//
// Law: CompiledAccessList(list).decide(client, names) = decide(list, client, names), in every field; and
// lazily = eagerly for both, with the look-up made if and only if AD-C7 says so. Input: the list, one value
// per line, NUL, the address (text, or 4 or 16 octets), NUL, the names, one per line.
#include <algorithm>
#include <optional>
#include <vector>

#include "core/compiled_access_list.h"
#include "core/decide.h"
#include "fuzz/law.h"

namespace {

using namespace postern;

std::optional<Client> client_of(std::string_view octets) {
  if (const std::optional<Client> client = parse_client(octets)) return client;
  Ipv6Address address{};
  if (octets.size() != 4 && octets.size() != 16) return std::nullopt;
  std::ranges::copy(octets, address.begin());
  if (octets.size() == 16) return Client::ipv6(address);
  return Client::ipv4({address[0], address[1], address[2], address[3]});
}

Decision compiled_decide(const CompiledAccessList& compiled, const Client& client,
                         std::span<const Text> names) {
#ifdef POSTERN_SEEDED_BUG
  if (client.is_ipv6() && names.size() > 1) names = names.first(1);  // only the first name counts
#endif
  return compiled.decide(client, names);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view rest = octets_of(data, size);
  std::vector<Entry> list;
  for (std::string_view text = cut(rest, '\0'); !text.empty();) list.push_back(parse_entry(cut(text, '\n')));
  const std::optional<Client> client = client_of(cut(rest, '\0'));
  if (!client) return -1;
  std::vector<Text> names;
  while (!rest.empty()) names.push_back(text(cut(rest, '\n')));

  const CompiledAccessList compiled(list);
  const Decision literal = decide(list, *client, names);
  hold(compiled_decide(compiled, *client, names) == literal, "decide_literal_compiled", "compiled = literal");
  int asked = 0;
  const auto lookup = [&] { return ++asked, std::span<const Text>(names); };
  hold(decide_lazily(list, *client, lookup) == literal, "decide_literal_compiled", "lazy = eager");
  hold(compiled.decide_lazily(*client, lookup) == literal, "decide_literal_compiled",
       "compiled: lazy = eager");
  hold(asked == 2 * asks_for_names(list, *client), "decide_literal_compiled", "asked if and only if AD-C7");
  return 0;
}
