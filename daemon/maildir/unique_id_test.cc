// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/maildir/unique_id.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace postern::daemon {
namespace {

bool is_rfc_1939_id(std::string_view id) {
  return !id.empty() && id.size() <= 70 &&
         std::all_of(id.begin(), id.end(), [](char octet) { return octet >= 0x21 && octet <= 0x7E; });
}

TEST(UniqueId, IsTheNameWithoutItsFlags) {
  EXPECT_EQ(unique_id(base_name("1700000000.M1P2.host:2,S")), "1700000000.M1P2.host");
  EXPECT_EQ(unique_id(base_name("1700000000.M1P2.host")), "1700000000.M1P2.host");
}

// RFC 1939, section 7: whatever a file is called, its id is 1 to 70 octets of 0x21 to 0x7E, and other names
// have other ids.
TEST(UniqueId, OddNamesGetIdsOfTheirOwn) {
  const std::vector<std::string> names{
      "a",
      std::string(70, 'x'),
      std::string(71, 'x'),
      std::string(255, 'x'),
      std::string(254, 'x') + "y",
      "a b",
      "a\tb",
      "\x01",
      "\xC3\xA9",
      "~",
      "~a",
      "caf\xE9",
      "a\x7F",
      unique_id("a b"),
      "",
  };
  std::set<std::string> ids;
  for (const std::string& name : names) {
    const std::string id = unique_id(name);
    EXPECT_TRUE(is_rfc_1939_id(id)) << testing::PrintToString(name);
    EXPECT_EQ(id, unique_id(name));
    ids.insert(id);
  }
  EXPECT_EQ(ids.size(), names.size());
}

TEST(DeliveredBefore, ComparesNumbersAsNumbers) {
  EXPECT_TRUE(delivered_before("999.x", "1000.a"));
  EXPECT_TRUE(delivered_before("1000.a", "1000.b"));
  EXPECT_TRUE(delivered_before("no-number", "1.x"));
  EXPECT_FALSE(delivered_before("1.x", "1.x"));
}

// A total order on every pair of names of up to 3 octets over the octets that matter.
TEST(DeliveredBefore, IsATotalOrder) {
  std::vector<std::string> names{""};
  for (size_t begin = 0, round = 0; round < 3; ++round) {
    const size_t end = names.size();
    for (; begin < end; ++begin) {
      for (const char octet : {'0', '1', '9', 'a'}) names.push_back(names[begin] + octet);
    }
  }
  for (const std::string& a : names) {
    for (const std::string& b : names) {
      ASSERT_EQ(delivered_before(a, b) + delivered_before(b, a), a == b ? 0 : 1) << a << " " << b;
      for (const std::string& c : names) {
        if (delivered_before(a, b) && delivered_before(b, c)) {
          ASSERT_TRUE(delivered_before(a, c)) << a << " " << b << " " << c;
        }
      }
    }
  }
}

}  // namespace
}  // namespace postern::daemon
