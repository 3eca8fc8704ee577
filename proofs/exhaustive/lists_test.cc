// SPDX-License-Identifier: BSD-2-Clause
//
// Every list of at most three entries of a nasty alphabet, for every client and every set of names: the
// shipped decision and the model's, in every field (AD-1 to AD-5, AD-C1, AD-C2, AD-C5, AD-C7, AD-C8).
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "core/decide.h"
#include "proofs/oracle/oracle.h"

#if __has_include("core/compiled_access_list.h")
#include "core/compiled_access_list.h"
#define POSTERN_HAS_COMPILED 1
#else
#define POSTERN_HAS_COMPILED 0
#endif

// Another length is for who has less time: the mutants.
#ifndef POSTERN_LONGEST_LIST
#define POSTERN_LONGEST_LIST 3
#endif

namespace postern {
namespace {

using Texts = std::vector<std::string_view>;

// Spaces, wildcards in every place, near misses, both families, names with and without the boundary.
constexpr std::array<std::string_view, 24> kEntries = {" \t",
                                                       "none",
                                                       "NoNe ",
                                                       "none.",
                                                       "0.0.0.0",
                                                       "10.0.0.1",
                                                       "10.20.30.0",
                                                       "0.20.0.40",
                                                       "10.20.30.40",
                                                       "255.255.255.255",
                                                       "010.20.30.40",
                                                       "::/0",
                                                       "2001:db8::/32",
                                                       "2001:db8::1",
                                                       "::1.2.3.4",
                                                       "::ffff:0:0/96",
                                                       "test",
                                                       "dispatch.test",
                                                       "DISPATCH.TEST.",
                                                       "ispatch.test",
                                                       ".dispatch.test",
                                                       "*.test",
                                                       "x.none",
                                                       "rome.dispatch.test"};

constexpr std::array<std::string_view, 60> kClients = {"0.0.0.0",
                                                       "0.0.0.1",
                                                       "10.0.0.0",
                                                       "10.0.0.1",
                                                       "10.0.0.2",
                                                       "10.0.7.1",
                                                       "10.7.0.1",
                                                       "10.7.9.1",
                                                       "11.0.0.1",
                                                       "10.20.30.0",
                                                       "10.20.30.1",
                                                       "10.20.30.39",
                                                       "10.20.30.40",
                                                       "10.20.30.41",
                                                       "10.20.30.255",
                                                       "10.20.31.40",
                                                       "10.21.30.40",
                                                       "11.20.30.40",
                                                       "40.30.20.10",
                                                       "9.20.9.40",
                                                       "255.20.255.40",
                                                       "1.20.1.41",
                                                       "1.2.3.4",
                                                       "1.2.0.3",
                                                       "8.20.30.40",
                                                       "4.3.2.1",
                                                       "127.0.0.1",
                                                       "254.255.255.255",
                                                       "255.255.255.254",
                                                       "255.255.255.255",
                                                       "::ffff:10.0.0.1",
                                                       "::ffff:10.20.30.40",
                                                       "::ffff:0:0",
                                                       "::ffff:ffff:ffff",
                                                       "::FFFF:A14:1E28",
                                                       "::ffff:1.2.3.4",
                                                       "::",
                                                       "::1",
                                                       "::1.2.3.4",
                                                       "::10.20.30.40",
                                                       "::102:305",
                                                       "::fffe:10.20.30.40",
                                                       "::1:ffff:a14:1e28",
                                                       "0:0:0:0:ffff::",
                                                       "2001:db8::",
                                                       "2001:db8::1",
                                                       "2001:db8::2",
                                                       "2001:DB8:0:0:0:0:0:1",
                                                       "2001:db8::8001",
                                                       "2001:db8:8000::1",
                                                       "2001:db9::1",
                                                       "2001:db7:ffff::1",
                                                       "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
                                                       "2002:a14:1e28::",
                                                       "64:ff9b::10.20.30.40",
                                                       "2001:0:a14:1e28::",
                                                       "fe80::1",
                                                       "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
                                                       "a14:1e28::",
                                                       "8000::"};

const std::array<Texts, 5> kNames = {Texts{}, Texts{"rome.dispatch.test."},
                                     Texts{"10.20.30.40", "Dispatch.Test"},
                                     Texts{"none", "rome..dispatch.test", "test", "rome.dispatch.test"},
                                     Texts{"x.none", "2001:db8::1", "-a.dispatch.test", "evildispatch.test"}};

struct Tally {
  unsigned long lists = 0;
  unsigned long decisions = 0;
  unsigned long allowed = 0;
  std::array<unsigned long, 6> at_step = {};
};

std::string described(const Texts& list, std::string_view ip, const Texts& names) {
  std::string text = "list";
  for (const std::string_view value : list) text += " '" + std::string(value) + "'";
  text += " ip " + std::string(ip) + " names";
  for (const std::string_view name : names) text += " '" + std::string(name) + "'";
  return text;
}

oracle::Answer answer_of(const Decision& decision, bool asks) {
  return {decision.allowed(), static_cast<int>(decision.step), decision.entry, decision.name, asks};
}

// Held: one list, parsed once by the code; the model parses it anew each time.
class Held {
 public:
  explicit Held(const Texts& values)
      : values_(values),
        entries_(parsed(values))
#if POSTERN_HAS_COMPILED
        ,
        compiled_(entries_)
#endif
  {
  }

  // AD-G7: the malformed entries, why and where.
  void check_malformed() const {
    const std::vector<oracle::Malformed> expected = oracle::malformed(values_);
    std::size_t met = 0;
    for_each_malformed(entries_, [&](std::size_t at, Fault fault) {
      ASSERT_LT(met, expected.size());
      EXPECT_EQ(at, expected[met].entry);
      EXPECT_EQ(why_code(fault.why), expected[met].why);
      EXPECT_EQ(fault.offset, expected[met].offset);
      ++met;
    });
    ASSERT_EQ(met, expected.size()) << described(values_, "", {});
  }

  void check(std::string_view ip, const Texts& names, const std::vector<Text>& texts, Tally& tally) const {
    const std::optional<Client> client = parse_client(ip);
    const std::optional<oracle::Answer> expected = oracle::decide(values_, ip, names);
    ASSERT_TRUE(client && expected) << ip;
    const bool asks = asks_for_names(entries_, *client);
    ASSERT_EQ(answer_of(decide(entries_, *client, texts), asks), *expected) << described(values_, ip, names);
    const Decision lazy = decide_lazily(entries_, *client, [&] { return std::span<const Text>(texts); });
    ASSERT_EQ(answer_of(lazy, asks), *expected) << "lazily: " << described(values_, ip, names);
#if POSTERN_HAS_COMPILED
    ASSERT_EQ(answer_of(compiled_.decide(*client, texts), compiled_.asks_for_names(*client)), *expected)
        << "compiled: " << described(values_, ip, names);
#endif
    ++tally.decisions;
    ++tally.at_step.at(static_cast<std::size_t>(expected->step));
    if (expected->allowed) ++tally.allowed;
  }

 private:
  static std::vector<Entry> parsed(const Texts& values) {
    std::vector<Entry> entries;
    for (const std::string_view value : values) entries.push_back(parse_entry(value));
    return entries;
  }

  Texts values_;
  std::vector<Entry> entries_;
#if POSTERN_HAS_COMPILED
  CompiledAccessList compiled_;
#endif
};

std::vector<Text> texts_of(const Texts& names) {
  std::vector<Text> texts;
  for (const std::string_view name : names) texts.push_back(text(name));
  return texts;
}

void check_list(const Texts& values, Tally& tally) {
  static const std::array<std::vector<Text>, kNames.size()> kTexts = {
      texts_of(kNames[0]), texts_of(kNames[1]), texts_of(kNames[2]), texts_of(kNames[3]),
      texts_of(kNames[4])};
  const Held held(values);
  held.check_malformed();
  ++tally.lists;
  for (const std::string_view ip : kClients) {
    for (std::size_t i = 0; i < kNames.size(); ++i) {
      held.check(ip, kNames[i], kTexts[i], tally);
      if (::testing::Test::HasFatalFailure()) return;
    }
  }
}

void check_lists_from(Texts& begin, std::size_t most, Tally& tally) {
  check_list(begin, tally);
  if (begin.size() == most || ::testing::Test::HasFatalFailure()) return;
  for (const std::string_view value : kEntries) {
    begin.push_back(value);
    check_lists_from(begin, most, tally);
    begin.pop_back();
  }
}

TEST(Exhaustive, EveryListOfThreeDecidesAsTheModel) {
  Tally tally;
  Texts list;
  check_lists_from(list, POSTERN_LONGEST_LIST, tally);
  std::printf(
      "ledger: exhaustive lists: %lu lists, %lu decisions, %lu allowed; steps 1-5: %lu %lu %lu %lu %lu; %s\n",
      tally.lists, tally.decisions, tally.allowed, tally.at_step[1], tally.at_step[2], tally.at_step[3],
      tally.at_step[4], tally.at_step[5],
      POSTERN_HAS_COMPILED ? "literal, lazy and compiled" : "literal and lazy");
  EXPECT_EQ(tally.lists, 1u + 24 + 24 * 24 + (POSTERN_LONGEST_LIST < 3 ? 0 : 24 * 24 * 24));
  EXPECT_EQ(tally.decisions, tally.lists * 60 * 5);
}

}  // namespace
}  // namespace postern
