// SPDX-License-Identifier: BSD-2-Clause
#include "conformance/runner/case.h"

#include <algorithm>

#include "core/entry.h"

namespace postern::conformance {
namespace {

std::string our_choice_at(const std::vector<Point>& points, std::string_view point) {
  const auto found =
      std::find_if(points.begin(), points.end(), [&](const Point& p) { return p.id == point; });
  return found == points.end() ? "" : found->ours;
}

// The names of an access-domain row are confirmed names: each has the client's address among its own.
Lookup confirmed_lookup(const Row& row) {
  Lookup lookup;
  lookup.names = row.names;
  lookup.status = row.names.empty() ? LookupStatus::kNone : LookupStatus::kOk;
  for (const std::string& name : row.names) lookup.forward.emplace_back(name, std::vector{row.ip});
  return lookup;
}

Case case_of(const Row& row, const std::vector<Point>& points) {
  Case c;
  c.table = "access-domain";
  c.id = row.id;
  c.sentences = row.sentences;
  c.group = row.group;
  c.list = row.list;
  c.ip = row.ip;
  c.lookup = confirmed_lookup(row);
  c.expected = {row.allow, row.step, row.entry, row.name, row.malformed, std::nullopt};
  c.point = row.point;
  c.why = row.why;
  c.source = row.source;
  c.pure_only = row.pure_only;
  c.dialect_point = row.dialect_point();
  c.choice = row.choice;
  c.our_choice = our_choice_at(points, c.dialect_point);
  return c;
}

// The login table has no field for it: which entries are malformed follows from the list.
std::vector<Malformed> malformed_in(const std::vector<std::string>& list) {
  std::vector<Malformed> malformed;
  for (size_t i = 0; i < list.size(); ++i) {
    const Entry entry = parse_entry(list[i]);
    if (entry.kind == Kind::kMalformed) malformed.push_back({i, std::string(why_code(entry.fault.why))});
  }
  return malformed;
}

Case case_of(const LoginRow& row) {
  Case c;
  c.table = "login";
  c.id = row.id;
  c.sentences = row.sentences;
  c.group = row.group;
  c.list = row.list;
  c.ip = row.ip;
  c.lookup = {row.lookup_names, row.forward, row.lookup_status};
  c.settings = row.settings;
  c.right_password = row.right_password;
  c.known_account = row.known_account;
  c.expected = {row.allow, row.step, row.entry, row.name, malformed_in(row.list), row.asked};
  c.point = row.point;
  c.why = row.why;
  c.source = row.source;
  c.pure_only = row.pure_only;
  return c;
}

}  // namespace

Suite load_suite(const std::filesystem::path& spec_dir) {
  Suite suite;
  suite.spec_dir = spec_dir;
  AccessDomainTable access = load_access_domain(spec_dir / "access_domain.json");
  for (const Row& row : access.rows) suite.cases.push_back(case_of(row, access.points));
  suite.points = std::move(access.points);
  if (std::filesystem::exists(spec_dir / "login.json")) {
    for (const LoginRow& row : load_login(spec_dir / "login.json").rows) suite.cases.push_back(case_of(row));
  }
  return suite;
}

}  // namespace postern::conformance
