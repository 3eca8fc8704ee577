// SPDX-License-Identifier: BSD-2-Clause
//
// postern-oracle: the Coq model as a program that speaks the protocol of `postern decide`: one JSON object a
// line in, one out. Exit 0 at the end of input, 65 if a line was bad, 74 if an answer could not be written.
#include <iostream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "conformance/spec/octets.h"
#include "proofs/oracle/oracle.h"

namespace postern::oracle {
namespace {

using conformance::octets_from_json;
using conformance::octets_to_json;
using nlohmann::json;
using nlohmann::ordered_json;

constexpr int kExitBadLine = 65;
constexpr int kExitWrite = 74;
constexpr std::size_t kLongestLine = 1048576;

// BadLine: what() says what is wrong with a line and what to send instead.
class BadLine : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

std::string text_at(const json& value, const std::string& key) {
  if (std::optional<std::string> octets = octets_from_json(value)) return *std::move(octets);
  throw BadLine('"' + key + R"(" holds what is no text; send a string or {"hex": "..."})");
}

std::vector<std::string> texts_at(const json& request, const char* key) {
  const json& values = request.at(key);
  if (!values.is_array()) throw BadLine('"' + std::string(key) + "\" is no array; send an array of texts");
  std::vector<std::string> texts;
  for (const json& value : values) texts.push_back(text_at(value, key));
  return texts;
}

std::vector<std::string_view> views_of(const std::vector<std::string>& texts) {
  return {texts.begin(), texts.end()};
}

ordered_json position_or_null(const std::optional<std::size_t>& position) {
  return position ? ordered_json(*position) : ordered_json(nullptr);
}

ordered_json malformed_entries(const std::vector<std::string_view>& list) {
  ordered_json found = ordered_json::array();
  for (const Malformed& m : malformed(list)) {
    found.push_back({{"entry", m.entry}, {"why", m.why}, {"detail", "offset " + std::to_string(m.offset)}});
  }
  return found;
}

void check_keys(const json& request) {
  if (!request.is_object()) throw BadLine("not an object; send {\"id\", \"list\", \"ip\", \"names\"}");
  for (const char* key : {"id", "list", "ip", "names"}) {
    if (!request.contains(key)) throw BadLine('"' + std::string(key) + "\" is missing; send it");
  }
  if (request.size() != 4) throw BadLine("an unknown key; send \"id\", \"list\", \"ip\", \"names\" alone");
}

ordered_json answer_to(const json& request) {
  check_keys(request);
  const std::vector<std::string> list = texts_at(request, "list");
  const std::vector<std::string> names = texts_at(request, "names");
  const std::vector<std::string_view> values = views_of(list);
  const std::optional<Answer> answer = decide(values, text_at(request.at("ip"), "ip"), views_of(names));
  if (!answer) throw BadLine("\"ip\" is not an address; send four decimal numbers or IPv6 text");
  return {{"id", request.at("id")},
          {"verdict", answer->allowed ? "allow" : "deny"},
          {"step", answer->step},
          {"entry", position_or_null(answer->entry)},
          {"name", answer->name ? ordered_json(octets_to_json(names.at(*answer->name))) : nullptr},
          {"malformed", malformed_entries(values)}};
}

ordered_json answer_line(const std::string& line, bool& all_good) {
  json id = nullptr;
  try {
    if (line.size() > kLongestLine) throw BadLine("line over 1 MiB; send a shorter list");
    const json request = conformance::parse_json_strictly(line);
    if (request.is_object() && request.contains("id")) id = request.at("id");
    return answer_to(request);
  } catch (const std::length_error& e) {
    return {{"id", id}, {"unimplemented", e.what()}};
  } catch (const std::exception& e) {
    all_good = false;
    return {{"id", id}, {"error", e.what()}};
  }
}

int run() {
  bool all_good = true;
  for (std::string line; std::getline(std::cin, line);) {
    std::cout << answer_line(line, all_good).dump() << '\n';
    if (std::cin.rdbuf()->in_avail() <= 0) std::cout.flush();
    if (!std::cout) return kExitWrite;
  }
  std::cout.flush();
  if (!std::cout) return kExitWrite;
  return all_good ? 0 : kExitBadLine;
}

}  // namespace
}  // namespace postern::oracle

int main() {
  std::ios::sync_with_stdio(false);
  try {
    return postern::oracle::run();
  } catch (const std::exception& e) {
    std::cerr << "postern-oracle: " << e.what() << '\n';
    return 70;
  }
}
