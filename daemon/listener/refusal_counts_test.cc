// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/listener/refusal_counts.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <utility>
#include <vector>

namespace postern::daemon {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr std::uint64_t kForget = 900 * kSecond;
constexpr std::uint64_t kNow = 5 * kForget;

AddressKey place(unsigned n) {
  AddressKey key;
  key.octets[0] = static_cast<std::uint8_t>(n);
  key.octets[7] = static_cast<std::uint8_t>(n >> 8U);
  return key;
}

std::unique_ptr<RefusalCounts> empty() {
  auto counts = std::make_unique<RefusalCounts>();
  counts->seed(0x5eed);
  return counts;
}

// AD-L4: all zero is empty.
TEST(RefusalCounts, APairWaitsLongerFromItsFourthTryOn) {
  const auto counts = empty();
  std::vector<std::uint32_t> waits;
  for (int i = 0; i < 8; ++i) {
    waits.push_back(counts->quanta(place(1), 7, kNow));
    counts->tried(place(1), 7, kNow);
  }
  EXPECT_EQ(waits, (std::vector<std::uint32_t>{1, 1, 1, 2, 4, 8, 16, 16}));
}

// AD-L4: whatever accounts are tried from elsewhere, nobody waits for it here.
TEST(RefusalCounts, NothingIsHeldAgainstAnAccount) {
  const auto counts = empty();
  for (unsigned from = 2; from < 1000; ++from) counts->tried(place(from), 7, kNow);
  EXPECT_EQ(counts->quanta(place(1), 7, kNow), 1U);
}

TEST(RefusalCounts, APlaceWaitsLongerWhateverItTries) {
  const auto counts = empty();
  std::map<std::uint32_t, std::uint32_t> first;  // quanta -> the try it began with
  for (std::uint32_t n = 1; n <= 300; ++n) {
    first.emplace(counts->quanta(place(1), 1000 + n, kNow), n);
    counts->tried(place(1), 1000 + n, kNow);
  }
  EXPECT_EQ(first, (std::map<std::uint32_t, std::uint32_t>{{1, 1}, {2, 32}, {4, 64}, {8, 128}, {16, 256}}));
  EXPECT_EQ(counts->quanta(place(2), 1001, kNow), 1U);
}

TEST(RefusalCounts, ALoginForgetsItsPairAndTakesItsTryBack) {
  const auto counts = empty();
  for (int i = 0; i < 6; ++i) counts->tried(place(1), 7, kNow);
  for (std::uint32_t n = 0; n < 26; ++n) counts->tried(place(1), 1000 + n, kNow);
  ASSERT_EQ(counts->quanta(place(1), 8, kNow), 2U);
  counts->good(place(1), 7, kNow);
  counts->good(place(1), 7, kNow);
  EXPECT_EQ(counts->quanta(place(1), 7, kNow), 1U);
  EXPECT_EQ(counts->quanta(place(1), 8, kNow), 1U);
}

TEST(RefusalCounts, AQuarterOfAnHourForgets) {
  const auto counts = empty();
  for (int i = 0; i < 5; ++i) counts->tried(place(1), 7, kNow);
  EXPECT_EQ(counts->quanta(place(1), 7, kNow + kForget - kSecond), 8U);
  EXPECT_EQ(counts->quanta(place(1), 7, kNow + kForget), 1U);
}

TEST(RefusalCounts, AccountsHaveTagsOfTheirOwn) {
  const auto counts = empty();
  EXPECT_NE(counts->tag_of("alice"), counts->tag_of("alicf"));
  EXPECT_NE(counts->tag_of(""), counts->tag_of("a"));
  const std::uint32_t before = counts->tag_of("alice");
  counts->seed(0x5eee);
  EXPECT_NE(counts->tag_of("alice"), before);
}

// A map of counts says the same, as long as there is room: few pairs, tries, logins and time in any order.
RC_GTEST_PROP(RefusalCounts, CountAsAMapDoes, ()) {
  struct Count {
    std::uint32_t count = 0;
    std::uint64_t at = 0;
    [[nodiscard]] std::uint32_t now(std::uint64_t when) const { return when - at < kForget ? count : 0; }
    void set(std::uint32_t to, std::uint64_t when) { *this = {std::min(to, 255U), when}; }
  };
  const auto counts = empty();
  std::map<std::pair<unsigned, unsigned>, Count> pairs;
  std::map<unsigned, Count> places;
  std::uint64_t now = kNow;
  for (const unsigned step : *rc::gen::container<std::vector<unsigned>>(rc::gen::inRange(0U, 1200U))) {
    const unsigned from = step % 2;
    const unsigned account = step / 2 % 3;
    Count& pair = pairs[{from, account}];
    Count& all = places[from];
    const unsigned act = step / 6 % 20;
    if (act == 0) now += step / 120 * 100 * kSecond;
    if (act == 1) {
      counts->good(place(from), account, now);
      pair.set(0, now);
      all.set(std::max(all.now(now), 1U) - 1U, now);
    }
    if (act > 1) {
      counts->tried(place(from), account, now);
      pair.set(pair.now(now) + 1, now);
      all.set(all.now(now) + 1, now);
    }
    constexpr std::array<std::uint32_t, 7> kWaits{1, 1, 1, 2, 4, 8, 16};
    const std::uint32_t of_pair = kWaits[std::min<std::size_t>(pair.now(now), 6)];
    const std::uint32_t n = all.now(now) + 1;
    const std::uint32_t of_place = n < 32 ? 1 : n < 64 ? 2 : n < 128 ? 4 : n < 256 ? 8 : 16;
    RC_ASSERT(counts->quanta(place(from), account, now) == std::max(of_pair, of_place));
  }
}

// However many places try, memory is what it was, and who tries most is remembered.
TEST(RefusalCounts, TheFewestTriesMakeWay) {
  const auto counts = empty();
  for (int i = 0; i < 6; ++i) counts->tried(place(0), 7, kNow);
  for (unsigned from = 1; from < 60'000; ++from) counts->tried(place(from), 7, kNow);
  EXPECT_EQ(counts->quanta(place(0), 7, kNow), 16U);
}

}  // namespace
}  // namespace postern::daemon
