// SPDX-License-Identifier: BSD-2-Clause
#include "conformance/selftest/conform_run.h"

#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "conformance/adapters/adapter_kit.h"
#include "conformance/runner/process.h"

namespace postern::conformance {
namespace {

std::string lower(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  if (!text.empty() && text.back() == '.') text.pop_back();
  return text;
}

std::vector<nlohmann::json> read_events(const std::string& file) {
  std::vector<nlohmann::json> events;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) events.push_back(nlohmann::json::parse(line));
  return events;
}

}  // namespace

std::set<std::string> ConformRun::ids(const std::set<std::string>& verdicts) const {
  std::set<std::string> found;
  for (const auto& event : events) {
    if (event.at("event") == "result" && verdicts.contains(event.at("verdict")))
      found.insert(event.at("id").get<std::string>());
  }
  return found;
}

size_t ConformRun::results() const {
  return static_cast<size_t>(
      std::count_if(events.begin(), events.end(), [](const auto& e) { return e.at("event") == "result"; }));
}

bool ConformRun::no_namespace() const {
  return output.find("cannot make a private network") != std::string::npos;
}

ConformRun run_conform(const std::vector<std::string>& arguments,
                       const std::vector<std::string>& environment) {
  char file[] = "/tmp/conform-events.XXXXXX";
  const int fd = mkstemp(file);
  if (fd < 0) throw std::runtime_error("no scratch file in /tmp");
  close(fd);
  RunRequest request;
  request.arguments = {POSTERN_CONFORM, "run", "--jsonl", file};
  request.arguments.insert(request.arguments.end(), arguments.begin(), arguments.end());
  request.environment = environment;
  request.deadline = Milliseconds{300000};
  const RunResult result = run_program(request);
  ConformRun run{result.status.code, result.output, read_events(file)};
  unlink(file);
  return run;
}

std::string naive_decide(const std::string& behaviour) {
  return std::string(POSTERN_NAIVE_DECIDE) + " " + behaviour;
}

std::string straw_adapter() {
  return POSTERN_STRAW;
}

const Suite& suite() {
  static const Suite loaded = load_suite(POSTERN_SPEC_DIR);
  return loaded;
}

std::set<std::string> rows_where(const std::string& table, const std::function<bool(const Case&)>& holds) {
  std::set<std::string> ids;
  for (const Case& c : suite().cases) {
    if ((table.empty() || c.table == table) && holds(c)) ids.insert(c.id);
  }
  return ids;
}

bool has_domain_name(const Case& c) {
  return !sort_list(c.list).names.empty();
}

bool has_zero_pattern_at_entry(const Case& c) {
  if (!c.expected.entry) return false;
  const SortedList entry = sort_list({c.list.at(*c.expected.entry)});
  return !entry.patterns.empty() && std::count(entry.patterns[0].octets, entry.patterns[0].octets + 4, 0) > 0;
}

bool ends_without_boundary(const Case& c) {
  for (const std::string& written : sort_list(c.list).names) {
    const std::string domain = lower(written);
    for (const std::string& given : c.lookup.names) {
      const std::string name = lower(given);
      if (name.size() > domain.size() && name.ends_with(domain) &&
          name[name.size() - domain.size() - 1] != '.')
        return true;
    }
  }
  return false;
}

std::set<std::string> minus(const std::set<std::string>& a, const std::set<std::string>& b) {
  std::set<std::string> left;
  std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::inserter(left, left.end()));
  return left;
}

}  // namespace postern::conformance
