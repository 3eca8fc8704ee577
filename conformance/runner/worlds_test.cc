// SPDX-License-Identifier: BSD-2-Clause
#include "conformance/runner/worlds.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <list>

#include "conformance/runner/address.h"

namespace postern::conformance {
namespace {

class Worlds : public testing::Test {
 protected:
  const Case& add(const std::string& table, const std::string& ip, const std::vector<std::string>& names) {
    Case c;
    c.table = table;
    c.id = "row-" + std::to_string(cases_.size());
    c.ip = ip;
    c.lookup.names = names;
    c.lookup.status = names.empty() ? LookupStatus::kNone : LookupStatus::kOk;
    for (const std::string& name : names) c.lookup.forward.emplace_back(name, std::vector{ip});
    cases_.push_back(c);
    return cases_.back();
  }

  std::vector<World> worlds() const {
    std::vector<const Case*> pointers;
    for (const Case& c : cases_) pointers.push_back(&c);
    return partition(pointers);
  }

 private:
  std::list<Case> cases_;
};

TEST_F(Worlds, NoAddressHasTwoSetsOfNames) {
  add("access-domain", "10.0.0.1", {"a.test"});
  add("access-domain", "10.0.0.1", {"b.test"});
  add("access-domain", "10.0.0.1", {"a.test"});
  add("access-domain", "10.0.0.2", {});
  const auto made = worlds();
  ASSERT_EQ(made.size(), 2U);
  EXPECT_EQ(made[0].cases.size(), 3U);
  EXPECT_EQ(made[1].cases.size(), 1U);
}

// AD-C1
TEST_F(Worlds, AMappedClientIsItsIpv4Address) {
  add("access-domain", "10.0.0.1", {"a.test"});
  add("access-domain", "::ffff:10.0.0.1", {"b.test"});
  EXPECT_EQ(worlds().size(), 2U);
  EXPECT_EQ(source_address("::ffff:0a00:0001"), "10.0.0.1");
}

TEST_F(Worlds, AQuestionBelongsToOneLogin) {
  add("login", "10.0.0.1", {"a.test"});
  add("login", "10.0.0.1", {"a.test"});
  add("login", "10.0.0.2", {"b.test"});
  add("access-domain", "10.0.0.1", {"a.test"});
  const auto made = worlds();
  ASSERT_EQ(made.size(), 3U);
  for (const World& world : made) {
    const bool login = world.cases[0]->is_login();
    for (const Case* c : world.cases) EXPECT_EQ(c->is_login(), login);
  }
}

TEST_F(Worlds, SeveralNamesComeFromTheHostsFileInTheirOrder) {
  add("access-domain", "10.0.0.1", {"z.test", "a.test"});
  const auto made = worlds();
  EXPECT_EQ(made[0].hosts, "10.0.0.1 z.test a.test\n");
  EXPECT_TRUE(made[0].data.reverse.empty());
}

TEST_F(Worlds, ANameIsNeverInBothSources) {
  for (int i = 1; i < 200; ++i) {
    add("access-domain", "10.0.0." + std::to_string(i), {"host" + std::to_string(i % 50) + ".test"});
  }
  add("access-domain", "10.0.1.1", {"host1.test", "host2.test", "host3.test"});
  for (const World& world : worlds()) {
    for (const auto& [name, addresses] : world.data.forward) {
      EXPECT_EQ(world.hosts.find(" " + name + "\n"), std::string::npos) << name;
      EXPECT_EQ(world.hosts.find(" " + name + " "), std::string::npos) << name;
    }
    EXPECT_FALSE(world.hosts.empty());
    EXPECT_FALSE(world.data.reverse.empty()) << "both sources are used";
  }
}

// AD-C4: a forged name must come from the name server, where name and address can disagree.
TEST_F(Worlds, AForgedNameComesFromTheNameServer) {
  Case forged = add("login", "10.0.0.1", {"a.test"});
  forged.lookup.forward = {{"a.test", {"10.9.9.9"}}};
  const auto made = partition({&forged});
  EXPECT_TRUE(made[0].hosts.empty());
  EXPECT_EQ(made[0].data.forward.at("a.test"), std::set<std::string>{"10.9.9.9"});
}

}  // namespace
}  // namespace postern::conformance
