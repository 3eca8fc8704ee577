// SPDX-License-Identifier: BSD-2-Clause
// spec_rows_test [SPEC_DIR]: one test per row of the tables, named by the row's id, in every field of the
// answer. A hyphen means "except" in --gtest_filter: write '?' for it there.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <utility>

#include "conformance/spec/model_table.h"
#include "conformance/spec/table.h"
#include "core/decide.h"

#if __has_include("core/compiled_access_list.h")
#include "core/compiled_access_list.h"
#define POSTERN_HAS_COMPILED_ACCESS_LIST
#endif

namespace postern::conformance {
namespace {

std::vector<Entry> parse_all(const std::vector<std::string>& values) {
  std::vector<Entry> list;
  for (const std::string& value : values) list.push_back(parse_entry(value));
  return list;
}

std::vector<Text> texts_of(const std::vector<std::string>& all) {
  std::vector<Text> texts;
  for (const std::string& one : all) texts.push_back(text(one));
  return texts;
}

std::vector<Malformed> malformed_of(const std::vector<Entry>& list) {
  std::vector<Malformed> all;
  for_each_malformed(list, [&all](size_t entry, Fault fault) {
    all.push_back({entry, std::string(why_code(fault.why))});
  });
  return all;
}

std::optional<size_t> position_of(const std::optional<std::string>& name,
                                  const std::vector<std::string>& names) {
  if (!name) return std::nullopt;
  return static_cast<size_t>(std::find(names.begin(), names.end(), *name) - names.begin());
}

void expect_decision(const Decision& decision, const Decision& expected, const char* form) {
  EXPECT_EQ(decision.allowed(), expected.allowed()) << form;
  EXPECT_EQ(static_cast<int>(decision.step), static_cast<int>(expected.step)) << form;
  EXPECT_EQ(decision.entry, expected.entry) << form;
  EXPECT_EQ(decision.name, expected.name) << form;
}

Decision decision_of(bool allow, int step, std::optional<size_t> entry, std::optional<size_t> name) {
  return {allow ? Verdict::kAllow : Verdict::kDeny, static_cast<Step>(step), entry, name};
}

// AD-C7 by the row alone: steps 1 to 3 need no names, and without a domain name there is nothing to ask for.
bool may_ask(const std::vector<Entry>& list, int step) {
  return step >= 4 &&
         std::any_of(list.begin(), list.end(), [](const Entry& entry) { return entry.kind == kDomainName; });
}

class AccessDomainRow : public testing::Test {
 public:
  explicit AccessDomainRow(const Row& row) : row_(row) {}

  void TestBody() override {
    const std::vector<Entry> list = parse_all(row_.list);
    const std::vector<Text> names = texts_of(row_.names);
    const auto client = parse_client(row_.ip);
    ASSERT_TRUE(client.has_value()) << row_.ip;
    EXPECT_EQ(malformed_of(list), row_.malformed);
    const Decision expected =
        decision_of(row_.allow, row_.step, row_.entry, position_of(row_.name, row_.names));
    expect_decision(decide(list, *client, names), expected, "decide");
    expect_lazy(expected, list, "decide_lazily",
                [&](auto look_up) { return decide_lazily(list, *client, look_up); });
#ifdef POSTERN_HAS_COMPILED_ACCESS_LIST
    const CompiledAccessList compiled(list);
    expect_decision(compiled.decide(*client, names), expected, "CompiledAccessList");
    expect_lazy(expected, list, "CompiledAccessList, lazily",
                [&](auto look_up) { return compiled.decide_lazily(*client, look_up); });
#endif
  }

 private:
  // expect_lazy: the same decision, and the names asked for once if they may be asked for, else never
  // (AD-C7).
  template <typename DecideLazily>
  void expect_lazy(const Decision& expected, const std::vector<Entry>& list, const char* form,
                   DecideLazily decide_with) const {
    const std::vector<Text> names = texts_of(row_.names);
    int asked = 0;
    const auto look_up = [&]() -> std::span<const Text> {
      ++asked;
      return names;
    };
    expect_decision(decide_with(look_up), expected, form);
    EXPECT_EQ(asked, may_ask(list, row_.step) ? 1 : 0) << form << ": look-ups (AD-C7)";
  }

  const Row& row_;
};

// A login as the specification has it: password, then the list, then the name service if it must be asked.
class LoginRowTest : public testing::Test {
 public:
  explicit LoginRowTest(const LoginRow& row) : row_(row) {}

  void TestBody() override {
    const auto client = parse_client(row_.ip);
    ASSERT_TRUE(client.has_value()) << row_.ip;
    if (!row_.right_password || !row_.known_account) return expect_nothing_decided();  // AD-L1, AD-L3
    const std::vector<Entry> list = parse_all(row_.list);
    const std::vector<std::string> confirmed = confirmed_names(*client);
    const std::vector<Text> names = texts_of(confirmed);
    bool asked = false;
    const Decision decision = decide_lazily(list, *client, [&]() -> std::span<const Text> {
      asked = true;
      return names;
    });
    expect_decision(
        decision,
        decision_of(row_.allow, row_.step.value_or(0), row_.entry, position_of(row_.name, confirmed)),
        "decide_lazily");
    EXPECT_EQ(asked, row_.asked) << "asked (AD-C7)";
  }

 private:
  void expect_nothing_decided() const {
    EXPECT_FALSE(row_.allow);
    EXPECT_FALSE(row_.asked);
    EXPECT_EQ(row_.step, std::nullopt);
  }
  bool confirms(const std::string& name, const Client& client) const {
    return std::any_of(row_.forward.begin(), row_.forward.end(), [&](const auto& forward) {
      return forward.first == name &&
             std::any_of(forward.second.begin(), forward.second.end(), [&](const std::string& address) {
               const auto other = parse_client(address);
               return other && same_address(*other, client);
             });
    });
  }
  static bool same_address(const Client& a, const Client& b) {
    return a.is_ipv6() == b.is_ipv6() &&
           std::equal(std::begin(a.kernel().address), std::end(a.kernel().address),
                      std::begin(b.kernel().address));
  }
  // AD-C4, AD-C6: what the name service gives, less what its forward look-up does not confirm.
  std::vector<std::string> confirmed_names(const Client& client) const {
    if (row_.lookup_status != LookupStatus::kOk) return {};
    if (row_.settings.contains("hostname-check")) return row_.lookup_names;
    std::vector<std::string> confirmed;
    for (const std::string& name : row_.lookup_names)
      if (confirms(name, client)) confirmed.push_back(name);
    return confirmed;
  }

  const LoginRow& row_;
};

// A process, its calls, and what it is then.
class PrivilegeRowTest : public testing::Test {
 public:
  explicit PrivilegeRowTest(const PrivilegeRow& row) : row_(row) {}

  void TestBody() override {
    permission::ProcessFacts process = row_.process;
    for (std::size_t i = 0; i < row_.calls.size(); ++i) {
      const permission::Transition made = permission::apply(process.credentials, row_.calls[i]);
      EXPECT_EQ(made.error, row_.answers.at(i)) << "call " << i;
      process.credentials = made.after;
    }
    const permission::Site site = table_site(row_.started_as_root);
    EXPECT_EQ(reason_text(role_conforms(row_.role, process, site)).code, reason_text(row_.reason).code);
    EXPECT_EQ(ways_back(process.credentials, row_.reach), row_.ways_back);
  }

 private:
  const PrivilegeRow& row_;
};

class TreeRowTest : public testing::Test {
 public:
  explicit TreeRowTest(const TreeRow& row) : row_(row) {}

  void TestBody() override {
    if (row_.kind == TreeRow::Kind::kAccess) {
      const permission::AccessVerdict verdict = access_answer(row_.who, row_.chain, row_.wishes);
      EXPECT_EQ(access_code(verdict.reason), access_code(row_.access_reason));
      EXPECT_EQ(verdict.at, row_.step());
      return;
    }
    const bool tree = row_.kind == TreeRow::Kind::kTree;
    const permission::TrustVerdict verdict =
        tree ? permission::TrustVerdict{tree_answer(row_.tree, row_.top, row_.chain.front()), row_.step()}
             : trusted_conforms(row_.chain, row_.in_tree);
    EXPECT_EQ(reason_text(verdict.reason).code, reason_text(row_.tree_reason).code);
    EXPECT_EQ(verdict.at, row_.step());
  }

 private:
  const TreeRow& row_;
};

class MaildropRowTest : public testing::Test {
 public:
  explicit MaildropRowTest(const MaildropRow& row) : row_(row) {}

  void TestBody() override {
    permission::MaildropQuestion asked{
        .name = row_.name, .user = {}, .spool = row_.spool, .found = row_.found};
    if (row_.user_name) asked.user = permission::UnixUser{*row_.user_name, row_.user};
    const permission::MaildropVerdict verdict = decide_maildrop(asked, kTableSpool);
    EXPECT_EQ(verdict.action, row_.action);
    EXPECT_EQ(reason_text(verdict.reason).code, reason_text(row_.reason).code);
  }

 private:
  const MaildropRow& row_;
};

// Settings of encryption, and what is made of them.
class EncryptionRowTest : public testing::Test {
 public:
  explicit EncryptionRowTest(const EncryptionRow& row) : row_(row) {}

  void TestBody() override {
    std::vector<tls::Alias> aliases;
    for (const EncryptionRow::Alias& one : row_.aliases)
      aliases.push_back({one.name, one.has_key, one.has_certificate});
    tls::PolicySettings asked = row_.settings;
    asked.alias = row_.alias;
    asked.aliases = aliases;
    if (row_.versions) asked.versions = *row_.versions;
    if (row_.ciphers) asked.ciphers = *row_.ciphers;
    const tls::PolicyVerdict verdict = tls::decide_policy(asked);
    EXPECT_EQ(reason_text(verdict.reason).code, reason_text(row_.reason).code);
    EXPECT_TRUE(verdict.plan == row_.plan.value_or(tls::Plan{})) << "the plan is another";
    EXPECT_EQ(verdict.word, row_.word);
    EXPECT_EQ(verdict.successor, row_.successor);
    EXPECT_FALSE(reason_text(verdict.reason).cure.empty());
  }

 private:
  const EncryptionRow& row_;
};

template <typename RowTest, typename AnyRow>
void register_rows(const char* suite, const std::vector<AnyRow>& rows) {
  for (const AnyRow& row : rows)
    testing::RegisterTest(suite, row.id.c_str(), nullptr, nullptr, __FILE__, __LINE__,
                          [&row]() -> testing::Test* { return new RowTest(row); });
}

int run(const std::filesystem::path& spec_dir) {
  static const AccessDomainTable access_domain = load_access_domain(spec_dir / "access_domain.json");
  static const LoginTable login = load_login(spec_dir / "login.json");
  static const ModelTables model = load_model(spec_dir);
  if (access_domain.rows.empty() || login.rows.empty() || model.privileges.rows.empty() ||
      model.trees.rows.empty() || model.maildrop.rows.empty() || model.encryption.rows.empty()) {
    std::fprintf(stderr, "%s: a table has no rows, so nothing would be tested.\n", spec_dir.c_str());
    return 1;
  }
  register_rows<AccessDomainRow>("AccessDomain", access_domain.rows);
  register_rows<LoginRowTest>("Login", login.rows);
  register_rows<PrivilegeRowTest>("Privileges", model.privileges.rows);
  register_rows<TreeRowTest>("Trees", model.trees.rows);
  register_rows<MaildropRowTest>("Maildrop", model.maildrop.rows);
  register_rows<EncryptionRowTest>("Encryption", model.encryption.rows);
  return RUN_ALL_TESTS();
}

}  // namespace
}  // namespace postern::conformance

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  try {
    return postern::conformance::run(argc > 1 ? argv[1] : POSTERN_SPEC_DIR);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
