// SPDX-License-Identifier: BSD-2-Clause
#include "conformance/runner/pure_answer.h"

#include <limits>

#include "conformance/runner/json_number.h"
#include "conformance/runner/printable.h"
#include "conformance/spec/octets.h"

namespace postern::conformance {
namespace {

using nlohmann::json;
using Kind = Outcome::Kind;

size_t entry_number(const json& value) {
  return static_cast<size_t>(number_in(value, 0, std::numeric_limits<int64_t>::max(), "entry"));
}

std::vector<Malformed> read_malformed(const json& list) {
  if (!list.is_array()) throw std::runtime_error("malformed is no list");
  std::vector<Malformed> malformed;
  for (const json& m : list)
    malformed.push_back({entry_number(m.at("entry")), m.at("why").get<std::string>()});
  return malformed;
}

std::string read_name(const json& value) {
  const auto name = octets_from_json(value);
  if (!name) throw std::runtime_error("name is neither a string nor {\"hex\": \"…\"}");
  return *name;
}

// The value of `key` if it is there and no null.
const json* present(const json& object, const char* key) {
  const auto found = object.find(key);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

// other_row: the answer is another's. (An id that is no string is not printed: it may be nested without end.)
Outcome other_row(const json& id) {
  const std::string which =
      id.is_string() ? ": " + in_quotes(id.get_ref<const std::string&>()) : std::string();
  return Outcome::of(Kind::kHarnessError,
                     "the program answered another row" + which + ". It must answer in the order asked");
}

// Throws std::exception on what is not of the protocol.
Outcome read_answer(const json& answer, std::string_view id) {
  if (answer.at("id") != id) return other_row(answer.at("id"));
  if (const json* reason = present(answer, "unimplemented"))
    return Outcome::of(Kind::kUnimplemented, reason->get<std::string>());
  if (const json* error = present(answer, "error"))
    return Outcome::of(Kind::kBroken, "the program refused the row: " + error->get<std::string>());
  const std::string verdict = answer.at("verdict");
  if (verdict != "allow" && verdict != "deny")
    return Outcome::of(Kind::kHarnessError, "verdict " + in_quotes(verdict) + " is neither allow nor deny");
  Outcome outcome = Outcome::of(Kind::kObserved, "");
  Observation& seen = outcome.observation;
  seen.allow = verdict == "allow";
  if (const json* step = present(answer, "step"))
    seen.step = static_cast<int>(number_in(*step, 0, std::numeric_limits<int>::max(), "step"));
  if (const json* entry = present(answer, "entry")) seen.entry = entry_number(*entry);
  if (const json* name = present(answer, "name")) seen.name = read_name(*name);
  if (const json* malformed = present(answer, "malformed")) seen.malformed = read_malformed(*malformed);
  return outcome;
}

}  // namespace

Outcome parse_pure_answer(std::string_view line, std::string_view id) {
  try {
    return read_answer(parse_json_strictly(line), id);
  } catch (const std::exception& e) {
    return Outcome::of(Kind::kHarnessError, std::string("the answer is not of the protocol: ") + e.what());
  }
}

}  // namespace postern::conformance
