// SPDX-License-Identifier: BSD-2-Clause
//
// compiled_index.h: one index for each kind of entry under CompiledAccessList. Not installed.
// Each is filled by make_room, once, and then by insert in the order of positions.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "compiled_table.h"
#include "kernel.h"

namespace postern::detail {

// Octets of an address as entries and clients have them; IPv4 uses the first four.
using AddressOctets = std::uint8_t[16];

// PatternIndex finds the IP patterns that match an IPv4 address. A pattern's shape is the set of its places
// that are not 0, one of 16. A pattern is its own key: no number of it is 0 but the wildcards, so its numbers
// tell its shape. A search therefore looks up the address with each shape's wildcards put to 0, save the
// shapes of which no pattern has the address's number at some place: one or two are left as a rule.
class PatternIndex {
 public:
  void make_room(std::size_t patterns) {
    table_.make_room(patterns);
    if (patterns > 0) by_octet_.resize(std::size_t{4} * 256);
    if (patterns >= kPatternsForHalves) by_half_.resize(2 * kPairs);
  }

  void insert(const AddressOctets& pattern, Position position) {
    const Shape shape = shape_of(pattern);
    if (shape == 0) {
      everyone_ = std::min(everyone_, position);
      return;
    }
    if (find(number_of(pattern)) != kNowhere) return;  // AD-C8: the first one counts
    table_.insert(number_of(pattern), spread_of(number_of(pattern)), position);
    for (std::size_t place = 0; place < 4; ++place) allow(by_octet_, 256 * place, pattern[place], shape);
    if (by_half_.empty()) return;
    allow_half(0, pattern[0], pattern[1], shape);
    allow_half(kPairs, pattern[2], pattern[3], shape);
  }

  Position lowest_match(const AddressOctets& address) const noexcept {
    Position lowest = everyone_;
    if (by_octet_.empty()) return lowest;
    const std::uint32_t number = number_of(address);
    for (unsigned shapes = candidates(address); shapes != 0; shapes &= shapes - 1) {
      lowest =
          std::min(lowest, find(number & kShapeMasks[static_cast<std::size_t>(std::countr_zero(shapes))]));
    }
    return lowest;
  }

  std::size_t octets() const noexcept {
    return (by_octet_.capacity() + by_half_.capacity()) * sizeof(Shapes) + table_.octets();
  }

 private:
  using Shape = unsigned;        // bit i: place i is not 0
  using Shapes = std::uint16_t;  // a set of them

  static constexpr std::size_t kPairs = 65536;              // pairs of octets
  static constexpr std::size_t kPatternsForHalves = 16384;  // below, by_half_ would outweigh the patterns

  // kShapeMasks[s] keeps the numbers at the places of shape s.
  static constexpr std::array<std::uint32_t, 16> kShapeMasks = [] {
    std::array<std::uint32_t, 16> masks{};
    for (std::size_t shape = 0; shape < 16; ++shape) {
      for (std::size_t place = 0; place < 4; ++place) {
        if ((shape >> place & 1) != 0) masks[shape] |= 0xFF000000U >> (8 * place);
      }
    }
    return masks;
  }();

  static constexpr Shape shape_of(const AddressOctets& pattern) noexcept {
    Shape shape = 0;
    for (unsigned place = 0; place < 4; ++place) shape |= static_cast<unsigned>(pattern[place] != 0) << place;
    return shape;
  }
  static constexpr std::uint32_t number_of(const AddressOctets& a) noexcept {
    return std::uint32_t{a[0]} << 24 | std::uint32_t{a[1]} << 16 | std::uint32_t{a[2]} << 8 | a[3];
  }
  static constexpr std::uint32_t spread_of(std::uint32_t number) noexcept {
    return upper_half(mixed(0, number));
  }

  Position find(std::uint32_t number) const noexcept {
    Position found = kNowhere;
    table_.find(number, spread_of(number), [&found](Position position) noexcept {
      found = position;
      return true;
    });
    return found;
  }

  // allow adds the shape at a number, or at all 256 where it is the wildcard. Only wildcards set a bit at
  // number 0, which therefore tells that all have been set.
  static void allow(std::vector<Shapes>& table, std::size_t begin, std::uint8_t number, Shape shape) {
    const auto bit = static_cast<Shapes>(1U << shape);
    if ((table[begin + number] & bit) != 0) return;
    const std::size_t last = number == 0 ? 255 : number;
    for (std::size_t i = number; i <= last; ++i) table[begin + i] |= bit;
  }

  void allow_half(std::size_t begin, std::uint8_t high, std::uint8_t low, Shape shape) {
    if (high != 0) return allow(by_half_, begin + std::size_t{256} * high, low, shape);
    if ((by_half_[begin + low] >> shape & 1) != 0) return;
    for (std::size_t any = 0; any < 256; ++any) allow(by_half_, begin + 256 * any, low, shape);
  }

  unsigned candidates(const AddressOctets& address) const noexcept {
    unsigned shapes = by_octet_[address[0]];
    for (std::size_t place = 1; place < 4; ++place) shapes &= by_octet_[256 * place + address[place]];
    if (by_half_.empty()) return shapes;
    return shapes & by_half_[std::size_t{256} * address[0] + address[1]] &
           by_half_[kPairs + std::size_t{256} * address[2] + address[3]];
  }

  Position everyone_ = kNowhere;  // 0.0.0.0
  std::vector<Shapes> by_octet_;  // four times 256: the shapes of the patterns that allow this octet there
  std::vector<Shapes> by_half_;   // large lists: the same for each half of the address
  GroupedTable table_;
};

// PrefixIndex finds the IPv6 prefixes that match an IPv6 address, by one look-up for each length that occurs.
class PrefixIndex {
 public:
  void make_room(std::size_t prefixes) { table_.make_room(prefixes, prefixes * sizeof(Record)); }

  void insert(const AddressOctets& address, std::uint8_t length, Position position) {
    if (std::find(lengths_.begin(), lengths_.end(), length) == lengths_.end()) lengths_.push_back(length);
    const Record record = record_of(address, length);
    table_.insert(view_of(record), hash_of(record), position);
  }

  Position lowest_match(const AddressOctets& address) const noexcept {
    Position lowest = kNowhere;
    for (const std::uint8_t length : lengths_) {
      const Record record = record_of(address, length);
      lowest = std::min(lowest, table_.find(view_of(record), hash_of(record)));
    }
    return lowest;
  }

  std::size_t octets() const noexcept { return lengths_.capacity() + table_.octets(); }

 private:
  using Record = std::array<char, 17>;  // the network's octets, then the length

  static Record record_of(const AddressOctets& address, std::uint8_t length) noexcept {
    Record record{};
    for (std::size_t i = 0; i < 16; ++i) {
      record[i] = static_cast<char>(address[i] & kernel::prefix_mask(length, i));
    }
    record.back() = static_cast<char>(length);
    return record;
  }
  static std::string_view view_of(const Record& record) noexcept { return {record.data(), record.size()}; }
  static std::uint64_t hash_of(const Record& record) noexcept {
    std::uint64_t hash = 0;
    for (const char octet : record) hash = mixed(hash, static_cast<unsigned char>(octet));
    return hash;
  }

  std::vector<std::uint8_t> lengths_;
  RecordTable table_;
};

// NameIndex finds the domain names that a name is within, by one look-up for each of its suffixes of whole
// labels.
class NameIndex {
 public:
  void make_room(std::size_t names, std::size_t octets) { table_.make_room(names, octets); }

  void insert(kernel::Text name, Position position) {
    const Folded folded = fold(name);
    std::uint64_t hash = 0;
    for (std::size_t i = name.length; i > 0; --i) hash = hash_before(folded, i, hash);
    table_.insert({folded.data(), name.length}, mixed(hash, name.length), position);
    lengths_[name.length] = true;
  }

  // lowest_match is the lowest of the entries that the name is within, if the name qualifies (AD-C5). `name`
  // has no trailing dot. Read from the right, so that the last domain found leaves the least to be read.
  Position lowest_match(kernel::Text name) const noexcept {
    Position lowest = kNowhere;
    if (name.length > kLongestName) return lowest;
    const Folded folded = fold(name);
    kernel::Text domain = {nullptr, 0};
    std::uint64_t hash = 0;
    for (std::size_t i = name.length; i > 0; --i) {
      hash = hash_before(folded, i, hash);
      const std::size_t length = name.length - (i - 1);
      const bool whole_labels = i == 1 || folded[i - 2] == '.';
      if (!whole_labels || !lengths_[length]) continue;
      const Position found = table_.find({folded.data() + i - 1, length}, mixed(hash, length));
      if (found == kNowhere) continue;
      lowest = std::min(lowest, found);
      domain = {name.octets + i - 1, length};
    }
    return lowest != kNowhere && kernel::qualifies(name, domain) ? lowest : kNowhere;
  }

  bool empty() const noexcept { return table_.empty(); }
  std::size_t octets() const noexcept { return table_.octets(); }

 private:
  static constexpr std::size_t kLongestName = 253;
  using Folded = std::array<char, kLongestName>;

  static Folded fold(kernel::Text name) noexcept {
    Folded folded;
    for (std::size_t i = 0; i < name.length; ++i) folded[i] = kernel::fold(name.octets[i]);
    return folded;
  }

  // What the hash of a suffix is mixed from follows from that of the suffix one octet shorter.
  static std::uint64_t hash_before(const Folded& folded, std::size_t i, std::uint64_t hash) noexcept {
    return (hash + static_cast<unsigned char>(folded[i - 1])) * 0x9E3779B97F4A7C15;
  }

  std::array<bool, kLongestName + 1> lengths_{};  // the lengths that occur
  RecordTable table_;
};

}  // namespace postern::detail
