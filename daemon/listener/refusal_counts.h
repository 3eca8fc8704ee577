// SPDX-License-Identifier: BSD-2-Clause
// How many logins were tried from where, and how many quanta the next refusal waits for it. Pure: time is
// given. It lies in memory that the listener writes and its keepers read.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "daemon/listener/address_key.h"

namespace postern::daemon {

inline constexpr std::uint32_t kMostQuanta = 16;

// RefusalCounts knows some 6,000 pairs of place and account, and as many places, for a quarter of an hour
// after the last try; when there are more, the fewest tries are forgotten first. Nothing is held against an
// account alone: who guesses from elsewhere makes nobody wait. All zero it is empty, so fresh pages are one.
//
// Every try counts from its beginning, before anything is known of it, and a login that was good takes its
// own back: neither the count nor its instant tells what was done in a try (AD-L2), and tries made at once
// count as if made in turn.
class RefusalCounts {
 public:
  // seed makes equal places fall into other rows than in another listener. To be called once, before all
  // else.
  void seed(std::uint64_t secret) { secret_ = secret; }

  // tag_of names an account: what a keeper tells its listener of it.
  [[nodiscard]] std::uint32_t tag_of(std::string_view account) const;

  // tried counts a login to `account` from `place`; good forgets the pair, and takes one from the place.
  void tried(const AddressKey& place, std::uint32_t account, std::uint64_t now_nsec);
  void good(const AddressKey& place, std::uint32_t account, std::uint64_t now_nsec);

  // quanta returns how many a refusal waits if this is tried now: 1 for the first three of a pair, then 2, 4,
  // 8, 16; and 2 from a place's 32nd on, 4 from the 64th, 8 from the 128th, 16 from the 256th, whatever the
  // accounts. The greater counts.
  [[nodiscard]] std::uint32_t quanta(const AddressKey& place, std::uint32_t account,
                                     std::uint64_t now_nsec) const;

 private:
  // A row: 32 bits of hash, 8 of count, 24 of seconds. One word, so that a reader sees all of it or nothing.
  static constexpr std::size_t kWays = 8;
  using Bucket = std::array<std::uint64_t, kWays>;
  using Table = std::array<Bucket, 1024>;

  [[nodiscard]] std::uint64_t hash_of(const AddressKey& place, std::uint64_t account) const;

  std::uint64_t secret_;
  Table pairs_;
  Table places_;
};

}  // namespace postern::daemon
