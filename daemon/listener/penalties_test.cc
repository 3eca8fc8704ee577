// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/listener/penalties.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>

namespace postern::daemon {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr std::uint64_t kHour = 3600 * kSecond;

sockaddr_storage address_of(const char* text) {
  sockaddr_storage storage{};
  auto& v4 = reinterpret_cast<sockaddr_in&>(storage);
  auto& v6 = reinterpret_cast<sockaddr_in6&>(storage);
  if (inet_pton(AF_INET, text, &v4.sin_addr) == 1) {
    storage.ss_family = AF_INET;
  } else if (inet_pton(AF_INET6, text, &v6.sin6_addr) == 1) {
    storage.ss_family = AF_INET6;
  }
  return storage;
}
AddressKey key(const char* text) {
  return key_of(address_of(text));
}

// AD-C1
TEST(AddressKey, AMappedAddressIsItsIpv4Address) {
  EXPECT_EQ(key("::ffff:192.0.2.1"), key("192.0.2.1"));
  EXPECT_NE(key("192.0.2.1"), key("192.0.2.2"));
  EXPECT_EQ(address_text(address_of("::ffff:192.0.2.1")), "192.0.2.1");
}

TEST(AddressKey, AnIpv6PlaceIsA64) {
  EXPECT_EQ(key("2001:db8:1:2::1"), key("2001:db8:1:2:ffff::9"));
  EXPECT_NE(key("2001:db8:1:2::1"), key("2001:db8:1:3::1"));
  EXPECT_EQ(address_text(address_of("2001:db8::1")), "2001:db8::1");
}

TEST(Penalties, AStrangerIsNotSlowed) {
  Penalties penalties;
  EXPECT_EQ(penalties.delay(key("192.0.2.1"), kHour).count(), 0);
  penalties.record(key("192.0.2.2"), kHour);
  EXPECT_EQ(penalties.delay(key("192.0.2.1"), kHour).count(), 0);
}

TEST(Penalties, EachDeathDoublesTheDelayUpToAMinuteAndABit) {
  Penalties penalties;
  for (unsigned seconds : {1U, 2U, 4U, 8U, 16U, 32U, 64U, 64U, 64U}) {
    penalties.record(key("192.0.2.1"), kHour);
    EXPECT_EQ(penalties.delay(key("192.0.2.1"), kHour + 1), std::chrono::seconds{seconds});
  }
}

TEST(Penalties, AnHourForgets) {
  Penalties penalties;
  penalties.record(key("192.0.2.1"), kHour);
  EXPECT_EQ(penalties.delay(key("192.0.2.1"), 2 * kHour - 1), std::chrono::seconds{1});
  EXPECT_EQ(penalties.delay(key("192.0.2.1"), 2 * kHour).count(), 0);
  EXPECT_EQ(penalties.deaths(2 * kHour - 1), 1U);
  EXPECT_EQ(penalties.deaths(2 * kHour), 0U);
}

TEST(Penalties, DeathsAreCountedFromEverywhere) {
  Penalties penalties;
  for (int i = 0; i < 100; ++i) penalties.record(key(i % 2 == 0 ? "192.0.2.1" : "192.0.2.2"), kHour);
  EXPECT_EQ(penalties.deaths(kHour), 64U);
}

}  // namespace
}  // namespace postern::daemon
