// SPDX-License-Identifier: BSD-2-Clause
//
// One law for each code, on every list of at most three entries: what lint says of a list, decide does.
#include "core/lint.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "core/decide.h"

namespace postern {
namespace {

using List = std::vector<Entry>;

constexpr std::string_view kValues[] = {
    "",         "none",         "NONE ",         "0.0.0.0",           "10.0.0.0",
    "10.1.2.0", "10.0.2.0",     "10.0.0.7",      "10.1.2.7",          "0.1.2.7",
    "1.2.3",    "::/0",         "2001:db8::/32", "2001:db8::7",       "2001:db8::",
    "com",      "dispatch.com", "Dispatch.COM.", "rome.dispatch.com", "evildispatch.com"};

constexpr std::string_view kAddresses[] = {"10.1.2.7",   "10.1.2.8",    "10.9.2.7", "10.9.9.7",
                                           "10.9.2.9",   "11.1.2.7",    "1.1.1.1",  "2001:db8::7",
                                           "2001:db8::", "2001:db8::8", "fe80::1"};

constexpr std::string_view kNames[] = {"x.com", "dispatch.com", "rome.dispatch.com", "evildispatch.com",
                                       "a.test"};

List list_of(std::initializer_list<std::string_view> values) {
  List list;
  for (const std::string_view value : values) list.push_back(parse_entry(value));
  return list;
}

std::vector<LintFinding> findings(const List& list) {
  std::vector<LintFinding> found;
  lint(list, [&](const LintFinding& finding) { found.push_back(finding); });
  return found;
}

bool says(const List& list, LintCode code) {
  for (const LintFinding& finding : findings(list)) {
    if (finding.code == code) return true;
  }
  return false;
}

// for_each_small_list visits every list of at most three of kValues.
void for_each_small_list(auto visit, List list = {}) {
  visit(list);
  if (list.size() == 3) return;
  for (const std::string_view value : kValues) {
    list.push_back(parse_entry(value));
    for_each_small_list(visit, list);
    list.pop_back();
  }
}

// for_each_client visits every client with each one name, and with none.
void for_each_client(auto visit) {
  for (const std::string_view address : kAddresses) {
    const Client client = parse_client(address).value();
    visit(client, std::span<const Text>());
    for (const std::string_view name : kNames) {
      const Text one = text(name);
      visit(client, std::span<const Text>(&one, 1));
    }
  }
}

bool has_none(const List& list) {
  return kernel::first_of_kind(list.data(), list.size(), kNone) < list.size();
}

// kMalformed, kCovered: without the entry every client is answered alike, as long as the list is not empty.
bool has_no_effect(const List& list, std::size_t entry) {
  List without = list;
  without[entry] = parse_entry("*");  // keeps the list from being empty, admits nobody
  bool same = true;
  for_each_client([&](const Client& client, std::span<const Text> names) {
    same = same && decide(list, client, names).allowed() == decide(without, client, names).allowed();
  });
  return same;
}

bool everyone_of_its_family_is_allowed(const List& list, std::size_t entry) {
  bool all = true;
  for_each_client([&](const Client& client, std::span<const Text> names) {
    if (client.is_ipv6() == (list[entry].kind == kIpv6Prefix))
      all = all && decide(list, client, names).allowed();
  });
  return all;
}

// kHostZeroOctet, kInnerWildcard: two addresses that differ before the last number that is not 0, both
// admitted.
bool admits_scattered_hosts(const Entry& entry) {
  std::uint8_t address[16] = {};
  for (std::size_t i = 0; i < 4; ++i) address[i] = entry.address[i];
  std::size_t zero = 0;
  while (address[zero] != 0) ++zero;
  std::uint8_t other[16] = {};
  for (std::size_t i = 0; i < 4; ++i) other[i] = address[i];
  other[zero] = 99;
  return zero < 3 && kernel::pattern_matches(entry.address, address) &&
         kernel::pattern_matches(entry.address, other);
}

bool holds(const List& list, const LintFinding& finding) {
  const Entry& entry = list[finding.entry];
  switch (finding.code) {
    case LintCode::kMalformed:
      return entry.kind == kMalformed && has_no_effect(list, finding.entry);
    case LintCode::kHostZeroOctet:
      return admits_scattered_hosts(entry) && entry.address[3] != 0;
    case LintCode::kInnerWildcard:
      return admits_scattered_hosts(entry) && entry.address[3] == 0;
    case LintCode::kEveryone:
      return has_none(list) || everyone_of_its_family_is_allowed(list, finding.entry);
    case LintCode::kNoneAmongOthers:
      return decide(list, Client::ipv4({10, 1, 2, 7}), {}).step == Step::kNone;
    case LintCode::kTopLevelDomain: {
      const std::string host = "host." + std::string(view(entry.name));
      const Text name = text(host);
      return has_none(list) || decide(list, Client::ipv4({192, 0, 2, 1}), {&name, 1}).allowed();
    }
    case LintCode::kCovered:
      return finding.other != finding.entry && has_no_effect(list, finding.entry);
    case LintCode::kOnlyEntry: {
      List without = list;
      without[finding.entry] = parse_entry("");
      return decide(without, Client::ipv4({192, 0, 2, 1}), {}).step == Step::kEmptyList;  // AD-1
    }
    case LintCode::kNameLookup:
      return !has_none(list);
  }
  return false;
}

TEST(Lint, NeverContradictsDecide) {
  std::size_t checked = 0;
  for_each_small_list([&](const List& list) {
    for (const LintFinding& finding : findings(list)) {
      ++checked;
      ASSERT_TRUE(holds(list, finding)) << lint_text(finding.code).code << " of entry " << finding.entry;
    }
  });
  EXPECT_GT(checked, 10000U);
}

// The other direction, where decide can tell: nothing of the kind goes unsaid.
TEST(Lint, SaysWhatDecideShows) {
  for_each_small_list([&](const List& list) {
    bool asked = false;
    for_each_client(
        [&](const Client& client, std::span<const Text>) { asked = asked || asks_for_names(list, client); });
    ASSERT_TRUE(!asked || says(list, LintCode::kNameLookup));  // AD-C7
    bool malformed = false;
    for_each_malformed(list, [&](std::size_t, Fault) { malformed = true; });
    ASSERT_EQ(says(list, LintCode::kMalformed), malformed);  // AD-G8
  });
}

TEST(Lint, FindsEachCode) {
  using F = std::vector<LintFinding>;
  EXPECT_EQ(findings(list_of({"10.1.2.0", "10.1.3.7"})), F());
  EXPECT_EQ(findings(list_of({"1.2.3", "10.1.2.0"})), (F{{LintCode::kMalformed, 0, 0}}));
  EXPECT_EQ(findings(list_of({"10.0.0.1", "9.1.0.0"})), (F{{LintCode::kHostZeroOctet, 0, 0}}));
  EXPECT_EQ(findings(list_of({"9.1.0.0", "10.0.1.0"})), (F{{LintCode::kInnerWildcard, 1, 1}}));
  EXPECT_EQ(findings(list_of({"0.0.0.0", "::/0"})),
            (F{{LintCode::kEveryone, 0, 0}, {LintCode::kEveryone, 1, 1}}));
  EXPECT_EQ(findings(list_of({"none", "10.1.2.3"})), (F{{LintCode::kNoneAmongOthers, 0, 0}}));
  EXPECT_EQ(findings(list_of({"com", "10.1.2.3"})),
            (F{{LintCode::kTopLevelDomain, 0, 0}, {LintCode::kNameLookup, 0, 0}}));
  EXPECT_EQ(findings(list_of({"10.1.2.3", "", "10.1.2.0"})), (F{{LintCode::kCovered, 0, 2}}));
  EXPECT_EQ(findings(list_of({"10.1.2.3", "10.1.2.3"})), (F{{LintCode::kCovered, 1, 0}}));
  EXPECT_EQ(findings(list_of({"2001:db8::7", "2001:db8::/32"})), (F{{LintCode::kCovered, 0, 1}}));
  EXPECT_EQ(findings(list_of({"2001:db8::/32", "2001:db8::/32"})), (F{{LintCode::kCovered, 1, 0}}));
  EXPECT_EQ(findings(list_of({"dispatch.com", "rome.dispatch.com"})),
            (F{{LintCode::kNameLookup, 0, 0}, {LintCode::kCovered, 1, 0}}));
  EXPECT_EQ(findings(list_of({"", "none"})), (F{{LintCode::kOnlyEntry, 1, 1}}));
}

// What looks like a finding and is none: a prefix has no wildcards, ::/1 is not everyone, two labels are no
// top.
TEST(Lint, FindsNothingElse) {
  using F = std::vector<LintFinding>;
  EXPECT_EQ(findings(list_of({"2001:5::/32", "10.1.2.3"})), F());
  EXPECT_EQ(findings(list_of({"2000:100::/32", "10.1.2.3"})), F());
  EXPECT_EQ(findings(list_of({"::/1", "10.1.2.3"})), F());
  EXPECT_EQ(findings(list_of({"dispatch.com", "10.1.2.3"})), (F{{LintCode::kNameLookup, 0, 0}}));
  EXPECT_EQ(findings(list_of({"0.1.2.7", "10.1.3.9"})), (F{{LintCode::kHostZeroOctet, 0, 0}}));
}

// AD-C7: where both families are let in, no client is asked for its names.
TEST(Lint, SaysNothingOfNamesWhereEveryoneIsLetIn) {
  EXPECT_TRUE(says(list_of({"a.com", "0.0.0.0"}), LintCode::kNameLookup));
  EXPECT_TRUE(says(list_of({"a.com", "::/0"}), LintCode::kNameLookup));
  EXPECT_FALSE(says(list_of({"a.com", "0.0.0.0", "::/0"}), LintCode::kNameLookup));
}

// AD-2: a second `none` has no effect.
TEST(Lint, NoneCoversNone) {
  EXPECT_TRUE(says(list_of({"none", "NONE"}), LintCode::kCovered));
}

// covers(wide, narrow) is "each client that narrow admits, wide admits".
TEST(Covers, AgreesWithDecide) {
  for (const std::string_view wide : kValues) {
    for (const std::string_view narrow : kValues) {
      const List both[] = {list_of({wide, "*"}), list_of({narrow, "*"})};
      if (!covers(both[0][0], both[1][0])) continue;
      for_each_client([&](const Client& client, std::span<const Text> names) {
        EXPECT_TRUE(!decide(both[1], client, names).allowed() || decide(both[0], client, names).allowed())
            << wide << " covers " << narrow;
      });
    }
  }
}

}  // namespace
}  // namespace postern
