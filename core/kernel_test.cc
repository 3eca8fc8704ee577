// SPDX-License-Identifier: BSD-2-Clause
//
// The matchers against naive twins, on every input of a small space.
#include "core/kernel.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <string_view>
#include <vector>

#include "core/entry.h"
#include "core/small_texts.h"

namespace postern {
namespace {

std::vector<std::string> labels_of(std::string_view name) {
  std::vector<std::string> labels(1);
  for (const char octet : name) {
    if (octet == '.') {
      labels.emplace_back();
    } else {
      labels.back() += static_cast<char>(std::tolower(static_cast<unsigned char>(octet)));
    }
  }
  return labels;
}

// naive_within: compares whole labels from the right.
bool naive_within(std::string_view name, std::string_view domain) {
  const std::vector<std::string> longer = labels_of(name);
  const std::vector<std::string> shorter = labels_of(domain);
  return longer.size() >= shorter.size() && std::equal(shorter.rbegin(), shorter.rend(), longer.rbegin());
}

bool naive_is_label(std::string_view label) {
  const auto allowed = [](char c) { return c == '-' || c == '_' || c == 'a' || c == 'Z' || c == '1'; };
  return !label.empty() && std::ranges::all_of(label, allowed) && label.front() != '-' && label.back() != '-';
}

// naive_is_name: AD-G6 by label, for texts far below the length limits.
bool naive_is_name(const std::string& name) {
  const std::vector<std::string> labels = labels_of(name);
  const auto is_label = [](std::string label) {
    std::ranges::replace(label, 'z', 'Z');
    return naive_is_label(label);
  };
  return std::ranges::all_of(labels, is_label) && !std::ranges::all_of(labels.back(), kernel::is_digit);
}

// AD-G6: the octets on either side of the capitals have no case.
TEST(Kernel, OnlyLettersHaveACase) {
  for (int octet = -128; octet < 128; ++octet) {
    const bool is_capital = octet >= 'A' && octet <= 'Z';
    EXPECT_EQ(kernel::fold(static_cast<char>(octet)), static_cast<char>(is_capital ? octet + 32 : octet))
        << octet;
  }
}

// AD-G5, AD-3: every pair of octets.
TEST(Kernel, EveryPairOfOctets) {
  for (unsigned pattern = 0; pattern < 256; ++pattern) {
    for (unsigned octet = 0; octet < 256; ++octet) {
      EXPECT_EQ(kernel::octet_matches(static_cast<uint8_t>(pattern), static_cast<uint8_t>(octet)),
                pattern == 0 || pattern == octet);
    }
  }
}

// AD-G5: each of the 16 wildcard shapes, against clients that differ in each subset of the four places.
TEST(Kernel, EveryWildcardShape) {
  for (unsigned shape = 0; shape < 16; ++shape) {
    for (unsigned differs = 0; differs < 16; ++differs) {
      uint8_t pattern[4];
      uint8_t address[4];
      for (unsigned i = 0; i < 4; ++i) {
        const uint8_t octet = static_cast<uint8_t>(1 + 80 * i);
        pattern[i] = (shape >> i & 1) != 0 ? uint8_t{0} : octet;
        address[i] = (differs >> i & 1) != 0 ? static_cast<uint8_t>(octet ^ 0x10) : octet;
      }
      EXPECT_EQ(kernel::pattern_matches(pattern, address), (differs & ~shape) == 0)
          << shape << ' ' << differs;
    }
  }
}

// AD-G5: each wildcard shape, with each octet at the ends of the range and in its middle in the other places,
// against clients with such octets in all places.
TEST(Kernel, EveryWildcardShapeWithOctetsAtTheLimits) {
  constexpr std::array<uint8_t, 5> kOctets = {0, 1, 127, 128, 255};  // in a pattern 0 is the wildcard
  constexpr unsigned kPairs = kOctets.size() * kOctets.size();
  for (unsigned code = 0; code < kPairs * kPairs * kPairs * kPairs; ++code) {
    uint8_t pattern[4];
    uint8_t address[4];
    bool expected = true;
    unsigned rest = code;
    for (unsigned i = 0; i < 4; ++i, rest /= kPairs) {
      pattern[i] = kOctets[rest % kPairs / kOctets.size()];
      address[i] = kOctets[rest % kOctets.size()];
      expected = expected && (pattern[i] == 0 || pattern[i] == address[i]);
    }
    ASSERT_EQ(kernel::pattern_matches(pattern, address), expected) << code;
  }
}

// AD-G9: every prefix length, with each bit of the address flipped in turn: inside the prefix it no longer
// matches, behind it it does.
TEST(Kernel, EveryPrefixLengthAndBit) {
  for (unsigned length = 0; length <= 128; ++length) {
    for (unsigned bit = 0; bit < 128; ++bit) {
      const uint8_t prefix[16] = {0x20, 0x01, 0x0d, 0xb8};
      uint8_t address[16] = {0x20, 0x01, 0x0d, 0xb8};
      address[bit / 8] = static_cast<uint8_t>(address[bit / 8] ^ 0x80 >> bit % 8);
      EXPECT_EQ(kernel::prefix_matches(prefix, static_cast<uint8_t>(length), address), bit >= length);
    }
  }
}

// AD-4: every pair of texts of at most four octets. Empty domains do not occur: an entry is never empty.
TEST(Kernel, WithinIsByWholeLabels) {
  std::vector<std::string> texts;
  for_each_text("aBb.", 4, [&](const std::string& text) { texts.push_back(text); });
  std::size_t within = 0;
  for (const std::string& name : texts) {
    for (const std::string& domain : texts) {
      if (domain.empty()) continue;
      const bool expected = naive_within(name, domain);
      within += expected ? 1 : 0;
      EXPECT_EQ(kernel::is_within(text(name), text(domain)), expected) << name << " in " << domain;
    }
  }
  EXPECT_GT(within, texts.size());
}

// AD-G6: every text of at most six octets over the octets that have rules.
TEST(Kernel, DomainNameGrammar) {
  std::size_t names = 0;
  for_each_text("aZ1-_.*", 6, [&](const std::string& name) {
    const bool expected = naive_is_name(name);
    names += expected ? 1 : 0;
    const Fault fault = kernel::domain_name_fault(text(name));
    EXPECT_EQ(fault.why == kSound, expected) << name;
    EXPECT_LE(fault.offset, expected ? 0 : name.size());
  });
  EXPECT_GT(names, 10000U);
}

// AD-C5: that only what is left of the domain is read makes no difference. Every text of at most six octets,
// and the same with the domain behind it.
TEST(Kernel, QualifiesAsTheWholeNameDoes) {
  for (const std::string domain : {"a", "1.Z", "a.1_"}) {
    const Entry entry = parse_entry(domain);
    ASSERT_EQ(entry.kind, kDomainName);
    std::size_t matches = 0;
    const auto agrees = [&](const std::string& name) {
      const Text bare = kernel::without_trailing_dot(text(name));
      const bool expected =
          kernel::is_within(bare, entry.name) && kernel::domain_name_fault(bare).why == kSound;
      matches += expected ? 1 : 0;
      ASSERT_EQ(kernel::name_matches(&entry, text(name)), expected) << name << " in " << domain;
    };
    for_each_text("aZ1-_.*", 6, [&](const std::string& name) {
      agrees(name);
      agrees(name + domain);
    });
    EXPECT_GT(matches, 1000U) << domain;
  }
}

// AD-C5, AD-G6: the length limits of what is left of the domain, and of the whole.
TEST(Kernel, QualifiesAtTheLimits) {
  const Entry entry = parse_entry("b.a");
  for (std::size_t first = 0; first < 66; ++first) {
    for (std::size_t labels = 0; labels < 5; ++labels) {
      for (const std::size_t each : {62U, 63U, 64U}) {
        std::string name = std::string(first, 'x') + (first > 0 ? "." : "");
        for (std::size_t i = 0; i < labels; ++i) name += std::string(each, 'y') + ".";
        name += "b.a";
        EXPECT_EQ(kernel::name_matches(&entry, text(name)),
                  kernel::domain_name_fault(text(name)).why == kSound)
            << name;
      }
    }
  }
}

// Labels, each with its dot: what may stand before a name. Every text of at most six octets.
TEST(Kernel, LabelsWithTheirDots) {
  for_each_text("aZ1-_.*", 6, [](const std::string& value) {
    const bool expected = value.empty() || (value.back() == '.' && naive_is_name(value + 'a'));
    EXPECT_EQ(kernel::are_labels(text(value)), expected) << value;
  });
}

// What lies before an empty text is none of its octets.
TEST(Kernel, AnEmptyTextHasNoTrailingDot) {
  const char dot[] = ".";
  EXPECT_EQ(kernel::without_trailing_dot({dot + 1, 0}).length, 0U);
  EXPECT_EQ(kernel::without_trailing_dot({dot, 1}).length, 0U);
}

// AD-4: nor are those before a short name part of it: "b" is not within "a.b", whatever stands before it in
// memory.
TEST(Kernel, AShortNameIsNotWithin) {
  const char longer[] = ".a.b";
  EXPECT_TRUE(kernel::is_within({longer + 1, 3}, text("a.b")));
  EXPECT_FALSE(kernel::is_within({longer + 3, 1}, text("a.b")));
}

// AD-G6: the length limits, at them and one beyond.
TEST(Kernel, DomainNameLengths) {
  const std::string label(63, 'a');
  const std::string longest = label + '.' + label + '.' + label + '.' + std::string(61, 'a');
  ASSERT_EQ(longest.size(), 253U);
  EXPECT_EQ(kernel::domain_name_fault(text(longest)).why, kSound);
  EXPECT_EQ(kernel::domain_name_fault(text(longest + 'a')).why, kNameLength);
  EXPECT_EQ(kernel::domain_name_fault(text(longest + 'a')).offset, 253U);
  EXPECT_EQ(kernel::domain_name_fault(text(label)).why, kSound);
  EXPECT_EQ(kernel::domain_name_fault(text(label + 'a')).why, kLabelLength);
  EXPECT_EQ(kernel::domain_name_fault(text(label + 'a')).offset, 63U);
}

}  // namespace
}  // namespace postern
