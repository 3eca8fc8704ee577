// SPDX-License-Identifier: BSD-2-Clause
// Every row of conformance/spec/login.json, in every field, held against the login policy.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "conformance/spec/table.h"
#include "daemon/login/policy.h"

namespace postern::daemon {
namespace {

using conformance::LoginRow;

// ScriptedNames gives a row's names as a resolver would: confirmed (AD-C4) unless the row says otherwise,
// none that is not AD-G6 or an address text (AD-C5), none after a failure (AD-C6). It counts the questions.
class ScriptedNames {
 public:
  explicit ScriptedNames(const LoginRow& row) : row_(row) {}

  std::span<const Text> operator()() {
    ++asked;
    if (row_.lookup_status != conformance::LookupStatus::kOk) return {};
    for (const std::string& name : row_.lookup_names) {
      if (qualifies(name) && (only_reverse() || is_confirmed(name))) names_.push_back(text(name));
    }
    return names_;
  }

  int asked = 0;

 private:
  [[nodiscard]] bool only_reverse() const {
    const auto setting = row_.settings.find("hostname-check");
    return setting != row_.settings.end() && setting->second == "reverse";
  }
  // AD-C4: addresses are compared as addresses (AD-C1), not as texts.
  [[nodiscard]] bool is_confirmed(const std::string& name) const {
    const std::optional<Client> client = parse_client(row_.ip);
    for (const auto& [forward_name, addresses] : row_.forward) {
      if (forward_name != name) continue;
      for (const std::string& address : addresses) {
        if (const std::optional<Client> back = parse_client(address); back && same(*back, *client))
          return true;
      }
    }
    return false;
  }
  static bool same(const Client& a, const Client& b) {
    const auto& left = a.kernel().address;
    return a.is_ipv6() == b.is_ipv6() &&
           std::equal(std::begin(left), std::end(left), std::begin(b.kernel().address));
  }
  static bool qualifies(const std::string& name) {
    return parse_entry(name).kind == kDomainName || name == "none";
  }

  const LoginRow& row_;
  std::vector<Text> names_;
};

std::vector<Entry> entries_of(const LoginRow& row) {
  std::vector<Entry> list;
  for (const std::string& value : row.list) list.push_back(parse_entry(value));
  return list;
}

void hold(const LoginRow& row) {
  SCOPED_TRACE(row.id + ": " + row.why);
  const std::optional<Client> client = parse_client(row.ip);
  ASSERT_TRUE(client.has_value());
  const std::vector<Entry> list = entries_of(row);
  ScriptedNames lookup(row);
  const bool right = row.known_account && row.right_password;
  const LoginFacts facts{row.known_account, true, right, true, list, *client};
  std::span<const Text> given;
  const LoginOutcome outcome =
      decide_login(facts, [&]() -> std::span<const Text> { return given = lookup(); });
  EXPECT_EQ(outcome.allowed(), row.allow);
  EXPECT_EQ(lookup.asked, row.asked ? 1 : 0);
  ASSERT_EQ(outcome.decision.has_value(), row.step.has_value());
  if (!outcome.decision) return;
  EXPECT_EQ(static_cast<int>(outcome.decision->step), *row.step);
  EXPECT_EQ(outcome.decision->entry, row.entry);
  ASSERT_EQ(outcome.decision->name.has_value(), row.name.has_value());
  if (row.name) {
    EXPECT_EQ(view(given[*outcome.decision->name]), *row.name);
  }
}

// AD-L1, AD-L3, AD-C3 to C7
TEST(LoginTable, EveryRow) {
  const conformance::LoginTable table = conformance::load_login(POSTERN_LOGIN_TABLE);
  ASSERT_FALSE(table.rows.empty());
  for (const LoginRow& row : table.rows) hold(row);
}

}  // namespace
}  // namespace postern::daemon
