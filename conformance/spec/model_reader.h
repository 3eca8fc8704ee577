// SPDX-License-Identifier: BSD-2-Clause
// How the rows of a model are read: what all of them have, words for values, and bases that rows differ from.
// For model_table.cc and encryption_table.cc.
#ifndef POSTERN_CONFORMANCE_SPEC_MODEL_READER_H_
#define POSTERN_CONFORMANCE_SPEC_MODEL_READER_H_

#include "conformance/spec/model_table.h"
#include "conformance/spec/table_reader.h"

namespace postern::conformance::model_reader {

using namespace table_reader;

template <typename Value>
using Words = std::vector<std::pair<std::string_view, Value>>;

// word_of: the value that `text` is the word of.
template <typename Value>
Value word_of(const Place& place, const std::string& text, const Words<Value>& words) {
  std::string all;
  for (const auto& [word, value] : words) {
    if (word == text) return value;
    all += (all.empty() ? "" : ", ") + in_quotes(word);
  }
  place.fail(in_quotes(text) + " is no word of the table here", "The words are " + all);
}

template <typename Value>
Value word_in(const Fields& fields, const char* field, const Words<Value>& words) {
  return word_of(fields.place(), fields.text(field), words);
}

// coded: the words of an enumeration whose texts core has.
template <typename Reason>
Words<Reason> coded(Reason last) {
  Words<Reason> words;
  for (int i = 0; i <= static_cast<int>(last); ++i)
    words.emplace_back(reason_text(static_cast<Reason>(i)).code, static_cast<Reason>(i));
  return words;
}

// over: `base` with the fields of `with` instead of its own.
inline json over(const Place& place, json base, const json& with) {
  if (!with.is_object()) place.fail(with.dump() + " is no object", "Write fields in braces");
  for (const auto& [field, value] : with.items()) {
    if (!base.contains(field))
      place.fail("unknown field " + in_quotes(field), "Write one that what it is based on has");
    base[field] = value;
  }
  return base;
}

inline const json& base_of(const Place& place, const json& bases, const json& name) {
  if (!name.is_string() || !bases.contains(name.get<std::string>()))
    place.fail(name.dump() + " is not there to be based on", "Name one that the table has");
  return bases.at(name.get<std::string>());
}

inline void read_head(const Fields& fields, ModelRow& row) {
  row.id = fields.text("id");
  row.sentences = fields.texts("sentences");
  row.group = fields.text("group");
  row.point = fields.text("point");
  row.why = fields.text("why");
  row.source = read_source(fields);
}

// in_words: these fields as written, for the page.
inline std::string in_words(const Fields& fields, Names names) {
  std::string text;
  for (const std::string_view name : names) {
    const std::string field(name);
    if (!fields.has(field.c_str())) continue;
    const json& value = fields.at(field.c_str());
    if ((value.is_array() || value.is_object()) && value.empty()) continue;
    text += (text.empty() ? "" : "; ") + field + " " +
            (value.is_string() ? value.get<std::string>() : value.dump());
  }
  return text;
}

// bases_of: the field's objects, by name.
inline const json& bases_of(const Fields& table, const char* field) {
  if (!table.at(field).is_object() || table.at(field).empty())
    table.wrong(field, "an object of named objects");
  return table.at(field);
}

template <typename AnyRow, typename Read>
ModelTable<AnyRow> read_table(const Fields& table, const char* name, Read read) {
  check_head(table, name);
  return {.points = read_all(table, "points", read_point),
          .retired = table.texts("retired"),
          .rows = read_all(table, "rows", read)};
}

}  // namespace postern::conformance::model_reader

#endif  // POSTERN_CONFORMANCE_SPEC_MODEL_READER_H_
