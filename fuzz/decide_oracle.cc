// SPDX-License-Identifier: BSD-2-Clause
//
// Law: decide(l, c, n) = oracle(l, c, n) in every field, where oracle is the Coq model, extracted
// (proofs/oracle), which reads list, client and names itself; and the same for what is malformed, why, and
// where. Input: as access.h has it, the address as text.
#include <string_view>
#include <vector>

#include "fuzz/access.h"
#include "proofs/oracle/oracle.h"

// The heap of the oracle is never given back.
extern "C" const char* __asan_default_options() {
  return "detect_leaks=0";
}

namespace {

using namespace postern;

oracle::Answer answer_of(std::span<const Entry> list, const Client& client, std::span<const Text> names) {
  const Decision made = decide(list, client, names);
  oracle::Answer answer = {made.allowed(), static_cast<int>(made.step), made.entry, made.name,
                           asks_for_names(list, client)};
#ifdef POSTERN_SEEDED_BUG
  if (answer.name == 1) answer.name = 0;  // the first name's, whichever it was
#endif
  return answer;
}

std::vector<std::string_view> lines(std::string_view text) {
  std::vector<std::string_view> found;
  while (!text.empty()) found.push_back(cut(text, '\n'));
  return found;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view rest = octets_of(data, size);
  const std::vector<std::string_view> values = lines(cut(rest, '\0'));
  const std::string_view address = cut(rest, '\0');
  const std::vector<std::string_view> hosts = lines(rest);
  const auto client = parse_client(address);
  const auto answer = oracle::decide(values, address, hosts);
  hold(client.has_value() == answer.has_value(), "both read the address, or neither");
  std::vector<Entry> list;
  std::vector<Text> names;
  for (const std::string_view value : values) list.push_back(parse_entry(value));
  for (const std::string_view host : hosts) names.push_back(text(host));
  if (client) hold(answer_of(list, *client, names) == *answer, "decide = oracle");
  const std::vector<oracle::Malformed> malformed = oracle::malformed(values);
  size_t at = 0;
  for_each_malformed(list, [&](size_t entry, Fault fault) {
    hold(at < malformed.size() && malformed[at].entry == entry && malformed[at].why == why_code(fault.why) &&
             malformed[at].offset == fault.offset,
         "malformed, why and where");
    ++at;
  });
  hold(at == malformed.size(), "no more of them");
  return 0;
}
