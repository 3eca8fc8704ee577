// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/listener/penalties.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>

namespace postern::daemon {
namespace {

constexpr std::uint64_t kHour = 3'600'000'000'000U;
constexpr unsigned kMostDoublings = 6;

bool is_recent(std::uint64_t at, std::uint64_t now) {
  return now - at < kHour;
}

constexpr std::array<std::uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

}  // namespace

AddressKey key_of(const sockaddr_storage& address) {
  AddressKey key;
  if (address.ss_family == AF_INET) {
    std::ranges::copy(kMapped, key.octets.begin());
    std::memcpy(key.octets.data() + 12, &reinterpret_cast<const sockaddr_in&>(address).sin_addr, 4);
  } else if (address.ss_family == AF_INET6) {
    std::memcpy(key.octets.data(), &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr, 16);
    if (!std::equal(kMapped.begin(), kMapped.end(), key.octets.begin()))
      std::fill(key.octets.begin() + 8, key.octets.end(), std::uint8_t{0});
  }
  return key;
}

std::string address_text(const sockaddr_storage& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const AddressKey key = key_of(address);
  const bool mapped = std::equal(kMapped.begin(), kMapped.end(), key.octets.begin());
  const void* octets = mapped ? static_cast<const void*>(key.octets.data() + 12)
                              : &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
  if (inet_ntop(mapped ? AF_INET : AF_INET6, octets, text.data(), text.size()) == nullptr) return "unknown";
  return text.data();
}

void Penalties::record(const AddressKey& place, std::uint64_t now_nsec) {
  deaths_[next_] = Death{place, now_nsec, true};
  next_ = (next_ + 1) % deaths_.size();
}

std::chrono::nanoseconds Penalties::delay(const AddressKey& place, std::uint64_t now_nsec) const {
  const auto count = std::ranges::count_if(deaths_, [&](const Death& death) {
    return death.used && is_recent(death.at_nsec, now_nsec) && death.place == place;
  });
  if (count == 0) return std::chrono::nanoseconds{0};
  return std::chrono::seconds{1U << std::min(static_cast<unsigned>(count) - 1U, kMostDoublings)};
}

unsigned Penalties::deaths(std::uint64_t now_nsec) const {
  return static_cast<unsigned>(std::ranges::count_if(
      deaths_, [&](const Death& death) { return death.used && is_recent(death.at_nsec, now_nsec); }));
}

}  // namespace postern::daemon
