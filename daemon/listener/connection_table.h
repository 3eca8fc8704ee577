// SPDX-License-Identifier: BSD-2-Clause
// Which connections there are, and whether one more is served. Pure: no clock, no chance, no socket.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <vector>

#include "daemon/listener/address_key.h"

namespace postern::daemon {

// ConnectionLimits are those of one module.
struct ConnectionLimits {
  std::uint32_t total = 0;        // connections there may be; the kernel lets more of them wait
  std::uint32_t per_address = 0;  // of one place: an IPv4 address, or an IPv6 /64
  // Of those that have not logged in: from `start` on a new one is refused by chance, of 100 `rate` at first
  // and, in a straight line, all from `full` on (as sshd's MaxStartups). Requires rate <= 100.
  std::uint32_t start = 0;
  std::uint32_t rate = 0;
  std::uint32_t full = 0;
};

// refused_of_100 returns how many of 100 new connections are refused when `strangers` have not logged in.
[[nodiscard]] constexpr std::uint32_t refused_of_100(const ConnectionLimits& limits,
                                                     std::uint32_t strangers) {
  if (strangers >= limits.full) return 100;
  if (strangers < limits.start) return 0;
  const std::uint64_t above = strangers - limits.start;
  return limits.rate +
         static_cast<std::uint32_t>((100U - limits.rate) * above / (limits.full - limits.start));
}

enum class Admission : std::uint8_t {
  kServed,
  kTotal,      // there are `total`
  kAddress,    // this place has its share, logged in or not
  kStrangers,  // too many have not logged in
};

// admission_name returns "served", "total", "address" or "strangers".
[[nodiscard]] const char* admission_name(Admission admission);

// ConnectionTable holds at most `limits.total` connections; its memory does not grow. A connection that is in
// it stays until all that hold it have let go: no newcomer ever drives another one out. Its rows are in
// `memory`, which must outlive it: at most kRowOctets for each connection there may be.
class ConnectionTable {
 public:
  static constexpr std::size_t kRowOctets = 64;
  explicit ConnectionTable(const ConnectionLimits& limits,
                           std::pmr::memory_resource* memory = std::pmr::get_default_resource());

  // admit decides on a new connection from `place`. `draw`: by chance, 0 to 99. Nothing is changed.
  [[nodiscard]] Admission admit(const AddressKey& place, std::uint32_t draw) const;

  // begin enters connection `number`, held once. Requires that admit has just served it, and number != 0.
  void begin(std::uint64_t number, const AddressKey& place);
  // hold and release: one more, one less of those that hold it (the listener, its processes). With the last
  // one it is gone. Nothing happens to a number that is not in the table.
  void hold(std::uint64_t number);
  void release(std::uint64_t number);

  // logged_in: from now on it is no stranger's.
  void logged_in(std::uint64_t number);

  [[nodiscard]] std::uint32_t size() const;
  [[nodiscard]] std::uint32_t strangers() const;
  [[nodiscard]] std::uint32_t from(const AddressKey& place) const;

 private:
  struct Row {
    std::uint64_t number = 0;  // 0: free
    AddressKey place;
    std::uint32_t holders = 0;
    bool stranger = true;
  };
  static_assert(sizeof(Row) <= kRowOctets);
  [[nodiscard]] Row* find(std::uint64_t number);

  ConnectionLimits limits_;
  std::pmr::vector<Row> rows_;
};

}  // namespace postern::daemon
