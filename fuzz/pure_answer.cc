// SPDX-License-Identifier: BSD-2-Clause
//
// Law: parse(print(o)) = o for what a program answers in the pure layer, in every field; and nothing is
// thrown. Input: the answer.
#include "conformance/runner/pure_answer.h"
#include "conformance/spec/octets.h"
#include "fuzz/law.h"

namespace {

using namespace postern::conformance;
using nlohmann::json;

constexpr std::string_view kRow = "r";

json print(const Observation& o) {
  json answer{{"id", kRow}, {"verdict", o.allow ? "allow" : "deny"}};
  if (o.step) answer["step"] = *o.step;
  if (o.entry) answer["entry"] = *o.entry;
  if (o.name) answer["name"] = octets_to_json(*o.name);
  if (o.malformed) answer["malformed"] = json::array();
  for (const Malformed& m : o.malformed.value_or(std::vector<Malformed>()))
    answer["malformed"].push_back({{"entry", m.entry}, {"why", m.why}});
#ifdef POSTERN_SEEDED_BUG
  if (o.entry) answer["entry"] = *o.entry % 65536;
#endif
  return answer;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const Outcome outcome = parse_pure_answer(octets_of(data, size), kRow);
  if (outcome.kind != Outcome::Kind::kObserved) {
    hold(outcome.kind == Outcome::Kind::kUnimplemented || !outcome.detail.empty(), "a refusal has its words");
    return 0;
  }
  const Observation& said = outcome.observation;
  const Outcome again = parse_pure_answer(print(said).dump(), kRow);
  const Observation& same = again.observation;
  hold(again.kind == Outcome::Kind::kObserved && same.allow == said.allow, "the verdict");
  hold(same.step == said.step && same.entry == said.entry, "numbers");
  hold(same.name == said.name && same.malformed == said.malformed, "texts");
  return 0;
}
