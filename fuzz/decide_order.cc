// SPDX-License-Identifier: BSD-2-Clause
//
// Law: for verdict and step, decide(reverse(l)) = decide(l + l) = decide(l + blank) = decide(l) (AD-G1, G2);
// decide(l + none) = deny at step 2 (AD-2); on a list that has an entry, a further entry other than none
// never turns allow into deny, nor does a further name; the names matter if and only if they are asked for
// (AD-C7). Input: as access.h has it.
#include "fuzz/access.h"

namespace {

using namespace postern;

bool same(const Decision& a, const Decision& b) {
  return a.verdict == b.verdict && a.step == b.step;
}

std::vector<Entry> with(std::vector<Entry> list, std::string_view value) {
  list.push_back(parse_entry(value));
  return list;
}

Decision decide_backwards(std::vector<Entry> list, const Client& client, std::span<const Text> names) {
#ifdef POSTERN_SEEDED_BUG
  if (list.size() > 2 && list.back().kind == kDomainName) list.pop_back();  // the last name is lost
#endif
  std::ranges::reverse(list);
  return decide(list, client, names);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto [list, client, names] = question_of(data, size);
  if (!client) return -1;
  const Decision made = decide(list, *client, names);
  hold(same(decide_backwards(list, *client, names), made), "order does not matter");
  std::vector<Entry> twice = list;
  twice.insert(twice.end(), list.begin(), list.end());
  hold(decide(twice, *client, names) == made, "duplicates do not matter");
  hold(same(decide(with(list, " "), *client, names), made), "a blank value does not matter");
  hold(decide(with(list, "NONE"), *client, names).step == Step::kNone, "none denies");
  std::vector<Text> more = names;
  more.push_back(text("rome.dispatch.com"));
  hold(!made.allowed() || decide(list, *client, more).allowed(), "a further name takes nothing away");
  if (made.step != Step::kEmptyList && made.allowed()) {
    for (const char* value : {"0.0.0.0", "10.1.2.3", "::/0", "com", "a..b"})
      hold(decide(with(list, value), *client, names).allowed(), "a further entry takes nothing away");
  }
  const bool asks = asks_for_names(list, *client);
  hold(asks || decide(list, *client, {}) == made, "names that are not asked for do not matter");
  const size_t domain = kernel::first_of_kind(list.data(), list.size(), kDomainName);
  if (!asks) return 0;
  const std::vector<Text> witness = {list[domain].name};
  hold(decide(list, *client, witness).step == Step::kName, "names that are asked for can matter");
  return 0;
}
