// SPDX-License-Identifier: BSD-2-Clause
#include "conformance/runner/expectations.h"

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "conformance/runner/printable.h"
#include "conformance/spec/octets.h"

namespace postern::conformance {
namespace {

using nlohmann::json;

[[noreturn]] void refuse(const std::string& where, const std::string& what) {
  throw ExpectationError(where + ": " + what);
}

json read_json(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) refuse(file.string(), "cannot be read. Give --expect a file that exists");
  std::stringstream text;
  text << in.rdbuf();
  try {
    return parse_json_strictly(text.str());
  } catch (const std::exception& e) {
    refuse(file.string(), e.what());
  }
}

void check_keys(const json& object, const std::set<std::string>& known, const std::string& where) {
  if (!object.is_object()) refuse(where, "must be an object");
  for (const auto& [key, value] : object.items()) {
    if (!known.contains(key)) refuse(where, "unknown field '" + key + "'. Remove it");
  }
}

std::string text_field(const json& object, const std::string& key, const std::string& where) {
  if (!object.contains(key) || !object.at(key).is_string()) refuse(where, "needs a text '" + key + "'");
  return object.at(key).get<std::string>();
}

Expectation read_entry(const json& entry, const std::string& where) {
  check_keys(entry, {"rows", "verdict", "choice", "reason"}, where);
  Expectation e;
  e.rows = text_field(entry, "rows", where);
  const std::string name = text_field(entry, "verdict", where);
  const auto verdict = verdict_named(name);
  if (!verdict) refuse(where, "'" + name + "' is no verdict. `postern-conform --help` lists them");
  e.verdict = *verdict;
  e.reason = text_field(entry, "reason", where);
  if (e.reason.find(' ') == std::string::npos) {
    refuse(where, "the reason must be a sentence. Say why the server differs");
  }
  if (entry.contains("choice")) e.choice = text_field(entry, "choice", where);
  if (e.verdict == Verdict::kHarnessError) {
    refuse(where, "a harness error cannot be expected. Repair the adapter");
  }
  if (e.verdict == Verdict::kChoice && e.choice.empty()) {
    refuse(where, "a choice needs no expectation unless it is pinned. Add 'choice'");
  }
  return e;
}

}  // namespace

Expectations Expectations::load(const std::filesystem::path& file) {
  const json document = read_json(file);
  check_keys(document, {"server", "expectations"}, file.string());
  Expectations result;
  result.file_ = file.string();
  result.server_ = text_field(document, "server", file.string());
  if (!document.contains("expectations") || !document.at("expectations").is_array()) {
    refuse(file.string(), "needs a list 'expectations'");
  }
  std::set<std::string> globs;
  for (const json& entry : document.at("expectations")) {
    const std::string where = file.string() + ": entry " + std::to_string(result.entries_.size());
    result.entries_.push_back(read_entry(entry, where));
    if (!globs.insert(result.entries_.back().rows).second) {
      refuse(where, "'" + result.entries_.back().rows + "' comes twice. Keep one");
    }
  }
  return result;
}

const Expectation* Expectations::find(const std::string& id) {
  Expectation* found = nullptr;
  for (Expectation& entry : entries_) {
    if (!glob_match(entry.rows, id)) continue;
    if (found != nullptr) {
      refuse(file_, "'" + found->rows + "' and '" + entry.rows + "' both speak for " + id + ". Narrow one");
    }
    found = &entry;
  }
  if (found != nullptr) ++found->matched;
  return found;
}

std::vector<Expectation> Expectations::stale() const {
  std::vector<Expectation> unused;
  for (const Expectation& entry : entries_) {
    if (entry.matched == 0) unused.push_back(entry);
  }
  return unused;
}

bool is_expected(const Judgement& judgement, const Expectation* expectation) {
  if (expectation == nullptr) return !is_trouble(judgement.verdict);
  if (judgement.verdict != expectation->verdict) return false;
  return expectation->choice.empty() || expectation->choice == judgement.choice;
}

}  // namespace postern::conformance
