// SPDX-License-Identifier: BSD-2-Clause
#include <algorithm>
#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <ostream>
#include <set>

#include "conformance/audit/audit_command.h"
#include "conformance/runner/printable.h"

namespace postern::conformance {
namespace {

using nlohmann::json;
using permission::CapabilitySet;
using permission::Credentials;
using permission::Ids;
using permission::PrivilegeReason;

std::array<permission::Id, 4> list_of(const Ids& ids) {
  return {ids.real, ids.effective, ids.saved, ids.file_system};
}

// One number where all four are the same.
std::string ids_text(const Ids& ids) {
  if (ids == permission::all_four(ids.real)) return std::to_string(ids.real);
  std::string text;
  for (const permission::Id id : list_of(ids)) text += (text.empty() ? "" : "/") + std::to_string(id);
  return text;
}

std::string groups_text(const permission::Groups& groups) {
  std::string text;
  for (std::size_t i = 0; i < groups.count; ++i) text += (i == 0 ? "" : ",") + std::to_string(groups.id[i]);
  return text.empty() ? "-" : text + (groups.overflow ? ",..." : "");
}

std::string hex(CapabilitySet set) {
  std::array<char, 20> text{};
  (void)std::snprintf(text.data(), text.size(), "%llx", static_cast<unsigned long long>(set));
  return text.data();
}

std::array<CapabilitySet, 5> sets_of(const Credentials& is) {
  return {is.inheritable, is.permitted, is.effective, is.bounding, is.ambient};
}

std::string sets_text(const Credentials& is) {
  std::string text;
  bool empty = true;
  for (const CapabilitySet set : sets_of(is)) {
    text += (text.empty() ? "" : "/") + hex(set);
    empty = empty && set == 0;
  }
  return empty ? "-" : text;
}

using Row = std::vector<std::string>;

Row row_of(const JudgedProcess& one) {
  const Credentials& is = one.process.status.credentials;
  const Held& held = one.process.held;
  const auto number = [](auto n) { return std::to_string(n); };
  return {number(one.process.pid),
          escaped(one.process.program),
          std::string(permission::rule_of(one.role).name),
          ids_text(is.user),
          ids_text(is.group),
          groups_text(is.groups),
          sets_text(is),
          is.no_new_privs ? "1" : "0",
          number(one.process.status.seccomp),
          number(held.listening),
          number(held.connected),
          number(held.local),
          number(held.files + held.devices),
          number(one.ways_back),
          one.conforms() ? "ok" : "WRONG"};
}

void print_rows(const std::vector<Row>& rows, std::ostream& out) {
  std::vector<std::size_t> widths(rows.front().size());
  for (const Row& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  for (const Row& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i)
      line += row[i] + std::string(widths[i] - row[i].size() + 2, ' ');
    line.erase(line.find_last_not_of(' ') + 1);
    out << line << '\n';
  }
}

void print_findings(const JudgedProcess& one, std::ostream& out) {
  const std::string who = std::to_string(one.process.pid) + " " + escaped(one.process.program) + ":";
  std::string codes;
  for (const auto reason : one.findings)
    codes += (codes.empty() ? " " : ", ") + std::string(permission::reason_text(reason).code);
  if (!codes.empty()) out << who << codes << '\n';
  if (one.ways_back != one.ways_meant)
    out << who << " " << one.ways_back << " ways back to root, where " << one.ways_meant << " are meant\n";
  if (std::ranges::find(one.findings, PrivilegeReason::kFiles) == one.findings.end()) return;
  for (const std::string& path : one.process.held.paths) out << who << " holds " << escaped(path) << '\n';
}

// What the codes say, each once.
void print_legend(const std::vector<JudgedProcess>& all, std::ostream& out) {
  std::set<PrivilegeReason> found;
  for (const JudgedProcess& one : all) found.insert(one.findings.begin(), one.findings.end());
  for (const PrivilegeReason reason : found) {
    const permission::ReasonText text = permission::reason_text(reason);
    out << "  " << text.code << ": " << text.what << '\n';
  }
}

}  // namespace

void print_table(const std::vector<JudgedProcess>& all, std::ostream& out) {
  std::vector<Row> rows{{"pid", "program", "role", "uid", "gid", "groups", "inh/prm/eff/bnd/amb", "nnp",
                         "seccomp", "listens", "outside", "local", "files", "back", "verdict"}};
  for (const JudgedProcess& one : all) rows.push_back(row_of(one));
  print_rows(rows, out);
  for (const JudgedProcess& one : all) print_findings(one, out);
  print_legend(all, out);
  const auto wrong = std::count_if(all.begin(), all.end(), [](const auto& one) { return !one.conforms(); });
  out << all.size() << " processes, " << wrong << " not as they must be\n";
}

void print_json(const std::vector<JudgedProcess>& all, std::ostream& out) {
  for (const JudgedProcess& one : all) {
    const Credentials& is = one.process.status.credentials;
    const Held& held = one.process.held;
    json findings = json::array();
    for (const auto reason : one.findings) findings.push_back(permission::reason_text(reason).code);
    json groups = json::array();
    for (std::size_t i = 0; i < is.groups.count; ++i) groups.push_back(is.groups.id[i]);
    json sets = json::array();
    for (const CapabilitySet set : sets_of(is)) sets.push_back(hex(set));
    const json object{{"pid", one.process.pid},
                      {"parent", one.process.status.parent},
                      {"program", escaped(one.process.program)},
                      {"role", permission::rule_of(one.role).name},
                      {"user", list_of(is.user)},
                      {"group", list_of(is.group)},
                      {"groups", groups},
                      {"sets", sets},
                      {"no-new-privs", is.no_new_privs},
                      {"seccomp", one.process.status.seccomp},
                      {"threads", one.process.status.threads},
                      {"dumpable", one.process.dumpable},
                      {"listening", held.listening},
                      {"outside", held.connected},
                      {"local", held.local},
                      {"files", held.files},
                      {"devices", held.devices},
                      {"memory", held.memory},
                      {"others", held.others},
                      {"ways-back", one.ways_back},
                      {"ways-meant", one.ways_meant},
                      {"findings", findings},
                      {"conforms", one.conforms()}};
    out << object.dump(-1, ' ', true) << '\n';
  }
}

}  // namespace postern::conformance
