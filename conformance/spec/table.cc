// SPDX-License-Identifier: BSD-2-Clause
#include "conformance/spec/table.h"

#include <algorithm>

#include "conformance/spec/table_reader.h"
#include "conformance/spec/text_file.h"

namespace postern::conformance {
namespace {

using nlohmann::json;
using namespace table_reader;

std::optional<size_t> read_entry(const Fields& row) {
  if (row.at("entry").is_null()) return std::nullopt;
  return row.number("entry");
}

std::optional<std::string> read_name(const Fields& row) {
  if (row.at("name").is_null()) return std::nullopt;
  return row.octets_of("name", row.at("name"));
}

int read_step(const Fields& row) {
  const size_t step = row.number("step");
  if (step < 1 || step > 5) row.wrong("step", "1 to 5");
  return static_cast<int>(step);
}

// read_pure_only: "live" is true (empty answer), or the reason why it is not.
std::string read_pure_only(const Fields& row) {
  const json& live = row.at("live");
  if (live.is_boolean() && live.get<bool>()) return {};
  if (!live.is_string() || live.get_ref<const std::string&>().empty())
    row.wrong("live", "true, or a string that says why the row is pure only");
  return live;
}

std::vector<Malformed> read_malformed(const Fields& row) {
  std::vector<Malformed> all;
  for (const json& element : row.array("malformed")) {
    const Fields malformed(element, row.place(), {"entry", "why"});
    all.push_back({malformed.number("entry"), malformed.text("why")});
  }
  return all;
}

std::optional<Choice> read_choice(const Fields& row) {
  if (!row.has("choice")) return std::nullopt;
  const Fields choice(row.at("choice"), row.place(), {"allow", "deny"});
  return Choice{choice.text("allow"), choice.text("deny")};
}

// read_common: the fields that both kinds of row have.
template <typename AnyRow>
AnyRow read_common(const Fields& object) {
  AnyRow row;
  row.id = object.text("id");
  row.sentences = object.texts("sentences");
  row.group = object.text("group");
  row.list = object.octets("list");
  row.ip = object.text("ip");
  row.allow = object.one_of("verdict", {"deny", "allow"}) == 1;
  row.entry = read_entry(object);
  row.name = read_name(object);
  row.point = object.text("point");
  row.why = object.text("why");
  row.source = read_source(object);
  row.pure_only = read_pure_only(object);
  return row;
}

Row read_row(const json& value, const Place& place) {
  const Fields object(value, place,
                      {"id", "sentences", "group", "list", "ip", "names", "verdict", "step", "entry", "name",
                       "malformed", "point", "why", "source", "live"},
                      {"choice"});
  Row row = read_common<Row>(object);
  row.names = object.octets("names");
  row.step = read_step(object);
  row.malformed = read_malformed(object);
  row.choice = read_choice(object);
  return row;
}

void read_lookup(const Fields& object, LoginRow& row) {
  const Fields lookup(object.at("lookup"), object.place(), {"names", "forward", "status"});
  row.lookup_names = lookup.octets("names");
  row.lookup_status = static_cast<LookupStatus>(lookup.one_of("status", {"ok", "none", "fail", "timeout"}));
  if (!lookup.at("forward").is_object()) lookup.wrong("forward", "an object: name to array of addresses");
  for (const auto& [name, addresses] : lookup.at("forward").items()) {
    std::vector<std::string> all;
    for (const json& address : addresses) {
      if (!addresses.is_array() || !address.is_string())
        lookup.wrong("forward", "name to array of addresses");
      all.push_back(address);
    }
    row.forward.emplace_back(name, std::move(all));
  }
}

void read_settings(const Fields& object, LoginRow& row) {
  if (!object.at("settings").is_object()) object.wrong("settings", "an object: setting to value");
  for (const auto& [setting, value] : object.at("settings").items()) {
    if (!value.is_string()) object.wrong("settings", "an object of strings");
    row.settings[setting] = value;
  }
}

LoginRow read_login_row(const json& value, const Place& place) {
  const Fields object(value, place,
                      {"id", "sentences", "group", "list", "ip", "lookup", "settings", "password", "account",
                       "verdict", "asked", "step", "entry", "name", "point", "why", "source", "live"});
  LoginRow row = read_common<LoginRow>(object);
  read_lookup(object, row);
  read_settings(object, row);
  row.right_password = object.one_of("password", {"wrong", "right"}) == 1;
  row.known_account = object.one_of("account", {"unknown", "known"}) == 1;
  row.asked = object.boolean("asked");
  if (!object.at("step").is_null()) row.step = read_step(object);
  return row;
}

}  // namespace

std::string_view Row::dialect_point() const {
  constexpr std::string_view kPrefix = "dialect:";
  if (!group.starts_with(kPrefix)) return {};
  return std::string_view(group).substr(kPrefix.size());
}

AccessDomainTable parse_access_domain(std::string_view text, std::string_view file) {
  const json value = parse_table(text, file);
  const Fields table(value, {std::string(file), "top level"},
                     {"table", "version", "points", "retired", "rows"});
  check_head(table, "access-domain");
  return {.points = read_all(table, "points", read_point),
          .retired = table.texts("retired"),
          .rows = read_all(table, "rows", read_row)};
}

LoginTable parse_login(std::string_view text, std::string_view file) {
  const json value = parse_table(text, file);
  const Fields table(value, {std::string(file), "top level"}, {"table", "version", "retired", "rows"});
  check_head(table, "login");
  return {.retired = table.texts("retired"), .rows = read_all(table, "rows", read_login_row)};
}

AccessDomainTable load_access_domain(const std::filesystem::path& file) {
  return parse_access_domain(read_text_file(file), file.filename().string());
}

LoginTable load_login(const std::filesystem::path& file) {
  return parse_login(read_text_file(file), file.filename().string());
}

const std::vector<std::string>& why_codes() {
  static const std::vector<std::string> kCodes = {
      "short-form",        "long-form",   "leading-zero",  "octet-range", "leading-dot",  "slash",
      "wildcard-char",     "empty-label", "label-length",  "name-length", "hyphen",       "numeric-tld",
      "octet-not-allowed", "ipv6-syntax", "prefix-length", "host-bits",   "mapped-prefix"};
  return kCodes;
}

}  // namespace postern::conformance
