// SPDX-License-Identifier: BSD-2-Clause
// A row of access_domain.json for the compiler: spec-gen writes one static_assert per row with it.
#ifndef POSTERN_CONFORMANCE_SPEC_ROW_HOLDS_H_
#define POSTERN_CONFORMANCE_SPEC_ROW_HOLDS_H_

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

#include "core/decide.h"

namespace postern::conformance {

// ExpectedFault: entry number `entry` is malformed, for the reason `why`.
struct ExpectedFault {
  std::size_t entry;
  Why why;
  friend constexpr bool operator==(const ExpectedFault&, const ExpectedFault&) = default;
};

template <std::size_t kEntries, std::size_t kNames, std::size_t kFaults>
struct ExpectedRow {
  std::array<std::string_view, kEntries> list;
  std::string_view ip;
  std::array<std::string_view, kNames> names;
  Decision decision;
  std::array<ExpectedFault, kFaults> malformed;
};

// malformed_are: the malformed entries of `list` are exactly `expected`, in order (AD-G7, AD-G8).
constexpr bool malformed_are(std::span<const Entry> list, std::span<const ExpectedFault> expected) {
  std::size_t met = 0;
  bool equal = true;
  for_each_malformed(list, [&](std::size_t entry, Fault fault) {
    equal = equal && met < expected.size() && expected[met] == ExpectedFault{entry, fault.why};
    ++met;
  });
  return equal && met == expected.size();
}

// may_ask: AD-C7 by the row alone: steps 1 to 3 need no names, and without a domain name there is nothing to
// ask for.
constexpr bool may_ask(std::span<const Entry> list, Step step) {
  if (step != Step::kName && step != Step::kNoMatch) return false;
  for (const Entry& entry : list)
    if (entry.kind == kDomainName) return true;
  return false;
}

// row_holds: verdict, step, entry, name and malformed entries are the expected ones, and lazily the same.
template <std::size_t kEntries, std::size_t kNames, std::size_t kFaults>
constexpr bool row_holds(const ExpectedRow<kEntries, kNames, kFaults>& row) {
  std::array<Entry, kEntries> list = {};
  for (std::size_t i = 0; i < kEntries; ++i) list[i] = parse_entry(row.list[i]);
  std::array<Text, kNames> names = {};
  for (std::size_t i = 0; i < kNames; ++i) names[i] = text(row.names[i]);
  const auto client = parse_client(row.ip);
  if (!client) return false;
  int asked = 0;
  const auto look_up = [&]() -> std::span<const Text> {
    ++asked;
    return names;
  };
  return decide(list, *client, names) == row.decision &&
         decide_lazily(list, *client, look_up) == row.decision &&
         asked == (may_ask(list, row.decision.step) ? 1 : 0) && malformed_are(list, row.malformed);
}

}  // namespace postern::conformance

#endif  // POSTERN_CONFORMANCE_SPEC_ROW_HOLDS_H_
