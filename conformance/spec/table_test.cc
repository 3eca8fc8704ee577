// SPDX-License-Identifier: BSD-2-Clause
#include "conformance/spec/table.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "conformance/spec/text_file.h"

namespace postern::conformance {
namespace {

using nlohmann::json;

json good_row() {
  return json::parse(
      R"({"id":"r1","sentences":["AD-4"],"group":"spec","list":["a.test",{"hex":"ff"}],"ip":"192.0.2.1",
    "names":["x.a.test"],"verdict":"allow","step":4,"entry":0,"name":"x.a.test",
    "malformed":[{"entry":1,"why":"octet-not-allowed"}],"point":"p","why":"w","source":"boundary","live":true})");
}

json good_login_row() {
  return json::parse(R"({"id":"l1","sentences":["AD-L1"],"group":"spec","list":["a.test"],"ip":"192.0.2.1",
    "lookup":{"names":["x.a.test"],"forward":{"x.a.test":["192.0.2.1"]},"status":"ok"},
    "settings":{"hostname-check":"reverse"},"password":"right","account":"known","verdict":"allow","asked":true,
    "step":4,"entry":0,"name":"x.a.test","point":"p","why":"w","source":"decision","live":"needs a clock"})");
}

json table_of(const json& row) {
  return {{"table", "access-domain"},
          {"version", 1},
          {"points", json::array()},
          {"retired", json::array()},
          {"rows", json::array({row})}};
}

json login_table_of(const json& row) {
  return {{"table", "login"}, {"version", 1}, {"retired", json::array()}, {"rows", json::array({row})}};
}

std::string error_of(const json& table) {
  try {
    if (table["table"] == "login")
      (void)parse_login(table.dump(), "t.json");
    else
      (void)parse_access_domain(table.dump(), "t.json");
    return "";
  } catch (const TableError& error) {
    return error.what();
  }
}

std::string error_with(const char* field, const json& value) {
  json row = good_row();
  row[field] = value;
  return error_of(table_of(row));
}

TEST(Table, RowIsReadInFull) {
  const AccessDomainTable table = parse_access_domain(table_of(good_row()).dump(), "t.json");
  const Row& row = table.rows.at(0);
  EXPECT_EQ(row.id, "r1");
  EXPECT_EQ(row.list, (std::vector<std::string>{"a.test", "\xff"}));
  EXPECT_EQ(row.names, std::vector<std::string>{"x.a.test"});
  EXPECT_TRUE(row.allow);
  EXPECT_EQ(row.step, 4);
  EXPECT_EQ(row.entry, 0u);
  EXPECT_EQ(row.name, "x.a.test");
  EXPECT_EQ(row.malformed, (std::vector<Malformed>{{1, "octet-not-allowed"}}));
  EXPECT_TRUE(row.live());
  EXPECT_EQ(row.choice, std::nullopt);
}

TEST(Table, DialectRowNamesItsPoint) {
  json row = good_row();
  row["group"] = "dialect:trailing-dot";
  row["choice"] = {{"allow", "dropped"}, {"deny", "kept"}};
  const AccessDomainTable table = parse_access_domain(table_of(row).dump(), "t.json");
  EXPECT_EQ(table.rows.at(0).dialect_point(), "trailing-dot");
  EXPECT_EQ(table.rows.at(0).choice->deny, "kept");
}

TEST(Table, LoginRowIsReadInFull) {
  const LoginTable table = parse_login(login_table_of(good_login_row()).dump(), "t.json");
  const LoginRow& row = table.rows.at(0);
  EXPECT_EQ(row.lookup_names, std::vector<std::string>{"x.a.test"});
  EXPECT_EQ(row.forward.at(0).second, std::vector<std::string>{"192.0.2.1"});
  EXPECT_EQ(row.lookup_status, LookupStatus::kOk);
  EXPECT_EQ(row.settings.at("hostname-check"), "reverse");
  EXPECT_TRUE(row.right_password && row.known_account && row.allow && row.asked);
  EXPECT_EQ(row.step, 4);
  EXPECT_EQ(row.pure_only, "needs a clock");
}

TEST(Table, EachLookupStatusIsItself) {
  const std::vector<const char*> words = {"ok", "none", "fail", "timeout"};
  for (size_t i = 0; i < words.size(); ++i) {
    json row = good_login_row();
    row["lookup"]["status"] = words[i];
    const LoginTable table = parse_login(login_table_of(row).dump(), "t.json");
    EXPECT_EQ(static_cast<size_t>(table.rows.at(0).lookup_status), i);
  }
}

TEST(Table, UnknownFieldIsAnErrorThatNamesFileRowFieldAndCure) {
  EXPECT_EQ(error_with("zebra", 1).substr(0, 61),
            "t.json: r1: unknown field \"zebra\". The fields are \"id\", \"sent");
}

TEST(Table, DuplicateFieldIsAnError) {
  std::string text = table_of(good_row()).dump();
  text.insert(text.find("\"list\""), "\"list\":[],");
  EXPECT_THROW((void)parse_access_domain(text, "t.json"), TableError);
}

TEST(Table, EveryFieldIsRequired) {
  const json whole = good_row();
  for (const auto& [field, value] : whole.items()) {
    json row = whole;
    row.erase(field);
    const std::string where = field == "id" ? "rows[0]" : "r1";
    EXPECT_EQ(error_of(table_of(row)),
              "t.json: " + where + ": no field \"" + field + "\". Add it; every field is required.");
  }
  const json whole_login = good_login_row();
  for (const auto& [field, value] : whole_login.items()) {
    json row = whole_login;
    row.erase(field);
    EXPECT_NE(error_of(login_table_of(row)).find("no field \"" + field + "\""), std::string::npos) << field;
  }
}

TEST(Table, WrongTypeOrValueIsAnErrorInEachField) {
  const std::vector<std::pair<const char*, json>> wrong = {{"id", 5},
                                                           {"id", ""},
                                                           {"sentences", "AD-1"},
                                                           {"sentences", {1}},
                                                           {"list", "a"},
                                                           {"list", {1}},
                                                           {"list", {{{"hex", "0"}}}},
                                                           {"ip", {{"hex", "00"}}},
                                                           {"names", nullptr},
                                                           {"verdict", "Allow"},
                                                           {"step", 0},
                                                           {"step", 6},
                                                           {"step", nullptr},
                                                           {"entry", -1},
                                                           {"entry", 0.5},
                                                           {"entry", "0"},
                                                           {"name", 7},
                                                           {"malformed", {1}},
                                                           {"malformed", nullptr},
                                                           {"point", ""},
                                                           {"why", ""},
                                                           {"source", "mine"},
                                                           {"live", false},
                                                           {"live", ""},
                                                           {"choice", nullptr},
                                                           {"choice", {{"allow", "x"}}}};
  for (const auto& [field, value] : wrong)
    EXPECT_TRUE(error_with(field, value).starts_with("t.json: ")) << field << " " << value;
}

TEST(Table, WrongTypeOrValueIsAnErrorInEachLoginField) {
  const std::vector<std::pair<const char*, json>> wrong = {
      {"lookup", nullptr},
      {"lookup", {{"names", json::array()}, {"forward", json::object()}, {"status", "maybe"}}},
      {"lookup", {{"names", json::array()}, {"forward", {{"a", "b"}}}, {"status", "ok"}}},
      {"lookup", {{"names", json::array()}, {"forward", {{"a", {1}}}}, {"status", "ok"}}},
      {"settings", {{"hostname-check", true}}},
      {"settings", json::array()},
      {"password", "Right"},
      {"account", "no"},
      {"asked", "yes"},
      {"step", 6}};
  for (const auto& [field, value] : wrong) {
    json row = good_login_row();
    row[field] = value;
    EXPECT_TRUE(error_of(login_table_of(row)).starts_with("t.json: l1: ")) << field << " " << value;
  }
}

TEST(Table, HeadIsChecked) {
  json table = table_of(good_row());
  table["version"] = 2;
  EXPECT_NE(error_of(table).find("version"), std::string::npos);
  table["version"] = 1;
  table["table"] = "login-table";
  EXPECT_NE(error_of(table).find("\"table\" is \"login-table\""), std::string::npos);
}

TEST(Table, SchemaHasTheSameReasons) {
  const json schema = json::parse(read_text_file(POSTERN_SCHEMA_DIR "/access_domain.schema.json"));
  EXPECT_EQ(schema["$defs"]["why"]["enum"], json(why_codes()));
}

TEST(Table, FileThatIsNotThereIsAnError) {
  EXPECT_THROW((void)load_access_domain("/nonexistent/access_domain.json"), TableError);
  EXPECT_THROW((void)load_login("/nonexistent/login.json"), TableError);
}

}  // namespace
}  // namespace postern::conformance
