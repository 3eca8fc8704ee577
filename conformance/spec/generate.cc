// SPDX-License-Identifier: BSD-2-Clause
#include "conformance/spec/generate.h"

#include <algorithm>
#include <array>

#include "conformance/spec/octets.h"

namespace postern::conformance {
namespace {

using nlohmann::json;

// enumerator: "leading-zero" is kLeadingZero.
std::string enumerator(std::string_view code) {
  std::string name = "k";
  bool upper = true;
  for (const char octet : code) {
    if (octet == '-') {
      upper = true;
      continue;
    }
    name.push_back(upper && octet >= 'a' && octet <= 'z' ? static_cast<char>(octet - 'a' + 'A') : octet);
    upper = false;
  }
  return name;
}

// cpp_array: the initializer of a std::array.
std::string cpp_array(const std::vector<std::string>& elements) {
  if (elements.empty()) return "{}";
  std::string text = "{{";
  for (const std::string& element : elements) text += (text == "{{" ? "" : ", ") + element;
  return text + "}}";
}

std::vector<std::string> cpp_literals(const std::vector<std::string>& all) {
  std::vector<std::string> literals;
  for (const std::string& octets : all) literals.push_back(cpp_literal(octets));
  return literals;
}

std::string cpp_position(const std::optional<size_t>& position) {
  return position ? std::to_string(*position) : "std::nullopt";
}

// name_position: where the name is first among the names (AD-C8).
std::optional<size_t> name_position(const Row& row) {
  if (!row.name) return std::nullopt;
  const auto found = std::find(row.names.begin(), row.names.end(), *row.name);
  return static_cast<size_t>(found - row.names.begin());
}

std::string cpp_decision(const Row& row) {
  constexpr std::array<const char*, 6> kSteps = {"", "kEmptyList", "kNone", "kAddress", "kName", "kNoMatch"};
  return std::string("{Verdict::") + (row.allow ? "kAllow" : "kDeny") +
         ", Step::" + kSteps[static_cast<size_t>(row.step)] + ", " + cpp_position(row.entry) + ", " +
         cpp_position(name_position(row)) + "}";
}

std::string static_assert_of(const Row& row) {
  std::vector<std::string> faults;
  for (const Malformed& malformed : row.malformed)
    faults.push_back("{" + std::to_string(malformed.entry) + ", Why::" + enumerator(malformed.why) + "}");
  const std::string sizes = "<" + std::to_string(row.list.size()) + ", " + std::to_string(row.names.size()) +
                            ", " + std::to_string(faults.size()) + ">";
  std::string text = "static_assert(row_holds" + sizes + "({" + cpp_array(cpp_literals(row.list)) + ",\n    ";
  text += cpp_literal(row.ip) + ", " + cpp_array(cpp_literals(row.names)) + ",\n    ";
  text += cpp_decision(row) + ", " + cpp_array(faults) + "}),\n    \"" + row.id + "\");\n";
  return text;
}

constexpr const char* kHead =
    "// Made by spec-gen from access_domain.json. Do not edit.\n"
    "#include \"conformance/spec/row_holds.h\"\n\n"
    "namespace postern::conformance {\n"
    "using namespace std::string_view_literals;\n\n";

json octets_array(const std::vector<std::string>& all) {
  json array = json::array();
  for (const std::string& octets : all) array.push_back(octets_to_json(octets));
  return array;
}

json request_of(const Row& row) {
  return {
      {"id", row.id}, {"list", octets_array(row.list)}, {"ip", row.ip}, {"names", octets_array(row.names)}};
}

json answer_of(const Row& row) {
  json malformed = json::array();
  for (const Malformed& one : row.malformed) malformed.push_back({{"entry", one.entry}, {"why", one.why}});
  return {{"id", row.id},
          {"verdict", row.allow ? "allow" : "deny"},
          {"step", row.step},
          {"entry", row.entry ? json(*row.entry) : json()},
          {"name", row.name ? octets_to_json(*row.name) : json()},
          {"malformed", malformed}};
}

template <typename OfRow>
std::string json_lines(const AccessDomainTable& table, OfRow of_row) {
  std::string lines;
  for (const Row& row : table.rows) lines += of_row(row).dump() + "\n";
  return lines;
}

bool any_has(const std::vector<std::string>& all, char octet) {
  return std::any_of(all.begin(), all.end(),
                     [octet](const std::string& one) { return one.find(octet) != std::string::npos; });
}

std::string lines_of(const std::vector<std::string>& all) {
  std::string lines;
  for (size_t i = 0; i < all.size(); ++i) lines += (i > 0 ? "\n" : "") + all[i];
  return lines;
}

}  // namespace

std::string cpp_literal(std::string_view octets) {
  std::string literal = "\"";
  for (const char octet : octets) {
    const auto value = static_cast<unsigned char>(octet);
    if (value >= 0x20 && value < 0x7f && octet != '"' && octet != '\\') {
      literal.push_back(octet);
      continue;
    }
    literal.push_back('\\');  // three octal digits: the escape cannot run into what follows
    for (const int shift : {6, 3, 0}) literal.push_back(static_cast<char>('0' + ((value >> shift) & 7)));
  }
  return literal + "\"sv";
}

std::vector<std::string> static_asserts(const AccessDomainTable& table, size_t shards) {
  std::vector<std::string> sources(shards, kHead);
  for (size_t i = 0; i < table.rows.size(); ++i) sources[i % shards] += static_assert_of(table.rows[i]);
  for (std::string& source : sources) source += "\n}  // namespace postern::conformance\n";
  return sources;
}

std::string shim_requests(const AccessDomainTable& table) {
  return json_lines(table, request_of);
}
std::string shim_answers(const AccessDomainTable& table) {
  return json_lines(table, answer_of);
}

std::map<std::string, std::string> list_seeds(const AccessDomainTable& table) {
  std::map<std::string, std::string> seeds;
  for (const Row& row : table.rows)
    if (!any_has(row.list, '\n')) seeds[row.id] = lines_of(row.list);
  return seeds;
}

std::map<std::string, std::string> decide_seeds(const AccessDomainTable& table) {
  std::map<std::string, std::string> seeds;
  for (const Row& row : table.rows) {
    const bool sayable = !any_has(row.list, '\n') && !any_has(row.names, '\n') && !any_has(row.list, '\0') &&
                         !any_has(row.names, '\0');
    if (sayable) seeds[row.id] = lines_of(row.list) + '\0' + row.ip + '\0' + lines_of(row.names);
  }
  return seeds;
}

}  // namespace postern::conformance
