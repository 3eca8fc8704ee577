// SPDX-License-Identifier: BSD-2-Clause
//
// Law: a table is read, or refused with file, place and cure, and nothing else is thrown; what is read is
// within its closed sets; octets_from_json(octets_to_json(o)) = o for any octets. Input: a table as JSON, or
// octets.
#include <algorithm>

#include "conformance/spec/model_table.h"
#include "conformance/spec/octets.h"
#include "conformance/spec/sentences.h"
#include "conformance/spec/table.h"
#include "fuzz/law.h"

namespace {

using namespace postern::conformance;

void check(const Row& row) {
  hold(!row.id.empty() && row.step >= 1 && row.step <= 5, "a row has an id and a step");
  hold(!row.entry || *row.entry < row.list.size(), "its entry is in its list");
#ifdef POSTERN_SEEDED_BUG
  hold(row.allow, "each row allows");
#endif
  for (const Malformed& malformed : row.malformed)
    hold(std::ranges::count(why_codes(), malformed.why) == 1, "its reasons are of the closed list");
}

template <class Table>
void check_model(const Table& table) {
  for (const ModelRow& row : table.rows)
    hold(!row.id.empty() && !row.key.empty(), "a row has an id and a situation");
}

template <class Parse>
void read(Parse parse) {
  try {
    parse();
  } catch (const TableError& error) {
    hold(std::string_view(error.what()).starts_with("file: "), "a refusal names its file");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text = octets_of(data, size);
  hold(octets_from_json(octets_to_json(text)) == text, "octets there and back");
  for (const Sentence& sentence : parse_sentences(text)) hold(!sentence.id.empty(), "a sentence has an id");
  read([text] {
    for (const Row& row : parse_access_domain(text, "file").rows) check(row);
  });
  read([text] {
    for (const LoginRow& row : parse_login(text, "file").rows) hold(!row.id.empty(), "a row has an id");
  });
  read([text] { check_model(parse_privileges(text, "file")); });
  read([text] { check_model(parse_trees(text, "file")); });
  read([text] { check_model(parse_maildrop(text, "file")); });
  read([text] { check_model(parse_encryption(text, "file")); });
  return 0;
}
