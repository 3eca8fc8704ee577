// SPDX-License-Identifier: BSD-2-Clause
//
// lint.h: what a careful administrator wants to be told about an access list. Findings explain decide()
// and never contradict it; lint_test.cc has one law for each code.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "entry.h"
#include "kernel.h"

namespace postern {

// LintCode: what a finding says. lint_text has the words.
enum class LintCode : std::uint8_t {
  kMalformed,        // not an entry (AD-G7); the entry's fault says why
  kHostZeroOctet,    // meant as one host, but one of its numbers is 0 (AD-G5)
  kInnerWildcard,    // a network with a 0 before one of its numbers (AD-G5)
  kEveryone,         // every client of an address family (AD-G5, AD-G9)
  kNoneAmongOthers,  // `none` makes the others useless (AD-2)
  kTopLevelDomain,   // a domain of one label (AD-4)
  kCovered,          // whatever this entry admits, `other` admits (AD-G1)
  kOnlyEntry,        // taking it out opens the account (AD-1)
  kNameLookup        // logins ask the name service (AD-C7)
};

enum class Severity : std::uint8_t { kError, kWarning, kNote };

// LintText: the words of a code: its permanent name, what is so, and what to do about it.
struct LintText {
  std::string_view code;
  Severity severity;
  std::string_view what;
  std::string_view cure;
};

LintText lint_text(LintCode code) noexcept;

// LintFinding: `entry` is a position in the list as given. `other` is the covering entry at kCovered,
// and `entry` again at every other code.
struct LintFinding {
  LintCode code;
  std::size_t entry;
  std::size_t other;
  friend constexpr bool operator==(const LintFinding&, const LintFinding&) = default;
};

// covers: each client that `narrow` admits, `wide` admits as well. `none` covers itself.
constexpr bool covers(const Entry& wide, const Entry& narrow) noexcept {
  if (wide.kind != narrow.kind) return false;
  switch (wide.kind) {
    case kNone:
      return true;
    case kIpPattern:
      return kernel::pattern_matches(wide.address, narrow.address);
    case kIpv6Prefix:
      return wide.prefix_length <= narrow.prefix_length &&
             kernel::prefix_matches(wide.address, wide.prefix_length, narrow.address);
    case kDomainName:
      return kernel::is_within(narrow.name, wide.name);
    case kBlank:
    case kMalformed:
      break;
  }
  return false;
}

namespace detail {

constexpr std::size_t count_if(std::span<const Entry> list, std::predicate<const Entry&> auto&& wanted) {
  std::size_t count = 0;
  for (const Entry& entry : list) count += static_cast<std::size_t>(wanted(entry));
  return count;
}

constexpr bool is_everyone(const Entry& entry, Kind kind) {
  if (entry.kind != kind || entry.prefix_length != 0) return false;
  for (const std::uint8_t octet : entry.address) {
    if (octet != 0) return false;
  }
  return true;
}

constexpr bool has_zero_before_a_number(const Entry& entry) {
  bool zero = false;
  for (std::size_t i = 0; i < 4; ++i) {
    if (zero && entry.address[i] != 0) return true;
    zero = zero || entry.address[i] == 0;
  }
  return false;
}

constexpr bool is_one_label(Text name) {
  return view(name).find('.') == std::string_view::npos;
}

// ListFacts: what the findings need to know of the whole list.
struct ListFacts {
  std::size_t entries;
  std::size_t nones;
  std::size_t first_name;  // the list's size where there is none
  bool names_matter;       // some client may be asked for its names
};

constexpr ListFacts facts_of(std::span<const Entry> list) {
  const auto of_kind = [list](Kind kind) {
    return count_if(list, [kind](const Entry& e) { return e.kind == kind; });
  };
  const auto everyone = [list](Kind kind) {
    return count_if(list, [kind](const Entry& e) { return is_everyone(e, kind); }) > 0;
  };
  const std::size_t nones = of_kind(kNone);
  return {list.size() - of_kind(kBlank), nones, kernel::first_of_kind(list.data(), list.size(), kDomainName),
          nones == 0 && !(everyone(kIpPattern) && everyone(kIpv6Prefix))};
}

// covering_entry: the first other entry that covers list[i]; of equal entries the first covers the rest.
constexpr std::size_t covering_entry(std::span<const Entry> list, std::size_t i) {
  for (std::size_t j = 0; j < list.size(); ++j) {
    if (j != i && covers(list[j], list[i]) && (j < i || !covers(list[i], list[j]))) return j;
  }
  return i;
}

constexpr bool says(LintCode code, const Entry& entry, const ListFacts& facts) {
  switch (code) {
    case LintCode::kMalformed:
      return entry.kind == kMalformed;
    case LintCode::kHostZeroOctet:
      return entry.kind == kIpPattern && entry.address[3] != 0 && has_zero_before_a_number(entry);
    case LintCode::kInnerWildcard:
      return entry.kind == kIpPattern && entry.address[3] == 0 && has_zero_before_a_number(entry);
    case LintCode::kEveryone:
      return is_everyone(entry, kIpPattern) || is_everyone(entry, kIpv6Prefix);
    case LintCode::kNoneAmongOthers:
      return entry.kind == kNone && facts.entries > facts.nones;
    case LintCode::kTopLevelDomain:
      return entry.kind == kDomainName && is_one_label(entry.name);
    case LintCode::kOnlyEntry:
      return entry.kind != kBlank && facts.entries == 1;
    case LintCode::kCovered:
    case LintCode::kNameLookup:
      break;
  }
  return false;
}

}  // namespace detail

// lint calls `report` for each finding, by entry and then by code. Never allocates. Quadratic in the
// entries (each is held against each): meant for lists that people write.
template <std::invocable<const LintFinding&> Report>
constexpr void lint(std::span<const Entry> list, Report&& report) {
  const detail::ListFacts facts = detail::facts_of(list);
  for (std::size_t i = 0; i < list.size(); ++i) {
    for (int c = 0; c <= static_cast<int>(LintCode::kNameLookup); ++c) {
      const LintCode code = static_cast<LintCode>(c);
      const std::size_t other = code == LintCode::kCovered ? detail::covering_entry(list, i) : i;
      const bool lookup = code == LintCode::kNameLookup && facts.names_matter && i == facts.first_name;
      if (other != i || lookup || detail::says(code, list[i], facts)) report(LintFinding{code, i, other});
    }
  }
}

}  // namespace postern
