// SPDX-License-Identifier: BSD-2-Clause
// How the spec tables are read: strictly, with the place and the cure in every error. For table.cc and
// model_table.cc.
#ifndef POSTERN_CONFORMANCE_SPEC_TABLE_READER_H_
#define POSTERN_CONFORMANCE_SPEC_TABLE_READER_H_

#include <algorithm>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "conformance/spec/octets.h"
#include "conformance/spec/table.h"

namespace postern::conformance::table_reader {

using nlohmann::json;

inline std::string in_quotes(std::string_view text) {
  return "\"" + std::string(text) + "\"";
}

inline std::string joined(std::initializer_list<std::string_view> words) {
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

// Fields: one JSON object whose fields are exactly `required` and perhaps `optional`; the getters say what is
// amiss.
class Fields {
 public:
  Fields(const json& value, Place place, Names required, Names optional = {})
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
inline Place place_of(const std::string& file, const std::string& array, size_t index, const json& element) {
  if (element.is_object() && element.contains("id") && element["id"].is_string())
    return {file, element["id"].get<std::string>()};
  return {file, array + "[" + std::to_string(index) + "]"};
}

inline std::string read_source(const Fields& row) {
  (void)row.one_of("source", {"chapter", "boundary", "peers", "history", "decision"});
  return row.text("source");
}

inline Point read_point(const json& value, const Place& place) {
  const Fields object(value, place, {"id", "sentence", "question", "choices", "ours"});
  Point point{.id = object.text("id"),
              .sentence = object.text("sentence"),
              .question = object.text("question"),
              .choices = {},
              .ours = object.text("ours")};
  for (const json& element : object.array("choices")) {
    const Fields choice(element, place, {"id", "text"});
    point.choices.push_back({choice.text("id"), choice.text("text")});
  }
  return point;
}

// read_all: each element of the array by `read`, with the place for its errors.
template <typename Read>
auto read_all(const Fields& table, const char* array, Read read) {
  std::vector<decltype(read(json(), Place()))> all;
  for (const json& element : table.array(array))
    all.push_back(read(element, place_of(table.place().file, array, all.size(), element)));
  return all;
}

inline void check_head(const Fields& table, std::string_view name) {
  (void)table.one_of("table", {name});
  if (table.number("version") != 1) table.wrong("version", "1, the one version that this program reads");
}

inline json parse_table(std::string_view text, std::string_view file) {
  try {
    return parse_json_strictly(text);
  } catch (const std::runtime_error& error) {
    throw TableError(std::string(file) + ": " + error.what() + ".");
  }
}

}  // namespace postern::conformance::table_reader

#endif  // POSTERN_CONFORMANCE_SPEC_TABLE_READER_H_
