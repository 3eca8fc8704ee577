// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/listener/refusal_counts.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace postern::daemon {
namespace {

constexpr std::uint32_t kForgetSeconds = 900;
constexpr std::uint32_t kMostCount = 255;
constexpr std::uint32_t kFreeTries = 3;    // of a pair
constexpr std::uint32_t kPlaceTries = 32;  // of a place
constexpr std::uint64_t kNoAccount = std::uint64_t{1} << 32U;

// The finalizer of splitmix64: every bit of the input moves every bit of the answer.
constexpr std::uint64_t mix(std::uint64_t x) {
  x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27U)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31U);
}

std::uint32_t seconds_of(std::uint64_t nsec) {
  return static_cast<std::uint32_t>(nsec / 1'000'000'000U) & 0xffffffU;
}

std::uint32_t count_of(std::uint64_t row, std::uint32_t now) {
  const auto at = static_cast<std::uint32_t>(row & 0xffffffU);
  const bool fresh = ((now - at) & 0xffffffU) < kForgetSeconds;
  return fresh ? static_cast<std::uint32_t>(row >> 24U & 0xffU) : 0;
}

std::uint64_t row_of(std::uint64_t hash, std::uint32_t count, std::uint32_t now) {
  return (hash & 0xffffffff00000000U) | std::uint64_t{count} << 24U | now;
}

std::uint64_t read(const std::uint64_t& row) {
  return __atomic_load_n(&row, __ATOMIC_RELAXED);
}
void write(std::uint64_t& row, std::uint64_t value) {
  __atomic_store_n(&row, value, __ATOMIC_RELAXED);
}

template <class Table>
auto& bucket_of(Table& table, std::uint64_t hash) {
  return table[hash % table.size()];
}

template <class Table>
std::uint32_t count_in(const Table& table, std::uint64_t hash, std::uint32_t now) {
  for (const std::uint64_t& row : bucket_of(table, hash))
    if (const std::uint64_t value = read(row); (value ^ hash) >> 32U == 0) return count_of(value, now);
  return 0;
}

// The row of this hash, or that which is to make way for it: with the fewest tries that still count.
template <class Table>
std::uint64_t& row_for(Table& table, std::uint64_t hash, std::uint32_t now) {
  auto& bucket = bucket_of(table, hash);
  const auto own =
      std::ranges::find_if(bucket, [hash](std::uint64_t row) { return (row ^ hash) >> 32U == 0; });
  if (own != bucket.end()) return *own;
  return *std::ranges::min_element(bucket, {}, [now](std::uint64_t row) { return count_of(row, now); });
}

template <class Table>
void add(Table& table, std::uint64_t hash, int change, std::uint32_t now) {
  const auto count = static_cast<int>(count_in(table, hash, now)) + change;
  const auto kept = static_cast<std::uint32_t>(std::clamp(count, 0, static_cast<int>(kMostCount)));
  write(row_for(table, hash, now), row_of(hash, kept, now));
}

}  // namespace

std::uint32_t RefusalCounts::tag_of(std::string_view account) const {
  std::uint64_t hash = secret_ ^ 14695981039346656037U;  // FNV-1a
  for (const char octet : account) hash = (hash ^ static_cast<unsigned char>(octet)) * 1099511628211U;
  return static_cast<std::uint32_t>(mix(hash));
}

std::uint64_t RefusalCounts::hash_of(const AddressKey& place, std::uint64_t account) const {
  std::array<std::uint64_t, 2> halves{};
  std::memcpy(halves.data(), place.octets.data(), sizeof halves);
  return mix(mix(mix(secret_ ^ halves[0]) ^ halves[1]) ^ account);
}

void RefusalCounts::tried(const AddressKey& place, std::uint32_t account, std::uint64_t now_nsec) {
  const std::uint32_t now = seconds_of(now_nsec);
  add(pairs_, hash_of(place, account), 1, now);
  add(places_, hash_of(place, kNoAccount), 1, now);
}

void RefusalCounts::good(const AddressKey& place, std::uint32_t account, std::uint64_t now_nsec) {
  const std::uint32_t now = seconds_of(now_nsec);
  add(pairs_, hash_of(place, account), -static_cast<int>(kMostCount), now);
  add(places_, hash_of(place, kNoAccount), -1, now);
}

std::uint32_t RefusalCounts::quanta(const AddressKey& place, std::uint32_t account,
                                    std::uint64_t now_nsec) const {
  const std::uint32_t now = seconds_of(now_nsec);
  const std::uint32_t of_pair = count_in(pairs_, hash_of(place, account), now);
  const std::uint32_t of_place = count_in(places_, hash_of(place, kNoAccount), now) + 1;
  const std::uint32_t pair = of_pair < kFreeTries ? 1U : 2U << std::min(of_pair - kFreeTries, 3U);
  const std::uint32_t all = of_place < kPlaceTries ? 1U : 2U << (std::bit_width(of_place / kPlaceTries) - 1U);
  return std::min(std::max(pair, all), kMostQuanta);
}

}  // namespace postern::daemon
