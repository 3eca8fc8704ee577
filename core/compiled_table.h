// SPDX-License-Identifier: BSD-2-Clause
//
// compiled_table.h: the hash tables under CompiledAccessList. Not installed.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace postern::detail {

// Position: of an entry in the list as given. kNowhere is greater than all, so that the lowest wins by `<`.
using Position = std::uint32_t;
inline constexpr Position kNowhere = ~Position{0};

// mixed adds a word to a hash.
constexpr std::uint64_t mixed(std::uint64_t hash, std::uint64_t word) noexcept {
  hash = (hash ^ word) * 0x9E3779B97F4A7C15;
  return hash ^ (hash >> 32);
}

constexpr std::uint32_t upper_half(std::uint64_t hash) noexcept {
  return static_cast<std::uint32_t>(hash >> 32);
}

// GroupedTable maps 32-bit keys, 0 excepted, to 32-bit values. Sixteen keys are a cache line and are compared
// at once: the branch that a search takes is "found or not", never "occupied or not", which no processor can
// foresee. A key may be there several times, with different values.
class GroupedTable {
 public:
  // make_room is called once, before insert, with the number of insertions to come.
  void make_room(std::size_t insertions) {
    if (insertions > 0) groups_.resize(insertions / kSlotsFilled + 1);
  }

  // insert puts the key where `spread` says: 32 well mixed bits that belong to the key.
  void insert(std::uint32_t key, std::uint32_t spread, std::uint32_t value) {
    std::size_t at = home(spread);
    while (groups_[at].is_full()) at = after(at);
    Group& group = groups_[at];
    std::size_t slot = 0;
    while (group.keys[slot] != 0) ++slot;
    group.keys[slot] = key;
    group.values[slot] = value;
  }

  // find calls accept(value) for the values of `key` until it returns true.
  template <std::predicate<std::uint32_t> Accept>
  void find(std::uint32_t key, std::uint32_t spread, Accept&& accept) const noexcept {
    if (groups_.empty()) return;
    for (std::size_t at = home(spread);; at = after(at)) {
      const Group& group = groups_[at];
      if (group.holds(key) && group.offer(key, accept)) return;
      if (!group.is_full()) return;
    }
  }

  std::size_t octets() const noexcept { return groups_.capacity() * sizeof(Group); }

 private:
  static constexpr std::size_t kSlots = 16;
  static constexpr std::size_t kSlotsFilled = 10;  // on average: few groups overflow into the next

  struct alignas(64) Group {
    std::array<std::uint32_t, kSlots> keys{};  // 0: free; free slots are the last ones
    std::array<std::uint32_t, kSlots> values{};

    bool is_full() const noexcept { return keys[kSlots - 1] != 0; }

    bool holds(std::uint32_t key) const noexcept {
      unsigned same = 0;
      for (const std::uint32_t other : keys) same |= static_cast<unsigned>(other == key);
      return same != 0;
    }

    bool offer(std::uint32_t key, auto&& accept) const noexcept {
      for (std::size_t slot = 0; slot < kSlots; ++slot) {
        if (keys[slot] == key && accept(values[slot])) return true;
      }
      return false;
    }
  };

  std::size_t home(std::uint32_t spread) const noexcept {
    return static_cast<std::size_t>((std::uint64_t{spread} * groups_.size()) >> 32);
  }
  std::size_t after(std::size_t group) const noexcept { return group + 1 < groups_.size() ? group + 1 : 0; }

  std::vector<Group> groups_;
};

// RecordTable maps strings of at most 255 octets to positions. Callers give each string's hash, which for
// equal strings is equal.
class RecordTable {
 public:
  void make_room(std::size_t records, std::size_t octets) {
    records_.reserve(records * kHead + octets);
    table_.make_room(records);
  }

  // insert: where the string is there already its position stays: the first one counts (AD-C8).
  void insert(std::string_view octets, std::uint64_t hash, Position position) {
    if (find(octets, hash) != kNowhere) return;
    table_.insert(key_of(hash), upper_half(hash), static_cast<std::uint32_t>(records_.size()));
    const auto head = std::bit_cast<Head>(position);
    records_.insert(records_.end(), head.begin(), head.end());
    records_.push_back(static_cast<char>(octets.size()));
    records_.insert(records_.end(), octets.begin(), octets.end());
  }

  // find is the string's position, or kNowhere.
  Position find(std::string_view octets, std::uint64_t hash) const noexcept {
    Position found = kNowhere;
    table_.find(key_of(hash), upper_half(hash), [&](std::uint32_t at) noexcept {
      const char* record = records_.data() + at;
      const std::size_t length = static_cast<unsigned char>(record[sizeof(Head)]);
      if (std::string_view(record + kHead, length) != octets) return false;
      Head head;
      std::copy_n(record, head.size(), head.begin());
      found = std::bit_cast<Position>(head);
      return true;
    });
    return found;
  }

  bool empty() const noexcept { return records_.empty(); }
  std::size_t octets() const noexcept { return records_.capacity() + table_.octets(); }

 private:
  // A record is a position, a length of one octet, and the string.
  using Head = std::array<char, sizeof(Position)>;
  static constexpr std::size_t kHead = sizeof(Head) + 1;

  // The half of the hash that is not the spread, and never the 0 of a free slot.
  static constexpr std::uint32_t key_of(std::uint64_t hash) noexcept {
    return std::max<std::uint32_t>(static_cast<std::uint32_t>(hash), 1);
  }

  std::vector<char> records_;
  GroupedTable table_;
};

}  // namespace postern::detail
