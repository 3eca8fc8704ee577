// SPDX-License-Identifier: BSD-2-Clause
// The spec tables as values: conformance/spec/access_domain.json and login.json.
// Everything that is driven from a table (static_asserts, GoogleTest rows, seeds, the page, the runner) reads
// it here.
#ifndef POSTERN_CONFORMANCE_SPEC_TABLE_H_
#define POSTERN_CONFORMANCE_SPEC_TABLE_H_

#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace postern::conformance {

// TableError: a table cannot be read, or is not of the agreed shape. what() is "file: row: what. cure".
class TableError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Malformed: entry number `entry` of the row's list is malformed, for the reason `why` (a code of the closed
// list).
struct Malformed {
  size_t entry = 0;
  std::string why;
  bool operator==(const Malformed&) const = default;
};

// Choice: which choice of the row's dialect point a server has made when it allows, and when it denies.
struct Choice {
  std::string allow;
  std::string deny;
};

// PointChoice: one way to answer the question of a dialect point.
struct PointChoice {
  std::string id;
  std::string text;
};

// Point: a dialect point ([D] in SPEC.md): a question the chapter leaves open, its choices, and ours.
struct Point {
  std::string id;
  std::string sentence;
  std::string question;
  std::vector<PointChoice> choices;
  std::string ours;  // the id of one of `choices`
};

// Row: one row of access_domain.json. Strings are octets: UTF-8 where the table wrote text, anything for
// {"hex"}.
struct Row {
  std::string id;
  std::vector<std::string> sentences;
  std::string group;  // "spec", "hardening", "extension" or "dialect:<point id>"
  std::vector<std::string> list;
  std::string ip;
  std::vector<std::string> names;  // the confirmed names of the client, in order
  bool allow = false;
  int step = 0;                 // 1 to 5: AD-1 to AD-5
  std::optional<size_t> entry;  // 0-based in `list` as given, blank values counted; empty at steps 1 and 5
  std::optional<std::string> name;  // as in `names`; only at step 4
  std::vector<Malformed> malformed;
  std::string point;
  std::string why;
  std::string source;
  std::string pure_only;         // why the row cannot be run live; empty = it can
  std::optional<Choice> choice;  // rows of a dialect group only

  bool live() const { return pure_only.empty(); }
  // dialect_point: the point id of a row in group "dialect:<point id>", else empty.
  std::string_view dialect_point() const;
};

struct AccessDomainTable {
  std::vector<Point> points;
  std::vector<std::string> retired;  // ids that were once rows; never used again
  std::vector<Row> rows;
};

// LookupStatus: how the reverse look-up of the client's address ends.
enum class LookupStatus { kOk, kNone, kFail, kTimeout };

// LoginRow: one row of login.json: a whole login, name service and password included.
struct LoginRow {
  std::string id;
  std::vector<std::string> sentences;
  std::string group;
  std::vector<std::string> list;
  std::string ip;
  std::vector<std::string> lookup_names;  // what the reverse look-up gives, unconfirmed
  std::vector<std::pair<std::string, std::vector<std::string>>> forward;  // name → addresses
  LookupStatus lookup_status = LookupStatus::kOk;
  std::map<std::string, std::string> settings;  // empty = the defaults
  bool right_password = true;
  bool known_account = true;
  bool allow = false;
  bool asked = false;               // the name service is asked for this login (AD-C7)
  std::optional<int> step;          // empty = nothing was decided: wrong password or unknown account
  std::optional<size_t> entry;      // as in Row
  std::optional<std::string> name;  // as in Row
  std::string point;
  std::string why;
  std::string source;
  std::string pure_only;  // as in Row

  bool live() const { return pure_only.empty(); }
};

struct LoginTable {
  std::vector<std::string> retired;
  std::vector<LoginRow> rows;
};

// load_access_domain, load_login: read a table from a file. Strict: an unknown, missing or repeated field, a
// wrong type or a value outside its closed set throws TableError. What needs more than one row to judge is
// spec-lint's.
AccessDomainTable load_access_domain(const std::filesystem::path& file);
LoginTable load_login(const std::filesystem::path& file);

// parse_access_domain, parse_login: the same from text; `file` is the name used in errors.
AccessDomainTable parse_access_domain(std::string_view json, std::string_view file);
LoginTable parse_login(std::string_view json, std::string_view file);

// why_codes: the closed list of reasons why an entry is malformed.
const std::vector<std::string>& why_codes();

}  // namespace postern::conformance

#endif  // POSTERN_CONFORMANCE_SPEC_TABLE_H_
