// SPDX-License-Identifier: BSD-2-Clause
// Case: one row of either table, in the one form that the layers and the judge work on.
#ifndef POSTERN_CONFORMANCE_RUNNER_CASE_H_
#define POSTERN_CONFORMANCE_RUNNER_CASE_H_

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "conformance/spec/table.h"

namespace postern::conformance {

// Lookup: what the name service says about the case's client.
struct Lookup {
  std::vector<std::string> names;                                         // of the reverse look-up, in order
  std::vector<std::pair<std::string, std::vector<std::string>>> forward;  // name → addresses
  LookupStatus status = LookupStatus::kNone;
  bool operator==(const Lookup&) const = default;
};

// Expected: the row's answer. A field that is not known to the row is not compared.
struct Expected {
  bool allow = false;
  std::optional<int> step;  // empty = nothing was decided
  std::optional<size_t> entry;
  std::optional<std::string> name;
  std::vector<Malformed> malformed;
  std::optional<bool> asked;  // login rows only
};

struct Case {
  std::string table;  // "access-domain" or "login"
  std::string id;
  std::vector<std::string> sentences;
  std::string group;
  std::vector<std::string> list;
  std::string ip;
  Lookup lookup;
  std::map<std::string, std::string> settings;
  bool right_password = true;
  bool known_account = true;
  Expected expected;
  std::string point;
  std::string why;
  std::string source;
  std::string pure_only;  // why it cannot be run live; empty = it can
  // Dialect rows only:
  std::string dialect_point;
  std::optional<Choice> choice;
  std::string our_choice;

  bool is_login() const { return table == "login"; }
  bool is_dialect() const { return !dialect_point.empty(); }
};

// Suite: everything that was read from the spec folder.
struct Suite {
  std::filesystem::path spec_dir;
  std::vector<Point> points;
  std::vector<Case> cases;  // access-domain rows, then login rows, in the order of the tables
};

// load_suite: reads access_domain.json and, if it is there, login.json from `spec_dir`. Throws TableError.
Suite load_suite(const std::filesystem::path& spec_dir);

}  // namespace postern::conformance

#endif  // POSTERN_CONFORMANCE_RUNNER_CASE_H_
