// SPDX-License-Identifier: BSD-2-Clause
//
// One law: CompiledAccessList::decide = decide, in every field, eager and lazy. First for every small list,
// then for random and for large ones.
#include "core/compiled_access_list.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <array>
#include <cstdlib>
#include <new>
#include <random>
#include <string>
#include <vector>

namespace {

std::size_t allocations = 0;
std::size_t allocated = 0;  // octets, ever

void* counted(void* memory, std::size_t size) {
  if (memory == nullptr) throw std::bad_alloc();
  ++allocations;
  allocated += size;
  return memory;
}

}  // namespace

void* operator new(std::size_t size) {
  return counted(std::malloc(size), size);
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  const std::size_t unit = static_cast<std::size_t>(alignment);
  return counted(std::aligned_alloc(unit, (size + unit - 1) / unit * unit), size);
}
// Not put where they are called: g++ would not see that these belong together.
[[gnu::noinline]] void operator delete(void* memory) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::align_val_t) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
  std::free(memory);
}

namespace postern {
namespace {

using Strings = std::vector<std::string>;

std::vector<Entry> parse_list(const Strings& values) {
  std::vector<Entry> list;
  for (const std::string& value : values) list.push_back(parse_entry(value));
  return list;
}

std::vector<Text> texts(const Strings& values) {
  std::vector<Text> names;
  for (const std::string& value : values) names.push_back(text(value));
  return names;
}

std::vector<Client> clients(const Strings& values) {
  std::vector<Client> parsed;
  for (const std::string& value : values) parsed.push_back(parse_client(value).value());
  return parsed;
}

// The law, for one question. False: broken.
bool agrees(const CompiledAccessList& compiled, std::span<const Entry> list, const Client& client,
            std::span<const Text> names) {
  const Decision literal = decide(list, client, names);
  int asked = 0;
  const Decision lazy = compiled.decide_lazily(client, [&] {
    ++asked;
    return names;
  });
  return compiled.decide(client, names) == literal && lazy == literal &&
         asked == static_cast<int>(asks_for_names(list, client));  // AD-C7
}

// ---- Every list of at most three of these entries, every client, every set of names --------------------

const Strings kEntries = {"",
                          "none",
                          "None ",
                          "none.",
                          "0.0.0.0",
                          "10.0.0.0",
                          "0.0.0.7",
                          "10.0.2.0",
                          "10.1.2.7",
                          "10.1.0.7",
                          "0.1.2.0",
                          "255.255.255.255",
                          "10.1.2",
                          "::/0",
                          "2001:db8::/32",
                          "2001:db8::7",
                          "8000::/1",
                          "com",
                          "dispatch.com",
                          "DISPATCH.com.",
                          "rome.dispatch.com",
                          "evildispatch.com",
                          "atch.com",
                          "a-.com",
                          "a_b.m"};

const Strings kClients = {"10.1.2.7",
                          "10.1.2.8",
                          "10.1.3.7",
                          "10.2.2.7",
                          "11.1.2.7",
                          "10.0.0.0",
                          "10.0.2.7",
                          "10.1.0.7",
                          "10.1.2.0",
                          "0.1.2.7",
                          "0.0.0.0",
                          "0.0.0.7",
                          "255.255.255.255",
                          "255.255.255.254",
                          "7.2.1.10",
                          "1.1.2.1",
                          "1.1.2.7",
                          "10.10.2.10",
                          "10.1.1.1",
                          "127.0.0.1",
                          "::ffff:10.1.2.7",
                          "::ffff:0.0.0.0",
                          "::ffff:11.1.2.7",
                          "::10.1.2.7",
                          "::",
                          "::1",
                          "2001:db8::",
                          "2001:db8::7",
                          "2001:db8::8",
                          "2001:db9::7",
                          "2001:db7:ffff::",
                          "2001:db8:ffff::7",
                          "7fff::",
                          "8000::",
                          "ffff::",
                          "fe80::7",
                          "2002:a01:207::",
                          "64:ff9b::a01:207",
                          "a01:207::",
                          "::fffe:10.1.2.7"};

const std::vector<Strings> kNameSets = {
    {},
    {"rome.dispatch.com"},
    {"Dispatch.Com."},
    {"evildispatch.com", "x.rome.dispatch.com"},
    {"-x.dispatch.com", "10.1.2.7", "m", "x.a_b.m"},
    {".com", "com..", "", "."},
    {"none", "com"},
    {"rome.dispatch.com.dispatch.comx", std::string("dispatch\0com", 12)}};

TEST(CompiledAccessList, EqualsDecideOnEverySmallList) {
  ASSERT_GE(kEntries.size(), 20U);
  const std::vector<Client> all_clients = clients(kClients);
  ASSERT_GE(all_clients.size(), 40U);
  std::vector<std::vector<Text>> all_names;
  for (const Strings& names : kNameSets) all_names.push_back(texts(names));

  const std::size_t base = kEntries.size() + 1;  // the last digit stands for no entry
  for (std::size_t code = 0; code < base * base * base; ++code) {
    Strings values;
    for (const std::size_t digit : {code / base / base, code / base % base, code % base}) {
      if (digit < kEntries.size()) values.push_back(kEntries[digit]);
    }
    const std::vector<Entry> list = parse_list(values);
    const CompiledAccessList compiled(list);
    for (std::size_t c = 0; c < all_clients.size(); ++c) {
      for (const std::vector<Text>& names : all_names) {
        ASSERT_TRUE(agrees(compiled, list, all_clients[c], names))
            << testing::PrintToString(values) << " " << kClients[c] << " name set "
            << &names - all_names.data();
      }
    }
  }
}

// ---- Random lists: few different numbers and labels, so that everything meets everything ----------------

template <typename Random>
std::string random_pattern(Random& random) {
  std::string pattern;
  for (int place = 0; place < 4; ++place) {
    if (place > 0) pattern += '.';
    pattern += std::to_string(random() % 4 == 0 ? 0 : random() % 5);
  }
  return pattern;
}

template <typename Random>
std::string random_name(Random& random) {
  static const Strings kLabels = {"a", "b", "aa", "A", "a-b", "_", "xn--a", "0"};
  std::string name = kLabels[random() % 6];
  for (auto more = random() % 4; more > 0; --more) name = kLabels[random() % kLabels.size()] + "." + name;
  return random() % 8 == 0 ? name + "." : name;
}

template <typename Random>
std::string random_ipv6(Random& random) {
  static const Strings kAddresses = {"2001:db8::/32", "2001:db8::/33", "2001:db8::1",
                                     "2001:db8::2",   "::/0",          "fe80::/10"};
  return kAddresses[random() % kAddresses.size()];
}

template <typename Random>
std::string random_entry(Random& random) {
  switch (random() % 8) {
    case 0:
      return random_ipv6(random);
    case 1:
      return random() % 64 == 0 ? "none" : random() % 2 == 0 ? "" : "1.2.3";
    case 2:
    case 3:
    case 4:
      return random_pattern(random);
    default:
      return random_name(random);
  }
}

template <typename Random>
Client random_client(Random& random) {
  static const std::vector<Client> kIpv6 = clients({"2001:db8::1", "2001:db8:8000::", "::1", "fe80::2"});
  if (random() % 4 == 0) return kIpv6[random() % kIpv6.size()];
  const auto octet = [&] { return static_cast<std::uint8_t>(random() % 6); };
  return Client::ipv4({octet(), octet(), octet(), octet()});
}

RC_GTEST_PROP(CompiledAccessList, EqualsDecideOnRandomLists, (unsigned seed)) {
  std::mt19937 random(seed);
  Strings values(random() % 200);
  for (std::string& value : values) value = random_entry(random);
  const std::vector<Entry> list = parse_list(values);
  const CompiledAccessList compiled(list);
  for (int question = 0; question < 20; ++question) {
    Strings names(random() % 4);
    for (std::string& name : names) name = random_name(random);
    const Client client = random_client(random);
    RC_ASSERT(agrees(compiled, list, client, texts(names)));
  }
}

// ---- Large lists: groups overflow, the tables for pairs of octets exist ---------------------------------

std::string wide_pattern(std::mt19937& random) {
  std::string pattern = std::to_string(1 + random() % 40);
  for (int place = 1; place < 4; ++place) {
    pattern += "." + std::to_string(random() % 8 == 0 ? 0 : random() % 40);
  }
  return pattern;
}

Strings large_list(std::mt19937& random, std::size_t entries) {
  Strings values(entries);
  for (std::size_t i = 0; i < entries; ++i) {
    values[i] = i % 2 == 0 ? wide_pattern(random)
                           : "h" + std::to_string(random() % 50000) + "." + random_name(random);
  }
  return values;
}

#ifndef POSTERN_QUESTIONS  // proofs/mutation asks fewer: it runs this for each of many changes
#define POSTERN_QUESTIONS 1000
#endif

TEST(CompiledAccessList, EqualsDecideOnALargeList) {
  std::mt19937 random(1);
  const Strings values = large_list(random, 60000);
  const std::vector<Entry> list = parse_list(values);
  const CompiledAccessList compiled(list);
  int steps[6] = {};
  for (int question = 0; question < POSTERN_QUESTIONS; ++question) {
    const auto octet = [&] { return static_cast<std::uint8_t>(random() % (question % 2 == 0 ? 41 : 256)); };
    const Client client = Client::ipv4({octet(), octet(), octet(), octet()});
    const Strings names = {"x.h" + std::to_string(random() % 50000) + "." + random_name(random),
                           values[random() % 60000]};
    ASSERT_TRUE(agrees(compiled, list, client, texts(names))) << question;
    ++steps[static_cast<int>(decide(list, client, texts(names)).step)];
  }
  for (const Step step : {Step::kAddress, Step::kName})
    EXPECT_GT(steps[static_cast<int>(step)], POSTERN_QUESTIONS / 10);
}

// Names that differ only in one octet, at each place: no octet is left out of the hash or of the comparison.
TEST(CompiledAccessList, EveryOctetOfANameCounts) {
  const std::string name = "abcdefghij.klmnopqrst.uvwxyz0123";
  const std::vector<Entry> list = {parse_entry(name)};
  const CompiledAccessList compiled(list);
  const Client client = Client::ipv4({192, 0, 2, 1});
  EXPECT_TRUE(compiled.decide(client, texts({name})).allowed());
  for (std::size_t i = 0; i < name.size(); ++i) {
    std::string other = name;
    other[i] = '5';
    EXPECT_FALSE(compiled.decide(client, texts({other})).allowed()) << other;
  }
}

// AD-G6: the longest name that there is, and longer ones.
TEST(CompiledAccessList, LongNames) {
  const std::string label(63, 'a');
  const std::string longest = label + "." + label + "." + label + "." + std::string(61, 'b');
  const Strings values = {longest, longest.substr(192)};
  const std::vector<Entry> list = parse_list(values);
  const CompiledAccessList compiled(list);
  const Client client = Client::ipv4({192, 0, 2, 1});
  for (const std::string& name :
       {longest, longest + ".", "c" + longest, "c." + longest, std::string(100000, 'b')}) {
    EXPECT_TRUE(agrees(compiled, list, client, texts({name}))) << name.size();
  }
  EXPECT_TRUE(compiled.decide(client, texts({longest})).allowed());
  EXPECT_FALSE(compiled.decide(client, texts({"c." + longest})).allowed());
}

TEST(CompiledAccessList, OutlivesTheListAndItsTexts) {
  Strings values = {"Dispatch.com"};
  const CompiledAccessList compiled(parse_list(values));
  values[0].assign(values[0].size(), 'x');
  EXPECT_TRUE(compiled.decide(Client::ipv4({192, 0, 2, 1}), texts({"rome.dispatch.com"})).allowed());
}

TEST(CompiledAccessList, DecidesWithoutAllocation) {
  std::mt19937 random(2);
  const Strings values = large_list(random, 1000);
  const CompiledAccessList compiled(parse_list(values));
  const Strings name_texts = {"x.a.b", "h1.a"};
  const std::vector<Text> names = texts(name_texts);
  const Client client = Client::ipv4({1, 2, 3, 4});
  const std::size_t before = allocations;
  for (int i = 0; i < 10; ++i) static_cast<void>(compiled.decide(client, names));
  EXPECT_EQ(allocations, before);
}

// ---- Groups that overflow, and what the index of patterns lets through ----------------------------------

// Small tables, each entry of which is asked for: some of their groups overflow, the last one into the first.
TEST(CompiledAccessList, EachOfTheEntriesOfASmallTableIsFound) {
  std::mt19937 random(4);
  const auto octet = [&] { return std::to_string(1 + random() % 255); };
  for (int table = 0; table < 120; ++table) {
    std::vector<Entry> list;
    for (int host = 0; host < 79; ++host) {
      list.push_back(parse_entry("10." + octet() + "." + octet() + "." + octet()));
    }
    const CompiledAccessList compiled(list);
    for (std::size_t i = 0; i < list.size(); ++i) {
      const auto* octets = list[i].address;
      const Client client = Client::ipv4({octets[0], octets[1], octets[2], octets[3]});
      ASSERT_EQ(compiled.decide(client, {}).entry, std::optional(i));
    }
    EXPECT_FALSE(compiled.decide(Client::ipv4({11, 2, 3, 4}), {}).allowed());
  }
}

// AD-G5 in the tables for pairs of octets: hosts enough that they exist, one pattern of each wildcard shape,
// and clients that differ from it in each subset of the places, by the octets at either end.
TEST(CompiledAccessList, EveryWildcardShapeInALargeList) {
  std::vector<Entry> large(16384, parse_entry("1.1.1.1"));
  for (unsigned shape = 0; shape < 15; ++shape) {
    std::string pattern;
    for (unsigned place = 0; place < 4; ++place) {
      pattern += (place > 0 ? "." : "") + std::to_string((shape >> place & 1) != 0 ? 0 : 40 + place);
    }
    large.back() = parse_entry(pattern);
    const CompiledAccessList compiled(large);
    const std::array two = {large.front(), large.back()};
    for (unsigned code = 0; code < 256; ++code) {
      std::array<std::uint8_t, 4> address{};
      for (unsigned place = 0; place < 4; ++place) {
        const std::array<unsigned, 4> octets = {40 + place, 0, 1, 255};
        address[place] = static_cast<std::uint8_t>(octets[code >> 2 * place & 3]);
      }
      const Client client = Client::ipv4(address);
      ASSERT_EQ(compiled.decide(client, {}).allowed(), decide(two, client, {}).allowed())
          << pattern << ' ' << code;
    }
  }
}

// ---- Size ----------------------------------------------------------------------------------------------

// octets_of: what the list says it takes, which is what was allocated for it.
std::size_t octets_of(const Strings& values) {
  const std::vector<Entry> list = parse_list(values);
  const std::size_t before = allocated;
  const CompiledAccessList compiled(list);
  EXPECT_EQ(compiled.octets() - sizeof compiled, allocated - before);
  return compiled.octets();
}

Strings numbered(std::size_t count, const std::string& before, const std::string& after) {
  Strings values(count);
  for (std::size_t i = 0; i < count; ++i) {
    values[i] = before + std::to_string(1 + i / 200) + "." + std::to_string(1 + i % 200) + after;
  }
  return values;
}

TEST(CompiledAccessList, SizeIsAsItsHeaderSays) {
  const std::size_t before = allocations;
  const std::size_t empty = octets_of({});
  EXPECT_EQ(allocations, before + 1);  // no table
  EXPECT_EQ(octets_of({"", "none", "1.2.3", "0.0.0"}), empty);
  constexpr std::size_t kGroup = 128;  // ten keys of a table, and one more begun
  constexpr std::size_t kByOctet = 2048;
  constexpr std::size_t kByHalf = 262144;
  for (const std::size_t count : {10U, 100U, 16380U, 16383U}) {
    EXPECT_LE(octets_of(numbered(count, "10.1.", "")), empty + kByOctet + 13 * count + kGroup) << count;
  }
  for (const std::size_t count : {16384U, 16390U, 30000U}) {
    const std::size_t most = empty + kByOctet + kByHalf + 13 * count + kGroup;
    const std::size_t octets = octets_of(numbered(count, "10.1.", ""));
    EXPECT_LE(octets, most) << count;
    EXPECT_GT(octets, most - kByHalf) << count;
  }
  const Strings names = numbered(10, "h", ".example.com");
  std::size_t text_octets = 0;
  for (const std::string& name : names) text_octets += name.size();
  EXPECT_EQ(octets_of(names), empty + 5 * names.size() + text_octets + 2 * kGroup);
  EXPECT_EQ(octets_of({"2001:db8:1::/48", "2001:db8:2::/48"}), empty + 2 * (5 + 17) + 1 + kGroup);
}

}  // namespace
}  // namespace postern
