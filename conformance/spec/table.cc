// SPDX-License-Identifier: BSD-2-Clause
#include "conformance/spec/table.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <nlohmann/json.hpp>

#include "conformance/spec/octets.h"
#include "conformance/spec/text_file.h"

namespace postern::conformance {
namespace {

using nlohmann::json;

std::string in_quotes(std::string_view text) {
  return "\"" + std::string(text) + "\"";
}

std::string joined(std::initializer_list<std::string_view> words) {
  std::string text;
  for (const std::string_view word : words) text += (text.empty() ? "" : ", ") + in_quotes(word);
  return text;
}

// Place: where in a table we are, for errors.
struct Place {
  std::string file;
  std::string row;  // an id, or "rows[3]" where there is none yet

  [[noreturn]] void fail(const std::string& what, const std::string& cure) const {
    throw TableError(file + ": " + row + ": " + what + ". " + cure + ".");
  }
};

using Names = std::initializer_list<std::string_view>;

// Object: one JSON object whose fields are exactly `required` and perhaps `optional`; the getters say what is
// amiss.
class Object {
 public:
  Object(const json& value, Place place, Names required, Names optional = {})
      : value_(value), place_(std::move(place)) {
    if (!value.is_object())
      place_.fail("not an object", "Write the fields " + joined(required) + " in braces");
    for (const auto& [field, unused] : value.items())
      if (!contains(required, field) && !contains(optional, field))
        place_.fail("unknown field " + in_quotes(field), "The fields are " + joined(required));
    for (const std::string_view field : required)
      if (!value.contains(field))
        place_.fail("no field " + in_quotes(field), "Add it; every field is required");
  }

  const Place& place() const { return place_; }
  bool has(const char* field) const { return value_.contains(field); }
  const json& at(const char* field) const { return value_.at(field); }

  std::string text(const char* field) const {
    if (!at(field).is_string() || at(field).get_ref<const std::string&>().empty())
      wrong(field, "a string that is not empty");
    return at(field);
  }
  // one_of: the position of the field's text in `words`.
  size_t one_of(const char* field, Names words) const {
    const auto* found = std::find(words.begin(), words.end(), text(field));
    if (found == words.end()) wrong(field, "one of " + joined(words));
    return static_cast<size_t>(found - words.begin());
  }
  bool boolean(const char* field) const {
    if (!at(field).is_boolean()) wrong(field, "true or false");
    return at(field);
  }
  size_t number(const char* field) const {
    if (!at(field).is_number_unsigned()) wrong(field, "a whole number that is not negative");
    return at(field);
  }
  const json& array(const char* field) const {
    if (!at(field).is_array()) wrong(field, "an array");
    return at(field);
  }
  std::vector<std::string> texts(const char* field) const {
    std::vector<std::string> all;
    for (const json& element : array(field)) {
      if (!element.is_string()) wrong(field, "an array of strings");
      all.push_back(element);
    }
    return all;
  }
  std::vector<std::string> octets(const char* field) const {
    std::vector<std::string> all;
    for (const json& element : array(field)) all.push_back(octets_of(field, element));
    return all;
  }
  std::string octets_of(const char* field, const json& element) const {
    auto octets = octets_from_json(element);
    if (!octets) wrong(field, "made of strings and {\"hex\": \"…\"} with pairs of hexadecimal digits");
    return *octets;
  }
  [[noreturn]] void wrong(const char* field, const std::string& cure) const {
    place_.fail(
        "field " + in_quotes(field) + " is " + at(field).dump(-1, ' ', true, json::error_handler_t::replace),
        "It must be " + cure);
  }

 private:
  static bool contains(Names names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  }

  const json& value_;
  Place place_;
};

// place_of: names the element by its id if it has one, else by its position.
Place place_of(const std::string& file, const std::string& array, size_t index, const json& element) {
  if (element.is_object() && element.contains("id") && element["id"].is_string())
    return {file, element["id"].get<std::string>()};
  return {file, array + "[" + std::to_string(index) + "]"};
}

std::optional<size_t> read_entry(const Object& row) {
  if (row.at("entry").is_null()) return std::nullopt;
  return row.number("entry");
}

std::optional<std::string> read_name(const Object& row) {
  if (row.at("name").is_null()) return std::nullopt;
  return row.octets_of("name", row.at("name"));
}

int read_step(const Object& row) {
  const size_t step = row.number("step");
  if (step < 1 || step > 5) row.wrong("step", "1 to 5");
  return static_cast<int>(step);
}

// read_pure_only: "live" is true (empty answer), or the reason why it is not.
std::string read_pure_only(const Object& row) {
  const json& live = row.at("live");
  if (live.is_boolean() && live.get<bool>()) return {};
  if (!live.is_string() || live.get_ref<const std::string&>().empty())
    row.wrong("live", "true, or a string that says why the row is pure only");
  return live;
}

std::string read_source(const Object& row) {
  (void)row.one_of("source", {"chapter", "boundary", "peers", "history", "decision"});
  return row.text("source");
}

std::vector<Malformed> read_malformed(const Object& row) {
  std::vector<Malformed> all;
  for (const json& element : row.array("malformed")) {
    const Object malformed(element, row.place(), {"entry", "why"});
    all.push_back({malformed.number("entry"), malformed.text("why")});
  }
  return all;
}

std::optional<Choice> read_choice(const Object& row) {
  if (!row.has("choice")) return std::nullopt;
  const Object choice(row.at("choice"), row.place(), {"allow", "deny"});
  return Choice{choice.text("allow"), choice.text("deny")};
}

// read_common: the fields that both kinds of row have.
template <typename AnyRow>
AnyRow read_common(const Object& object) {
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
  const Object object(value, place,
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

Point read_point(const json& value, const Place& place) {
  const Object object(value, place, {"id", "sentence", "question", "choices", "ours"});
  Point point{.id = object.text("id"),
              .sentence = object.text("sentence"),
              .question = object.text("question"),
              .choices = {},
              .ours = object.text("ours")};
  for (const json& element : object.array("choices")) {
    const Object choice(element, place, {"id", "text"});
    point.choices.push_back({choice.text("id"), choice.text("text")});
  }
  return point;
}

void read_lookup(const Object& object, LoginRow& row) {
  const Object lookup(object.at("lookup"), object.place(), {"names", "forward", "status"});
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

void read_settings(const Object& object, LoginRow& row) {
  if (!object.at("settings").is_object()) object.wrong("settings", "an object: setting to value");
  for (const auto& [setting, value] : object.at("settings").items()) {
    if (!value.is_string()) object.wrong("settings", "an object of strings");
    row.settings[setting] = value;
  }
}

LoginRow read_login_row(const json& value, const Place& place) {
  const Object object(value, place,
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

// read_all: each element of the array by `read`, with the place for its errors.
template <typename Read>
auto read_all(const Object& table, const char* array, Read read) {
  std::vector<decltype(read(json(), Place()))> all;
  for (const json& element : table.array(array))
    all.push_back(read(element, place_of(table.place().file, array, all.size(), element)));
  return all;
}

void check_head(const Object& table, std::string_view name) {
  (void)table.one_of("table", {name});
  if (table.number("version") != 1) table.wrong("version", "1, the one version that this program reads");
}

json parse_table(std::string_view text, std::string_view file) {
  try {
    return parse_json_strictly(text);
  } catch (const std::runtime_error& error) {
    throw TableError(std::string(file) + ": " + error.what() + ".");
  }
}

}  // namespace

std::string_view Row::dialect_point() const {
  constexpr std::string_view kPrefix = "dialect:";
  if (!group.starts_with(kPrefix)) return {};
  return std::string_view(group).substr(kPrefix.size());
}

AccessDomainTable parse_access_domain(std::string_view text, std::string_view file) {
  const json value = parse_table(text, file);
  const Object table(value, {std::string(file), "top level"},
                     {"table", "version", "points", "retired", "rows"});
  check_head(table, "access-domain");
  return {.points = read_all(table, "points", read_point),
          .retired = table.texts("retired"),
          .rows = read_all(table, "rows", read_row)};
}

LoginTable parse_login(std::string_view text, std::string_view file) {
  const json value = parse_table(text, file);
  const Object table(value, {std::string(file), "top level"}, {"table", "version", "retired", "rows"});
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
