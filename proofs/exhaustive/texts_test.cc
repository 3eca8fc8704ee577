// SPDX-License-Identifier: BSD-2-Clause
//
// Every text of at most six octets over small alphabets, each chosen to reach one part of the grammar: the
// shipped entry parser and the model's grammar, in kind, why, offset and canonical text (AD-G2 to AD-G9).
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <string>

#include "core/entry.h"
#include "core/small_texts.h"
#include "proofs/oracle/oracle.h"

namespace postern {
namespace {

constexpr std::array<const char*, 7> kKindNames = {"blank",       "malformed",   "none", "IP pattern",
                                                   "IPv6 prefix", "domain name", "all"};

struct Tally {
  std::array<unsigned long, 7> of_kind = {};
};

void check_text(const std::string& value, Tally& tally) {
  const Entry entry = parse_entry(value);
  const oracle::Reading expected = oracle::read_entry(value);
  ASSERT_EQ(static_cast<int>(entry.kind), static_cast<int>(expected.kind)) << "'" << value << "'";
  ASSERT_EQ(why_code(entry.fault.why), expected.why) << "'" << value << "'";
  ASSERT_EQ(entry.fault.offset, expected.offset) << "'" << value << "'";
  ASSERT_EQ(print_entry(entry).view(), expected.printed) << "'" << value << "'";
  ++tally.of_kind.at(static_cast<std::size_t>(entry.kind));
  ++tally.of_kind.at(6);
}

void print(const char* what, const Tally& tally) {
  std::printf("ledger: exhaustive texts, %s:", what);
  for (std::size_t i = kKindNames.size(); i-- > 0;) std::printf(" %lu %s;", tally.of_kind[i], kKindNames[i]);
  std::printf("\n");
}

// Checks begin + t + end for each t of at most `most` octets of `alphabet`; returns how many.
unsigned long check_all(const char* what, const std::string& begin, std::string_view alphabet,
                        std::size_t most, const std::string& end = {}) {
  Tally tally;
  for_each_text(alphabet, most, [&](const std::string& middle) {
    if (!::testing::Test::HasFatalFailure()) check_text(begin + middle + end, tally);
  });
  print(what, tally);
  return tally.of_kind[6];
}

// 1 + 8 + … + 8^6: every text of at most six octets of eight.
constexpr unsigned long kSixOfEight = 299593;

TEST(Exhaustive, EveryShortTextOfNumbersReadsAsTheModel) {
  EXPECT_EQ(check_all("numbers", "", "0125.:/a", 6), kSixOfEight);
}

TEST(Exhaustive, EveryShortTextOfNamesReadsAsTheModel) {
  EXPECT_EQ(check_all("names", "", "a-.1 Z_*", 6), kSixOfEight);
}

TEST(Exhaustive, EveryShortTextOfTheKeywordReadsAsTheModel) {
  EXPECT_EQ(check_all("keyword", "", std::string_view("noeN. \0", 7), 6), 137257u);
}

TEST(Exhaustive, EveryLastNumberReadsAsTheModel) {
  EXPECT_EQ(check_all("last number", "9.0.25.", "0125.9x", 5), 19608u);
}

TEST(Exhaustive, EveryIpv6TailReadsAsTheModel) {
  EXPECT_EQ(check_all("IPv6 tail", "1:2:3:", ":0aF4.", 7), 335923u);
}

TEST(Exhaustive, EveryPrefixLengthReadsAsTheModel) {
  EXPECT_EQ(check_all("prefix length", "::/", "0123456789", 4), 11111u);
  EXPECT_EQ(check_all("prefix length of a mapped address", "::ffff:0:0/", "0123456789", 3), 1111u);
}

// AD-G6: 63 and 64, 253 and 254 octets, with what may follow them.
TEST(Exhaustive, EveryEndOfALongTextReadsAsTheModel) {
  const std::string label(60, 'a');
  EXPECT_EQ(check_all("long label", label, "a-.1 /", 5), 9331u);
  const std::string name = label + "." + label + "." + label + "." + label + ".abcd.";
  ASSERT_EQ(name.size(), 249u);
  EXPECT_EQ(check_all("long name", name, "a-.1/ ", 6), 55987u);
}

// Every octet, alone and in every place of a text of each kind.
TEST(Exhaustive, EveryOctetInEveryPlaceReadsAsTheModel) {
  Tally tally;
  for (const std::string text : {"none", "10.0.200.1", "a-b.c_d", "2001:db8::1/128", " x\t"}) {
    for (std::size_t at = 0; at <= text.size(); ++at) {
      for (int octet = 0; octet < 256; ++octet) {
        check_text(text.substr(0, at) + static_cast<char>(octet) + text.substr(at), tally);
        if (at < text.size()) {
          check_text(text.substr(0, at) + static_cast<char>(octet) + text.substr(at + 1), tally);
        }
      }
    }
  }
  print("every octet", tally);
  EXPECT_EQ(tally.of_kind[6], 256u * (2 * (4 + 10 + 7 + 15 + 3) + 5));
}

}  // namespace
}  // namespace postern
