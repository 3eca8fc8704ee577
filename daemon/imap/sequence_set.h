// SPDX-License-Identifier: BSD-2-Clause
// Sets of message numbers or unique identifiers (RFC 3501, sequence-set). Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "daemon/imap/scanner.h"

namespace postern::daemon {

inline constexpr size_t kSequenceRangesLimit = 32'768;  // no fewer than a line can hold

// SequenceRange: both ends, in the order given; 0 stands for `*`, the largest number in use.
struct SequenceRange {
  uint32_t from = 0;
  uint32_t to = 0;
  friend bool operator==(const SequenceRange&, const SequenceRange&) = default;
};

// SequenceSet is at least one range, at most kSequenceRangesLimit, as the client gave them.
struct SequenceSet {
  std::vector<SequenceRange> ranges;

  // contains: whether `number` is in the set if `largest` is in use. `*` is `largest`, so with `largest` 0
  // (an empty mailbox) it is in no set.
  [[nodiscard]] bool contains(uint32_t number, uint32_t largest) const;

  // within: no number of the set but `*` is above `largest`, and `*` only if there is a largest.
  [[nodiscard]] bool within(uint32_t largest) const;

  // resolved: the set as disjoint ranges in rising order, `*` replaced, cut at `largest`.
  [[nodiscard]] std::vector<SequenceRange> resolved(uint32_t largest) const;

  friend bool operator==(const SequenceSet&, const SequenceSet&) = default;
};

[[nodiscard]] bool take_sequence_set(ImapScanner& scanner, SequenceSet& set);

// print_numbers: `numbers`, rising, as a sequence-set: 1:3,5.
[[nodiscard]] std::string print_numbers(const std::vector<uint32_t>& numbers);

}  // namespace postern::daemon
