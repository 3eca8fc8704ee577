// SPDX-License-Identifier: BSD-2-Clause
// naive_decide [BUG]: the naive implementation behind the pure layer's protocol. BUG may also be one of
// "mute" (never answers), "dies" (ends at the third row) or "cannot" (exit 89).
#include <unistd.h>

#include <iostream>
#include <string>

#include "conformance/selftest/naive.h"
#include "conformance/spec/octets.h"

namespace postern::conformance {
namespace {

using nlohmann::json;

std::vector<std::string> octets_of(const json& list) {
  std::vector<std::string> values;
  for (const json& value : list) values.push_back(octets_from_json(value).value_or(""));
  return values;
}

json answer(const json& request, Bug bug) {
  const std::vector<std::string> names = octets_of(request.at("names"));
  const auto decided = decide_naively(
      octets_of(request.at("list")), request.at("ip"), [&] { return names; }, bug);
  if (!decided) return {{"id", request.at("id")}, {"error", "ip is no address"}};
  return {{"id", request.at("id")},
          {"verdict", decided->allow ? "allow" : "deny"},
          {"step", decided->step},
          {"entry", decided->entry ? json(*decided->entry) : json()},
          {"name", decided->name ? octets_to_json(*decided->name) : json()}};
}

int serve(Bug bug, int rows_to_live) {
  for (std::string line; std::getline(std::cin, line);) {
    if (rows_to_live-- == 0) return 3;
    std::cout << answer(json::parse(line), bug).dump() << std::endl;
  }
  return 0;
}

}  // namespace
}  // namespace postern::conformance

int main(int argc, char** argv) {
  using namespace postern::conformance;
  const std::string word = argc > 1 ? argv[1] : "";
  if (word == "cannot") return 89;
  if (word == "mute") return static_cast<int>(sleep(600));
  if (word == "dies") return serve(Bug::kNone, 2);
  const auto bug = word.empty() ? Bug::kNone : bug_named(word);
  if (!bug) {
    std::cerr << "naive_decide: '" << word << "' is none of the bugs in naive.h\n";
    return 2;
  }
  return serve(*bug, -1);
}
