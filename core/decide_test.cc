// SPDX-License-Identifier: BSD-2-Clause
//
// What the rows of the spec table cannot say of decide: how often names are asked for, and that nothing is
// allocated. The verdicts themselves are rows (conformance/spec).
#include "core/decide.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <new>
#include <string_view>
#include <vector>

namespace {
std::size_t allocations = 0;
}  // namespace

void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

namespace postern {
namespace {

constexpr Text kRome[] = {text("rome.dispatch.com")};
const Client kClient = *parse_client("128.123.45.22");

std::vector<Entry> list_of(std::initializer_list<std::string_view> values) {
  std::vector<Entry> list;
  for (const std::string_view value : values) list.push_back(parse_entry(value));
  return list;
}

struct Asked {
  Decision decision;
  int times;
};

Asked decide_and_count(const std::vector<Entry>& list) {
  int times = 0;
  const Decision decision = decide_lazily(list, kClient, [&]() -> std::span<const Text> {
    ++times;
    return kRome;
  });
  return {decision, times};
}

// AD-5: what was not decided is no allow.
TEST(Decide, UndecidedIsDenied) {
  Decision decision;
  EXPECT_EQ(decision.verdict, Verdict::kDeny);
  EXPECT_EQ(decision.step, Step::kNoMatch);
}

// AD-C7: asked only if no `none`, no address match and at least one domain name; then once.
TEST(DecideLazily, AsksOnlyIfTheVerdictDependsOnIt) {
  EXPECT_EQ(decide_and_count(list_of({})).times, 0);
  EXPECT_EQ(decide_and_count(list_of({" "})).times, 0);
  EXPECT_EQ(decide_and_count(list_of({"dispatch.com", "none"})).times, 0);
  EXPECT_EQ(decide_and_count(list_of({"dispatch.com", "128.123.45.0"})).times, 0);
  EXPECT_EQ(decide_and_count(list_of({"128.123.46.0"})).times, 0);
  EXPECT_EQ(decide_and_count(list_of({".dispatch.com"})).times, 0);
  EXPECT_EQ(decide_and_count(list_of({"dispatch.com"})).times, 1);
  EXPECT_EQ(decide_and_count(list_of({"a.com", "b.com", "128.123.46.0"})).times, 1);
}

// AD-C7: being lazy changes no answer, over every list of at most three of these entries.
TEST(DecideLazily, GivesTheSameAnswer) {
  const std::string_view values[] = {"",          "none", "128.123.45.0", "1.2.3.4", "dispatch.com",
                                     "csusj.edu", ".bad", "::/0"};
  for (const std::string_view a : values) {
    for (const std::string_view b : values) {
      for (const std::string_view c : values) {
        const std::vector<Entry> list = list_of({a, b, c});
        EXPECT_EQ(decide_and_count(list).decision, decide(list, kClient, kRome));
      }
    }
  }
}

// No allocation while parsing an entry or deciding.
TEST(Decide, AllocatesNothing) {
  const std::vector<Entry> list =
      list_of({"sunnyvale.dispatch.com", "1.2.3.0", ".bad", "dispatch.com", "2001:db8::/32"});
  const std::size_t before = allocations;
  const Decision decision = decide(list, kClient, kRome);
  const Entry entry = parse_entry("128.123.45.0/24");
  const std::size_t after = allocations;
  EXPECT_EQ(decision.entry, 3U);
  EXPECT_EQ(entry.kind, kMalformed);
  EXPECT_EQ(after, before);
}

// AD-G2, AD-1: blanks are no entries; anything else is, whatever it is worth.
TEST(Decide, BlanksAreNoEntries) {
  EXPECT_EQ(decide(list_of({"", " \t"}), kClient, {}), (Decision{Verdict::kAllow, Step::kEmptyList, {}, {}}));
  EXPECT_EQ(decide(list_of({"", ".bad"}), kClient, {}), (Decision{Verdict::kDeny, Step::kNoMatch, {}, {}}));
}

// AD-G8: the malformed entries of a list, by their positions.
TEST(Decide, MalformedEntriesAreNamed) {
  const std::vector<Entry> list = list_of({"", "128.123.45", "ok.com", ".bad"});
  std::vector<std::pair<std::size_t, Why>> found;
  for_each_malformed(list, [&](std::size_t entry, Fault fault) { found.emplace_back(entry, fault.why); });
  EXPECT_EQ(found, (std::vector<std::pair<std::size_t, Why>>{{1, kShortForm}, {3, kLeadingDot}}));
}

}  // namespace
}  // namespace postern
