// SPDX-License-Identifier: BSD-2-Clause
// Each rule is seen to fire: a small good input is made bad in one place, and exactly that finding comes.
#include "conformance/spec/table_lint.h"

#include <gtest/gtest.h>

#include <functional>

namespace postern::conformance {
namespace {

constexpr const char* kSentences =
    "- AD-1 [S] one → rows; test Suite.Name\n"
    "- AD-G2 [D] two → rows\n"
    "- AD-G7 [H] three → rows\n"
    "- AD-G9 [X] four → rows\n"
    "- AD-C6 [S/H] five → rows\n"
    "- AD-C8 [D] report → rows\n"
    "- PV-1 [S] six → later (the audit)\n";

Row row(const char* id, std::vector<std::string> sentences, const char* group,
        std::vector<std::string> list) {
  Row row;
  row.id = id;
  row.sentences = std::move(sentences);
  row.group = group;
  row.list = std::move(list);
  row.ip = "192.0.2.1";
  row.step = 5;
  row.point = std::string("point of ") + id;
  return row;
}

Row allowing_row() {
  Row allowing = row("name", {"AD-1", "AD-C8"}, "spec", {"", "a.test"});
  allowing.names = {"x.test", "x.a.test"};
  allowing.allow = true;
  allowing.step = 4;
  allowing.entry = 1;
  allowing.name = "x.a.test";
  return allowing;
}

Row dialect_row() {
  Row dialect = row("dialect", {"AD-G2"}, "dialect:blanks", {" b.test"});
  dialect.choice = Choice{.allow = "kept", .deny = "dropped"};
  return dialect;
}

LoginRow login_row(const char* id) {
  LoginRow login;
  login.id = id;
  login.sentences = {"AD-C6"};
  login.group = "hardening";
  login.list = {"a.test"};
  login.ip = "192.0.2.1";
  login.asked = true;
  login.step = 5;
  login.point = std::string("point of ") + id;
  return login;
}

LintInput good() {
  LintInput input;
  Row malformed = row("malformed", {"AD-G7"}, "hardening", {"1.2.3", "a..b"});
  malformed.malformed = {{0, "short-form"}, {1, "empty-label"}};
  input.access_domain.rows = {allowing_row(), malformed, row("six", {"AD-G9"}, "extension", {"::1"}),
                              dialect_row()};
  input.access_domain.points = {
      {"blanks", "AD-G2", "What becomes of blanks?", {{"dropped", "gone"}, {"kept", "stay"}}, "dropped"}};
  input.access_domain.retired = {"old"};
  input.login.rows = {login_row("login")};
  input.sentences = parse_sentences(kSentences);
  input.test_names = {"Suite.Name"};
  return input;
}

// findings_when: what lint says of the good input after `spoil`.
std::vector<std::string> findings_when(const std::function<void(LintInput&)>& spoil) {
  LintInput input = good();
  spoil(input);
  std::vector<std::string> texts;
  for (const Finding& finding : lint_tables(input)) texts.push_back(to_string(finding));
  return texts;
}

// expect_fires: one finding at least, and the first of them is at `row` and says `what`.
void expect_fires(const char* row, const char* what, const std::function<void(LintInput&)>& spoil) {
  const auto findings = findings_when(spoil);
  ASSERT_FALSE(findings.empty()) << what;
  EXPECT_NE(findings[0].find(std::string(": ") + row + ": "), std::string::npos) << findings[0];
  EXPECT_NE(findings[0].find(what), std::string::npos) << findings[0];
}

Row& name_row(LintInput& in) {
  return in.access_domain.rows[0];
}
Row& malformed_row(LintInput& in) {
  return in.access_domain.rows[1];
}
Row& the_dialect_row(LintInput& in) {
  return in.access_domain.rows[3];
}
Point& the_point(LintInput& in) {
  return in.access_domain.points[0];
}
LoginRow& the_login(LintInput& in) {
  return in.login.rows[0];
}

TEST(TableLint, GoodInputHasNoFinding) {
  EXPECT_EQ(findings_when([](LintInput&) {}), std::vector<std::string>{});
}

TEST(TableLint, FindingNamesFileRowWhatAndCure) {
  EXPECT_EQ(to_string({"f.json", "r", "what", "Cure"}), "f.json: r: what. Cure.");
}

TEST(TableLint, Ids) {
  expect_fires("Name", "no slug", [](LintInput& in) { name_row(in).id = "Name"; });
  for (const char* id : {"", "-a", "a-", "a--b", "a_b", "a.b"})
    expect_fires(id, "no slug", [id](LintInput& in) { name_row(in).id = id; });
  expect_fires("name", "comes twice", [](LintInput& in) { malformed_row(in).id = "name"; });
  expect_fires("name", "comes twice", [](LintInput& in) { the_login(in).id = "name"; });
  expect_fires("old", "retired", [](LintInput& in) { name_row(in).id = "old"; });
  expect_fires("retired", "comes twice", [](LintInput& in) { in.access_domain.retired = {"x", "x"}; });
  expect_fires("retired", "no slug", [](LintInput& in) { in.login.retired = {"X"}; });
}

TEST(TableLint, NoTwoRowsAlikeAfterTrimmingAndFolding) {
  const auto again = [](std::vector<std::string> list, std::vector<std::string> names) {
    return [list, names](LintInput& in) {
      Row copy = allowing_row();
      copy.id = "copy";
      copy.point = "another";
      copy.list = list;
      copy.names = names;
      copy.name = names.back();
      in.access_domain.rows.insert(in.access_domain.rows.begin() + 1, copy);
    };
  };
  expect_fires("copy", "same input as name", again({" \t", "\nA.TEST\r"}, {"X.test", "x.A.test"}));
  EXPECT_TRUE(findings_when(again({"", "b.test"}, {"x.test", "x.a.test"})).empty());
  expect_fires("login2", "same input as login",
               [](LintInput& in) { in.login.rows.push_back(login_row("login2")); });
}

TEST(TableLint, LoginRowsThatDifferAnywhereAreNotAlike) {
  const std::vector<std::function<void(LoginRow&)>> differences = {
      [](LoginRow& row) { row.list = {"b.test"}; },
      [](LoginRow& row) { row.ip = "192.0.2.2"; },
      [](LoginRow& row) { row.lookup_names = {"x.test"}; },
      [](LoginRow& row) { row.lookup_status = LookupStatus::kTimeout; },
      [](LoginRow& row) {
        row.forward = {{"x.test", {"192.0.2.1"}}};
      },
      [](LoginRow& row) {
        row.settings = {{"hostname-check", "reverse"}};
      }};
  for (const auto& differ : differences)
    EXPECT_EQ(findings_when([&differ](LintInput& in) {
                in.login.rows.push_back(login_row("login2"));
                differ(in.login.rows.back());
              }),
              std::vector<std::string>{});
}

TEST(TableLint, PointsAreDistinct) {
  expect_fires("malformed", "same point as name",
               [](LintInput& in) { malformed_row(in).point = " Point of name"; });
}

TEST(TableLint, Addresses) {
  expect_fires("name", "is no address", [](LintInput& in) { name_row(in).ip = "192.0.2"; });
  expect_fires("login", "is no address", [](LintInput& in) {
    the_login(in).forward = {{"x", {"localhost"}}};
  });
}

TEST(TableLint, CitedSentencesExist) {
  expect_fires("name", "cites no sentence", [](LintInput& in) { name_row(in).sentences = {}; });
  expect_fires("name", "AD-99", [](LintInput& in) { name_row(in).sentences = {"AD-99"}; });
  expect_fires("name", "twice", [](LintInput& in) { name_row(in).sentences = {"AD-1", "AD-1", "AD-C8"}; });
}

TEST(TableLint, GroupFitsTheTags) {
  expect_fires("malformed", "does not fit", [](LintInput& in) { malformed_row(in).group = "spec"; });
  expect_fires("six", "does not fit", [](LintInput& in) { in.access_domain.rows[2].group = "spec"; });
  expect_fires("six", "does not fit", [](LintInput& in) { in.access_domain.rows[2].group = "hardening"; });
  expect_fires("name", "does not fit", [](LintInput& in) { name_row(in).group = "hardening"; });
  expect_fires("dialect", "does not fit", [](LintInput& in) { the_dialect_row(in).group = "spec"; });
  expect_fires("login", "does not fit", [](LintInput& in) { the_login(in).group = "extension"; });
  EXPECT_TRUE(findings_when([](LintInput& in) { the_login(in).group = "spec"; }).empty());
}

TEST(TableLint, StepSaysVerdictEntryAndName) {
  expect_fires("name", "denies at step 4", [](LintInput& in) { name_row(in).allow = false; });
  expect_fires("malformed", "allows at step 5", [](LintInput& in) { malformed_row(in).allow = true; });
  expect_fires("name", "has an entry at step 1", [](LintInput& in) {
    name_row(in).step = 1;
    name_row(in).name.reset();
  });
  expect_fires("malformed", "has an entry at step 5", [](LintInput& in) { malformed_row(in).entry = 0; });
  expect_fires("name", "has no entry at step 4", [](LintInput& in) { name_row(in).entry.reset(); });
  expect_fires("name", "has a name at step 3", [](LintInput& in) { name_row(in).step = 3; });
  expect_fires("name", "has no name at step 4", [](LintInput& in) { name_row(in).name.reset(); });
  expect_fires("malformed", "denies at step 1", [](LintInput& in) { malformed_row(in).step = 1; });
  expect_fires("malformed", "has no entry at step 2", [](LintInput& in) { malformed_row(in).step = 2; });
}

TEST(TableLint, PositionsAreInside) {
  expect_fires("name", "beyond the list", [](LintInput& in) { name_row(in).entry = 2; });
  expect_fires("name", "none of the names", [](LintInput& in) { name_row(in).name = "y.a.test"; });
  expect_fires("malformed", "beyond the list",
               [](LintInput& in) { malformed_row(in).malformed[1].entry = 2; });
}

TEST(TableLint, Malformed) {
  expect_fires("malformed", "not in order", [](LintInput& in) { malformed_row(in).malformed[1].entry = 0; });
  expect_fires("malformed", "closed list",
               [](LintInput& in) { malformed_row(in).malformed[0].why = "zebra"; });
  expect_fires("name", "a malformed entry decides", [](LintInput& in) {
    name_row(in).malformed = {{1, "slash"}};
  });
}

TEST(TableLint, DialectRows) {
  expect_fires("name", "\"spec:x\" is none", [](LintInput& in) { name_row(in).group = "spec:x"; });
  expect_fires("name", "has a choice", [](LintInput& in) { name_row(in).choice = Choice{"a", "b"}; });
  expect_fires("dialect", "names no point",
               [](LintInput& in) { the_dialect_row(in).group = "dialect:zebra"; });
  expect_fires("dialect", "cite its point's", [](LintInput& in) { the_point(in).sentence = "AD-C8"; });
  expect_fires("dialect", "without choice", [](LintInput& in) { the_dialect_row(in).choice.reset(); });
  expect_fires("dialect", "\"zebra\" is none",
               [](LintInput& in) { the_dialect_row(in).choice->allow = "zebra"; });
  expect_fires("dialect", "same choice",
               [](LintInput& in) { the_dialect_row(in).choice->allow = "dropped"; });
  expect_fires("dialect", "not that of our choice", [](LintInput& in) {
    the_dialect_row(in).choice = Choice{.allow = "dropped", .deny = "kept"};
  });
}

TEST(TableLint, Points) {
  expect_fires("point blanks", "fewer than two", [](LintInput& in) {
    the_point(in).choices.erase(the_point(in).choices.begin() + 1);
    in.access_domain.rows.pop_back();
    in.sentences = parse_sentences(kSentences);
  });
  expect_fires("point blanks", "comes twice",
               [](LintInput& in) { in.access_domain.points.push_back(the_point(in)); });
  expect_fires("point blanks", "choice \"kept\" comes twice", [](LintInput& in) {
    the_point(in).choices.push_back({"kept", "x"});
  });
  expect_fires("point other", "no row is of this point", [](LintInput& in) {
    in.access_domain.points.push_back(the_point(in));
    in.access_domain.points.back().id = "other";
  });
  expect_fires("point Other", "no slug", [](LintInput& in) {
    in.access_domain.points.push_back(the_point(in));
    in.access_domain.points.back().id = "Other";
  });
  expect_fires("point new", "no [D] sentence", [](LintInput& in) {
    in.access_domain.points.push_back(the_point(in));
    in.access_domain.points.back().id = "new";
    in.access_domain.points.back().sentence = "AD-1";
  });
  expect_fires("point new", "ours is none", [](LintInput& in) {
    in.access_domain.points.push_back(the_point(in));
    in.access_domain.points.back().id = "new";
    in.access_domain.points.back().ours = "zebra";
  });
}

TEST(TableLint, LoginRows) {
  expect_fires("login", "step does not fit", [](LintInput& in) { the_login(in).right_password = false; });
  expect_fires("login", "step does not fit", [](LintInput& in) { the_login(in).known_account = false; });
  expect_fires("login", "step does not fit", [](LintInput& in) { the_login(in).step.reset(); });
  expect_fires("login", "without a valid password", [](LintInput& in) {
    the_login(in).right_password = false;
    the_login(in).step.reset();
  });
  expect_fires("login", "asked before step 4", [](LintInput& in) {
    the_login(in).step = 2;
    the_login(in).entry = 0;
  });
  expect_fires("login", "allows at step 5", [](LintInput& in) { the_login(in).allow = true; });
  expect_fires("login", "gives names", [](LintInput& in) {
    the_login(in).lookup_status = LookupStatus::kFail;
    the_login(in).lookup_names = {"x.test"};
  });
  expect_fires("login", "unknown setting", [](LintInput& in) { the_login(in).settings["zebra"] = "1"; });
  expect_fires("login", "no dialect points", [](LintInput& in) {
    the_login(in).sentences = {"AD-G2"};
    the_login(in).group = "dialect:blanks";
    in.sentences =
        parse_sentences(std::string(kSentences).replace(std::string(kSentences).find("- AD-C6"), 28, ""));
  });
}

void replace(LintInput& in, std::string_view from, std::string_view to) {
  std::string text = kSentences;
  text.replace(text.find(from), from.size(), to);
  in.sentences = parse_sentences(text);
}

TEST(TableLint, EverySentenceIsHeld) {
  expect_fires("PV-1", "nothing holds it", [](LintInput& in) { replace(in, " → later (the audit)", ""); });
  expect_fires("PV-1", "no row cites it", [](LintInput& in) { replace(in, "later (the audit)", "rows"); });
  expect_fires("PV-1", "is no holder", [](LintInput& in) { replace(in, "later (the audit)", "later"); });
  expect_fires("AD-1", "no test Suite.Other",
               [](LintInput& in) { replace(in, "Suite.Name", "Suite.Other"); });
  expect_fires("AD-G2", "does not say so",
               [](LintInput& in) { replace(in, "two → rows", "two → test Suite.Name"); });
  expect_fires("PV-1", "has no strength", [](LintInput& in) { replace(in, "PV-1 [S]", "PV-1"); });
  expect_fires("AD-1", "comes twice", [](LintInput& in) { replace(in, "- PV-1", "- AD-1"); });
  expect_fires("all", "has no sentence", [](LintInput& in) { in = LintInput(); });
}

TEST(TableLint, Counts) {
  const Counts counts = count_rows(good());
  EXPECT_EQ(counts.access_domain, 4u);
  EXPECT_EQ(counts.login, 1u);
  EXPECT_EQ(counts.live, 5u);
  EXPECT_EQ(counts.by_sentence.at("AD-C8"), 1u);
  EXPECT_EQ(counts.by_group.at("hardening"), 2u);
}

}  // namespace
}  // namespace postern::conformance
