// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/listener/connection_table.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <vector>

namespace postern::daemon {
namespace {

AddressKey place(unsigned n) {
  AddressKey key;
  key.octets[15] = static_cast<std::uint8_t>(n);
  return key;
}

// Every triple of small limits, every count of strangers: nobody below `start`, everybody from `full` on,
// `rate` at `start`, and never fewer refused when there are more strangers.
TEST(RefusedOf100, AllSmallLimits) {
  for (std::uint32_t full = 1; full <= 12; ++full)
    for (std::uint32_t start = 1; start <= full; ++start)
      for (std::uint32_t rate = 0; rate <= 100; ++rate) {
        const ConnectionLimits limits{0, 0, start, rate, full};
        for (std::uint32_t n = 0; n < start; ++n) ASSERT_EQ(refused_of_100(limits, n), 0U);
        ASSERT_EQ(refused_of_100(limits, start), start < full ? rate : 100U);
        for (std::uint32_t n = start; n <= full + 2; ++n) {
          ASSERT_LE(refused_of_100(limits, n), refused_of_100(limits, n + 1));
          ASSERT_LE(refused_of_100(limits, n), 100U);
        }
        ASSERT_EQ(refused_of_100(limits, full), 100U);
      }
}

// Model is the table as one would say it: a map, and sums over it.
struct Model {
  struct Row {
    unsigned place;
    unsigned holders;
    bool stranger;
  };
  std::map<std::uint64_t, Row> rows;

  template <class Predicate>
  std::uint32_t count(Predicate&& predicate) const {
    std::uint32_t sum = 0;
    for (const auto& [number, row] : rows) sum += predicate(row) ? 1U : 0U;
    return sum;
  }
};

void check(const Model& model, const ConnectionTable& table) {
  RC_ASSERT(table.size() == model.rows.size());
  RC_ASSERT(table.strangers() == model.count([](const Model::Row& row) { return row.stranger; }));
  for (unsigned p = 0; p < 4; ++p)
    RC_ASSERT(table.from(place(p)) == model.count([&](const Model::Row& row) { return row.place == p; }));
}

void act_on(std::uint64_t number, unsigned what, Model& model, ConnectionTable& table) {
  const auto row = model.rows.find(number);
  const bool there = row != model.rows.end();
  if (what == 0) table.hold(number);
  if (what == 1) table.release(number);
  if (what == 2) table.logged_in(number);
  if (!there) return;
  if (what == 0) ++row->second.holders;
  if (what == 2) row->second.stranger = false;
  if (what == 1 && --row->second.holders == 0) model.rows.erase(row);
}

// Whatever is done in whatever order: the table counts as the model does; it admits if and only if there is
// room in all, of this place and by the draw; who has logged in is no stranger, and nobody is driven out.
RC_GTEST_PROP(ConnectionTable, CountsAsTheModelDoes, ()) {
  const auto small = [](unsigned low, unsigned high) { return *rc::gen::inRange(low, high + 1); };
  const std::uint32_t full = small(1, 8);
  const ConnectionLimits limits{small(1, 8), small(1, 4), small(1, full), small(0, 100), full};
  ConnectionTable table(limits);
  Model model;
  std::uint64_t next = 1;
  for (const unsigned step : *rc::gen::container<std::vector<unsigned>>(rc::gen::inRange(0U, 4000U))) {
    const unsigned what = step % 4;
    if (what != 3) {
      act_on(step / 4 % (next + 1), what, model, table);
    } else {
      const unsigned from = step / 4 % 4;
      const std::uint32_t draw = step / 16 % 100;
      const bool room = model.rows.size() < limits.total && table.from(place(from)) < limits.per_address &&
                        draw >= refused_of_100(limits, table.strangers());
      const bool admitted = table.admit(place(from), draw) == Admission::kServed;
      RC_ASSERT(admitted == room);
      if (admitted) {
        table.begin(next, place(from));
        model.rows[next++] = {from, 1, true};
      }
    }
    check(model, table);
  }
}

TEST(ConnectionTable, WhoHasLoggedInCountsForItsAddressAlone) {
  ConnectionTable table({10, 2, 1, 100, 1});
  table.begin(1, place(1));
  EXPECT_EQ(table.admit(place(2), 0), Admission::kStrangers);
  table.logged_in(1);
  ASSERT_EQ(table.admit(place(1), 0), Admission::kServed);
  table.begin(2, place(1));
  table.logged_in(2);
  EXPECT_EQ(table.admit(place(1), 0), Admission::kAddress);
  EXPECT_EQ(table.admit(place(2), 0), Admission::kServed);
}

TEST(ConnectionTable, TheDrawDecidesBetweenStartAndFull) {
  ConnectionTable table({10, 10, 1, 30, 4});
  EXPECT_EQ(table.admit(place(1), 0), Admission::kServed);
  table.begin(1, place(1));
  EXPECT_EQ(table.admit(place(1), 29), Admission::kStrangers);
  EXPECT_EQ(table.admit(place(1), 30), Admission::kServed);
}

TEST(ConnectionTable, NoMoreThanThereMayBe) {
  ConnectionTable table({1, 10, 10, 30, 20});
  table.begin(1, place(1));
  table.logged_in(1);
  EXPECT_EQ(table.admit(place(2), 99), Admission::kTotal);
  table.begin(2, place(2));  // not asked for: there is no room, and nobody is driven out
  EXPECT_EQ(table.from(place(1)), 1U);
  EXPECT_EQ(table.size(), 1U);
}

}  // namespace
}  // namespace postern::daemon
