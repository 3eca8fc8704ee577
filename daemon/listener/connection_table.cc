// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/listener/connection_table.h"

#include <algorithm>

namespace postern::daemon {

const char* admission_name(Admission admission) {
  switch (admission) {
    case Admission::kServed:
      return "served";
    case Admission::kTotal:
      return "total";
    case Admission::kAddress:
      return "address";
    case Admission::kStrangers:
      return "strangers";
  }
  return "total";
}

ConnectionTable::ConnectionTable(const ConnectionLimits& limits, std::pmr::memory_resource* memory)
    : limits_(limits), rows_(limits.total, memory) {}

Admission ConnectionTable::admit(const AddressKey& place, std::uint32_t draw) const {
  if (size() >= limits_.total) return Admission::kTotal;
  if (from(place) >= limits_.per_address) return Admission::kAddress;
  if (draw < refused_of_100(limits_, strangers())) return Admission::kStrangers;
  return Admission::kServed;
}

void ConnectionTable::begin(std::uint64_t number, const AddressKey& place) {
  const auto free = std::ranges::find(rows_, std::uint64_t{0}, &Row::number);
  if (free != rows_.end()) *free = Row{number, place, 1, true};
}

void ConnectionTable::hold(std::uint64_t number) {
  if (Row* const row = find(number)) ++row->holders;
}

void ConnectionTable::release(std::uint64_t number) {
  Row* const row = find(number);
  if (row != nullptr && --row->holders == 0) *row = Row{};
}

void ConnectionTable::logged_in(std::uint64_t number) {
  if (Row* const row = find(number)) row->stranger = false;
}

std::uint32_t ConnectionTable::size() const {
  return static_cast<std::uint32_t>(
      std::ranges::count_if(rows_, [](const Row& row) { return row.number != 0; }));
}

std::uint32_t ConnectionTable::strangers() const {
  return static_cast<std::uint32_t>(
      std::ranges::count_if(rows_, [](const Row& row) { return row.number != 0 && row.stranger; }));
}

std::uint32_t ConnectionTable::from(const AddressKey& place) const {
  return static_cast<std::uint32_t>(
      std::ranges::count_if(rows_, [&](const Row& row) { return row.number != 0 && row.place == place; }));
}

ConnectionTable::Row* ConnectionTable::find(std::uint64_t number) {
  const auto row = std::ranges::find(rows_, number, &Row::number);
  return number == 0 || row == rows_.end() ? nullptr : &*row;
}

}  // namespace postern::daemon
