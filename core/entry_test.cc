// SPDX-License-Identifier: BSD-2-Clause
#include "core/entry.h"

#include <gtest/gtest.h>

#include <regex>
#include <string>
#include <string_view>

#include "core/address.h"
#include "core/small_texts.h"

namespace postern {
namespace {

// The grammar once more, as regular expressions over what is left after trimming.
Kind naive_kind(const std::string& value) {
  static const std::regex none("[Nn][Oo][Nn][Ee]");
  static const std::regex octet_pattern("((0|[1-9][0-9]?|1[0-9][0-9]|2[0-4][0-9]|25[0-5])(\\.|$)){4}");
  static const std::regex name(
      "([a-zA-Z0-9_]([a-zA-Z0-9_-]*[a-zA-Z0-9_])?\\.)*[a-zA-Z0-9_]([a-zA-Z0-9_-]*[a-zA-Z0-9_])?\\.?");
  static const std::regex numeric_end("(.*\\.)?[0-9]+\\.?");
  const std::size_t begin = value.find_first_not_of(" \t\r\n");
  if (begin == std::string::npos) return kBlank;
  const std::string trimmed = value.substr(begin, value.find_last_not_of(" \t\r\n") - begin + 1);
  if (std::regex_match(trimmed, none)) return kNone;
  if (trimmed.back() != '.' && std::regex_match(trimmed, octet_pattern)) return kIpPattern;
  if (!std::regex_match(trimmed, name) || std::regex_match(trimmed, numeric_end)) return kMalformed;
  return kDomainName;
}

// AD-G2 to AD-G7: the kind of every short text; where it is malformed, the fault lies inside the text.
TEST(Entry, EveryShortTextHasItsKind) {
  for_each_text("aN1-. ", 6, [](const std::string& value) {
    const Entry entry = parse_entry(value);
    ASSERT_EQ(entry.kind, naive_kind(value)) << '"' << value << '"';
    EXPECT_EQ(entry.fault.why != kSound, entry.kind == kMalformed);
    EXPECT_LE(entry.fault.offset, value.size());
  });
}

// AD-G4: every short text of the octets that quads are made of, behind three good numbers and alone.
TEST(Entry, EveryShortQuad) {
  for_each_text("0125.", 5, [](const std::string& value) {
    for (const std::string& quad : {value, "1.2.3." + value, value + ".2.3.4"}) {
      EXPECT_EQ(parse_entry(quad).kind, naive_kind(quad)) << quad;
    }
  });
}

// AD-G3: the keyword in each of its 16 cases, and nothing near it.
TEST(Entry, KeywordInEveryCase) {
  for (unsigned upper = 0; upper < 16; ++upper) {
    std::string keyword = "none";
    for (unsigned i = 0; i < 4; ++i) {
      if ((upper >> i & 1) != 0) keyword[i] = static_cast<char>(keyword[i] - 'a' + 'A');
    }
    EXPECT_EQ(parse_entry(keyword).kind, kNone);
    EXPECT_EQ(parse_entry(" \t" + keyword + "\r\n").kind, kNone);
    EXPECT_EQ(parse_entry(keyword + ".").kind, kDomainName);
    EXPECT_EQ(parse_entry("x." + keyword).kind, kDomainName);
  }
}

struct FaultCase {
  std::string_view value;
  std::string_view code;
  std::size_t offset;
};

// AD-G7, AD-G9: what the diagnosis says, and where it points.
TEST(Entry, FaultsNameThePlace) {
  using namespace std::string_view_literals;
  const FaultCase cases[] = {
      {"128.123.45", "short-form", 10},
      {"  128.123.45.\t", "short-form", 13},
      {"1.2.3.4.", "long-form", 7},
      {"1.2.3.4.5", "long-form", 7},
      {"128.0123.45.0", "leading-zero", 4},
      {"128.256.45.0", "octet-range", 4},
      {"1.2.3.99999999999999999999999", "octet-range", 6},
      {"127..0.2", "empty-label", 4},
      {".1.2.3", "leading-dot", 0},
      {"128.123.45.0/24", "slash", 12},
      {".dispatch.com", "leading-dot", 0},
      {"*.dispatch.com", "wildcard-char", 0},
      {"127.0.0.?", "wildcard-char", 8},
      {"dispatch..com", "empty-label", 9},
      {"dispatch-.com", "hyphen", 8},
      {"-dispatch.com", "hyphen", 0},
      {"dispatch.com-", "hyphen", 12},
      {"0x7f.0.0.2", "numeric-tld", 9},
      {"127.0.0.2 x", "octet-not-allowed", 9},
      {"dispatch.com#x", "octet-not-allowed", 12},
      {"dispatch\0.com"sv, "octet-not-allowed", 8},
      {"caf\xC3\xA9.example", "octet-not-allowed", 3},
      {"::1%lo", "ipv6-syntax", 0},
      {" 2001:db8::/129", "prefix-length", 12},
      {"2001:db8::/032", "prefix-length", 11},
      {"2001:db8::/", "prefix-length", 11},
      {"2001:db8::1/64", "host-bits", 0},
      {"::ffff:128.123.45.0/120", "mapped-prefix", 0},
      {"::ffff:128.123.45.1", "mapped-prefix", 0},
      {"::ffff:0:0/96", "mapped-prefix", 0},
  };
  for (const FaultCase& c : cases) {
    const Entry entry = parse_entry(c.value);
    EXPECT_EQ(entry.kind, kMalformed) << c.value;
    EXPECT_EQ(why_code(entry.fault.why), c.code) << c.value;
    EXPECT_EQ(entry.fault.offset, c.offset) << c.value;
    EXPECT_FALSE(cure(entry.fault.why).empty());
  }
}

// Printing is canonical, and reading it back gives the same entry.
TEST(Entry, PrintsCanonically) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"NONE", "none"},
      {"None.", "none."},
      {" Sunnyvale.Dispatch.COM. ", "sunnyvale.dispatch.com"},
      {"128.123.45.0", "128.123.45.0"},
      {"255.255.255.255", "255.255.255.255"},
      {"2001:DB8:0:0:0:0:0:1", "2001:db8::1"},
      {"2001:db8::/32", "2001:db8::/32"},
      {"::/0", "::/0"},
      {"::/95", "::/95"},
      {"::", "::"},
      {"1:0:0:2:0:0:0:3", "1:0:0:2::3"},
      {"1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7"},
      {"0:0:1::", "0:0:1::"},
      {"64:ff9b::128.123.45.1", "64:ff9b::807b:2d01"},
  };
  for (const auto& [value, canonical] : cases) {
    const PrintedEntry printed = print_entry(parse_entry(value));
    EXPECT_EQ(printed.view(), canonical);
    EXPECT_EQ(print_entry(parse_entry(printed.view())).view(), canonical);
  }
  EXPECT_EQ(print_entry(parse_entry(".bad")).view(), "");
  EXPECT_EQ(print_entry(parse_entry("  ")).view(), "");
}

// {kSound, 0} means that nothing is wrong.
TEST(Address, ASoundQuadHasNoFault) {
  const Ipv4Reading reading = read_ipv4("128.123.45.22");
  EXPECT_EQ(reading.fault.why, kSound);
  EXPECT_EQ(reading.fault.offset, 0U);
}

// RFC 4291, 2.2: which texts are addresses.
TEST(Address, Ipv6Text) {
  for (const std::string_view good :
       {"::", "::1", "1::", "1:2:3:4:5:6:7:8", "1::8", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8", "::ffff:1.2.3.4",
        "1:2:3:4:5:6:1.2.3.4", "ABCD:ef01::", "::0.0.0.0"}) {
    EXPECT_TRUE(parse_ipv6(good)) << good;
  }
  for (const std::string_view bad : {"",
                                     ":",
                                     ":::",
                                     "1",
                                     "1:",
                                     ":1",
                                     "1:2:3:4:5:6:7",
                                     "1:2:3:4:5:6:7:8:9",
                                     "1::2::3",
                                     "1:2:3:4:5:6:7:8::",
                                     "::1:2:3:4:5:6:7:8",
                                     "12345::",
                                     "g::",
                                     "::1.2.3",
                                     "::1.2.3.04",
                                     "1.2.3.4::",
                                     "1:2:3:4:5:6:7:1.2.3.4",
                                     "::1%lo",
                                     "[::1]",
                                     " ::1",
                                     "::1/128"}) {
    EXPECT_FALSE(parse_ipv6(bad)) << bad;
  }
}

}  // namespace
}  // namespace postern
