// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/imap/sequence_set.h"

#include <algorithm>

namespace postern::daemon {
namespace {

// in_order replaces `*` and puts the smaller end first: 4:2 is 2:4, and 7:* with five messages is 5:7.
SequenceRange in_order(SequenceRange range, uint32_t largest) {
  if (range.from == 0) range.from = largest;
  if (range.to == 0) range.to = largest;
  if (range.from > range.to) std::swap(range.from, range.to);
  return range;
}

bool take_seq_number(ImapScanner& scanner, uint32_t& number) {
  number = 0;
  return scanner.take('*') || scanner.nz_number(number);
}

}  // namespace

bool SequenceSet::contains(uint32_t number, uint32_t largest) const {
  return number <= largest && std::ranges::any_of(ranges, [&](const SequenceRange& given) {
           const SequenceRange range = in_order(given, largest);
           return range.from <= number && number <= range.to;
         });
}

bool SequenceSet::within(uint32_t largest) const {
  return largest != 0 && std::ranges::all_of(ranges, [&](const SequenceRange& range) {
           return range.from <= largest && range.to <= largest;
         });
}

std::vector<SequenceRange> SequenceSet::resolved(uint32_t largest) const {
  std::vector<SequenceRange> sorted;
  for (const SequenceRange& given : ranges) {
    SequenceRange range = in_order(given, largest);
    range.from = std::max(range.from, 1U);
    range.to = std::min(range.to, largest);
    if (range.from <= range.to) sorted.push_back(range);
  }
  std::ranges::sort(sorted, {}, &SequenceRange::from);
  std::vector<SequenceRange> disjoint;
  for (const SequenceRange& range : sorted) {
    if (!disjoint.empty() && range.from <= disjoint.back().to + uint64_t{1}) {
      disjoint.back().to = std::max(disjoint.back().to, range.to);
    } else {
      disjoint.push_back(range);
    }
  }
  return disjoint;
}

bool take_sequence_set(ImapScanner& scanner, SequenceSet& set) {
  set.ranges.clear();
  do {
    SequenceRange range;
    if (set.ranges.size() == kSequenceRangesLimit || !take_seq_number(scanner, range.from)) return false;
    range.to = range.from;
    if (scanner.take(':') && !take_seq_number(scanner, range.to)) return false;
    set.ranges.push_back(range);
  } while (scanner.take(','));
  return true;
}

std::string print_numbers(const std::vector<uint32_t>& numbers) {
  std::string text;
  for (size_t i = 0; i < numbers.size();) {
    size_t last = i;
    while (last + 1 < numbers.size() && numbers[last + 1] == numbers[last] + 1) ++last;
    if (!text.empty()) text += ',';
    text += std::to_string(numbers[i]);
    if (last != i) text += ":" + std::to_string(numbers[last]);
    i = last + 1;
  }
  return text;
}

}  // namespace postern::daemon
